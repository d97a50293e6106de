//! cat-node: cats, sessions, roles and all the system's information, served over the Parse protocol.

pub mod domain;
pub mod projections;
pub mod storage;
