//! A small memory of answers that may be a little old, bounded in size and in age.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

/// Values with the times they are from.
type Entries<K, V> = HashMap<K, (DateTime<Utc>, V)>;

/// Values by key, each good for a while; a clone is the same memory. This process forgets what it changes; what another process
/// changes is seen when the value has aged.
#[derive(Debug, Clone)]
pub struct TimedCache<K, V> {
    entries: Arc<Mutex<Entries<K, V>>>,
    max_age: TimeDelta,
    capacity: usize,
}

impl<K: Hash + Eq, V: Clone> TimedCache<K, V> {
    pub fn new(max_age: TimeDelta, capacity: usize) -> Self {
        Self {
            entries: Arc::default(),
            max_age,
            capacity,
        }
    }

    pub fn get<Q>(&self, key: &Q, now: DateTime<Utc>) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let entries = self.entries.lock();
        let (since, value) = entries.get(key)?;
        (now - since < self.max_age).then(|| value.clone())
    }

    pub fn put(&self, key: K, value: V, now: DateTime<Utc>) {
        let mut entries = self.entries.lock();
        if entries.len() >= self.capacity {
            entries.retain(|_, (since, _)| now - *since < self.max_age);
        }
        if entries.len() >= self.capacity {
            entries.clear();
        }
        entries.insert(key, (now, value));
    }

    pub fn forget<Q>(&self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.lock().remove(key);
    }

    pub fn forget_if(&self, is_stale: impl Fn(&V) -> bool) {
        self.entries.lock().retain(|_, (_, value)| !is_stale(value));
    }

    pub fn forget_all(&self) {
        self.entries.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_age_and_the_number_is_bounded() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let cache = TimedCache::new(TimeDelta::seconds(5), 2);
        cache.put("a", 1, at(0));
        assert_eq!(
            (cache.get("a", at(4)), cache.get("a", at(5))),
            (Some(1), None)
        );
        cache.put("b", 2, at(6));
        cache.put("c", 3, at(6));
        assert_eq!(
            (cache.get("a", at(6)), cache.get("c", at(6))),
            (None, Some(3))
        );
    }
}
