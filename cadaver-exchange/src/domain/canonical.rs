//! The one byte form of the whole state: what a snapshot stores and what the state hash is taken over.
//!
//! Explicit and the same on every machine: little-endian integers, lengths before lists, everything in a fixed order.
//! What follows from the rest (books, stocks, holds' lists, due times) is not written but rebuilt.

mod decode;
mod encode;
mod floors;
mod orders;
mod reader;
mod rules;
mod writer;

pub use reader::DecodeStateError;

use super::Exchange;
use sha2::{Digest, Sha256};

/// The version of the form; a change of the form gets a new one, and the old keeps being read.
const FORM: u8 = 2;

/// SHA-256 of the canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateHash(pub [u8; 32]);

impl StateHash {
    /// The hash of a canonical form.
    #[must_use]
    pub fn of(canonical: &[u8]) -> Self {
        Self(Sha256::digest(canonical).into())
    }
}

impl std::fmt::Display for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Exchange {
    /// The canonical form of the state.
    #[must_use]
    pub fn to_canonical(&self) -> Vec<u8> {
        encode::encode(self)
    }

    /// The state that a canonical form describes.
    ///
    /// # Errors
    /// The bytes are no canonical form.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, DecodeStateError> {
        decode::decode(bytes)
    }

    /// The hash of the state.
    #[must_use]
    pub fn state_hash(&self) -> StateHash {
        StateHash::of(&self.to_canonical())
    }
}
