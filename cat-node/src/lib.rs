//! cat-node: cats, sessions, roles and all the system's information, served over the Parse protocol.

pub mod cloud_functions;
pub mod domain;
pub mod events;
pub mod identity;
pub mod projections;
pub mod storage;
