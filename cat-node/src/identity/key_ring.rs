//! Which key signs, which keys are published, when a new one is due: pure decisions over the stored keys.
//!
//! A new key is published one [`RotationPolicy::overlap`] before it signs, so that verifiers know it when its first
//! token arrives; an old key stays published until the last token it signed has expired.

use chrono::{DateTime, TimeDelta, Utc};

use super::signing_key::SigningKey;

#[derive(Debug, Clone, Copy)]
pub struct RotationPolicy {
    /// A new key is made when the newest one is this old.
    pub period: TimeDelta,
    /// A new key waits this long before it signs.
    pub overlap: TimeDelta,
    /// No token lives longer than this.
    pub token_lifetime: TimeDelta,
}

/// The stored keys, oldest first, at least one.
#[derive(Debug, Clone)]
pub struct KeyRing {
    keys: Vec<SigningKey>,
    policy: RotationPolicy,
}

impl KeyRing {
    /// `None` without a key: the caller makes the first one.
    pub fn new(mut keys: Vec<SigningKey>, policy: RotationPolicy) -> Option<Self> {
        keys.sort_by_key(|key| key.generation);
        (!keys.is_empty()).then_some(Self { keys, policy })
    }

    /// The newest key whose waiting time is over; the first key of all has nobody to wait for.
    pub fn signing(&self, now: DateTime<Utc>) -> &SigningKey {
        self.keys
            .iter()
            .rev()
            .find(|key| self.signs_from(key) <= now)
            .unwrap_or(&self.keys[0])
    }

    /// What verifiers must accept, oldest first.
    pub fn published(&self, now: DateTime<Utc>) -> Vec<&SigningKey> {
        self.keys
            .iter()
            .filter(|key| !self.is_retired(key, now))
            .collect()
    }

    pub fn retired(&self, now: DateTime<Utc>) -> Vec<&SigningKey> {
        self.keys
            .iter()
            .filter(|key| self.is_retired(key, now))
            .collect()
    }

    /// The generation to make now, when one is due.
    pub fn due_generation(&self, now: DateTime<Utc>) -> Option<u32> {
        let newest = self.newest();
        (newest.made_at + self.policy.period <= now).then_some(newest.generation + 1)
    }

    pub fn newest(&self) -> &SigningKey {
        &self.keys[self.keys.len() - 1]
    }

    fn signs_from(&self, key: &SigningKey) -> DateTime<Utc> {
        key.made_at + self.policy.overlap
    }

    /// Retired once its successor has been signing for longer than any of its own tokens lives.
    fn is_retired(&self, key: &SigningKey, now: DateTime<Utc>) -> bool {
        self.keys
            .iter()
            .filter(|other| other.generation > key.generation)
            .any(|other| {
                self.signs_from(other) + self.policy.token_lifetime + self.policy.overlap <= now
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RotationPolicy = RotationPolicy {
        period: TimeDelta::days(30),
        overlap: TimeDelta::minutes(10),
        token_lifetime: TimeDelta::minutes(15),
    };

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn ring(made_at_minutes: &[i64]) -> KeyRing {
        let keys = (1..)
            .zip(made_at_minutes)
            .map(|(generation, &minutes)| SigningKey::generate(generation, at(minutes)).unwrap());
        KeyRing::new(keys.collect(), POLICY).unwrap()
    }

    fn generations(keys: &[&SigningKey]) -> Vec<u32> {
        keys.iter().map(|key| key.generation).collect()
    }

    #[test]
    fn the_first_key_signs_at_once() {
        assert_eq!(ring(&[0]).signing(at(0)).generation, 1);
    }

    #[test]
    fn a_new_key_is_published_before_it_signs() {
        let ring = ring(&[0, 1000]);
        assert_eq!(generations(&ring.published(at(1001))), [1, 2]);
        assert_eq!(ring.signing(at(1009)).generation, 1);
        assert_eq!(ring.signing(at(1010)).generation, 2);
    }

    #[test]
    fn an_old_key_stays_until_its_last_token_is_dead() {
        let ring = ring(&[0, 1000]);
        assert_eq!(generations(&ring.published(at(1034))), [1, 2]);
        assert_eq!(generations(&ring.published(at(1035))), [2]);
        assert_eq!(generations(&ring.retired(at(1035))), [1]);
    }

    #[test]
    fn rotation_is_due_by_the_age_of_the_newest_key() {
        let ring = ring(&[0, 1000]);
        assert_eq!(ring.due_generation(at(1000)), None);
        assert_eq!(ring.due_generation(at(1000) + TimeDelta::days(30)), Some(3));
    }

    #[test]
    fn no_key_makes_no_ring() {
        assert!(KeyRing::new(Vec::new(), POLICY).is_none());
    }
}
