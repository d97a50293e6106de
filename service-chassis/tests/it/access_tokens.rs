//! Tokens as cat-node signs them, and all the ways in which one can be wrong.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use service_chassis::access_token::{
    AccessTokenError, AccessTokens, Claims, MIGRATIONS, SqliteKeyring,
};
use service_chassis::clock::{Clock, ManualClock};
use service_chassis::sqlite::Database;
use shared_events::Event;
use shared_events::events::cat_node::{KeysPublished, PublicKey, SessionRevoked};
use shared_events::id::CatId;
use std::sync::Arc;

struct Signer {
    kid: String,
    key: EncodingKey,
    public: PublicKey,
}

fn signer(kid: &str) -> Signer {
    let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let public = PublicKey {
        kid: kid.into(),
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        alg: "EdDSA".into(),
        key_use: "sig".into(),
        x: base64url(pair.public_key().as_ref()),
    };
    Signer {
        kid: kid.into(),
        key: EncodingKey::from_ed_der(document.as_ref()),
        public,
    }
}

fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let padded = [
            chunk[0],
            *chunk.get(1).unwrap_or(&0),
            *chunk.get(2).unwrap_or(&0),
        ];
        let number = padded
            .iter()
            .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
        for place in 0..=chunk.len() {
            text.push(char::from(
                ALPHABET[(number >> (18 - 6 * place) & 63) as usize],
            ));
        }
    }
    text
}

impl Signer {
    fn sign(&self, claims: &Claims) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        encode(&header, claims, &self.key).unwrap()
    }
}

fn claims(now: DateTime<Utc>) -> Claims {
    Claims {
        sub: CatId::new("aBcDeFgHiJ").unwrap(),
        name: "tom".into(),
        roles: vec!["royal-court".into()],
        iss: "cat-node".into(),
        aud: vec!["mouse-trap".into(), "cadaver-exchange".into()],
        exp: now.timestamp() + 900,
        iat: now.timestamp(),
        sid: "session-1".into(),
    }
}

fn published(keys: &[&Signer], at: DateTime<Utc>) -> Event {
    Event::KeysPublished(KeysPublished {
        keys: keys.iter().map(|key| key.public.clone()).collect(),
        published_at: at,
    })
}

#[tokio::test]
async fn keys_revocations_and_time_decide() {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::open(&dir.path().join("a.db"), &[MIGRATIONS]).unwrap();
    let clock = ManualClock::at(Utc::now());
    let keyring = Arc::new(SqliteKeyring(database));
    let load = async || {
        AccessTokens::load("mouse-trap", keyring.clone(), Arc::new(clock.clone()))
            .await
            .unwrap()
    };
    let (good, other) = (signer("k1"), signer("k1"));
    let tokens = load().await;
    let token = good.sign(&claims(clock.now()));
    assert_eq!(tokens.verify(&token), Err(AccessTokenError::NoKeys));

    tokens
        .learn(&[published(&[&good], clock.now())])
        .await
        .unwrap();
    assert_eq!(tokens.verify(&token), Ok(claims(clock.now())));
    assert_eq!(
        load().await.verify(&token),
        Ok(claims(clock.now())),
        "after a restart"
    );

    let stale = published(&[], clock.now() - TimeDelta::seconds(1));
    tokens.learn(&[stale]).await.unwrap();
    assert!(
        tokens.verify(&token).is_ok(),
        "older keys do not replace newer ones"
    );

    let elsewhere = Claims {
        aud: vec!["bank".into()],
        ..claims(clock.now())
    };
    let impostor = Claims {
        iss: "dog-node".into(),
        ..claims(clock.now())
    };
    for wrong in [
        other.sign(&claims(clock.now())),
        good.sign(&elsewhere),
        good.sign(&impostor),
        "a.b.c".into(),
        "x".repeat(9_000),
    ] {
        assert_eq!(tokens.verify(&wrong), Err(AccessTokenError::Invalid));
    }
    let revoked = Event::SessionRevoked(SessionRevoked {
        cat: CatId::new("aBcDeFgHiJ").unwrap(),
        session: "session-1".into(),
        revoked_at: clock.now(),
    });
    tokens.learn(&[revoked]).await.unwrap();
    assert_eq!(tokens.verify(&token), Err(AccessTokenError::Revoked));
    assert_eq!(
        load().await.verify(&token),
        Err(AccessTokenError::Revoked),
        "after a restart"
    );
    clock.advance(TimeDelta::minutes(16));
    assert_eq!(tokens.verify(&token), Err(AccessTokenError::Expired));
}
