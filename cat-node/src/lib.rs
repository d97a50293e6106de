//! cat-node
