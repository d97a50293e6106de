//! Identity towards the other services: signing keys, their rotation, and the access tokens they sign.
//!
//! The keys live in the service's own database, in a table or collection that no route serves; whoever can read that
//! database can sign as cat-node, which is why it is encrypted at rest and reachable by cat-node alone.

pub mod access_token;
pub mod issuer;
pub mod key_ring;
pub mod key_store;
pub mod signing_key;
