//! service-chassis
