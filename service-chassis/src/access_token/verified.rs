//! Tokens whose signature was found right: a cat shows the same one for a quarter of an hour, and checking a signature
//! costs more than all else that a small request needs.

use super::Claims;
use std::collections::HashMap;

/// Tokens that are remembered; when there are more, all are forgotten and checked anew.
const MAX_TOKENS: usize = 20_000;

/// Tokens and what they say. Whether they have expired or were revoked is not remembered, but looked at every time.
#[derive(Debug, Default)]
pub(super) struct Verified(HashMap<Box<str>, Claims>);

impl Verified {
    pub(super) fn get(&self, token: &str) -> Option<&Claims> {
        self.0.get(token)
    }

    pub(super) fn insert(&mut self, token: &str, claims: Claims) {
        if self.0.len() >= MAX_TOKENS {
            self.0.clear();
        }
        self.0.insert(token.into(), claims);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared_events::id::CatId;

    fn claims() -> Claims {
        Claims {
            sub: CatId::new("tom").expect("an id"),
            name: "tom".to_owned(),
            roles: Vec::new(),
            iss: "cat-node".to_owned(),
            aud: Vec::new(),
            exp: 0,
            iat: 0,
            sid: "s".to_owned(),
        }
    }

    #[test]
    fn it_is_bounded() {
        let mut verified = Verified::default();
        for number in 0..=MAX_TOKENS {
            verified.insert(&number.to_string(), claims());
        }
        assert_eq!(verified.0.len(), 1);
        assert!(verified.get(&MAX_TOKENS.to_string()).is_some());
        verified.clear();
        assert!(verified.get(&MAX_TOKENS.to_string()).is_none());
    }
}
