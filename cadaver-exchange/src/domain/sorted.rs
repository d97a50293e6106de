//! A sorted set of small keys that is read and changed mostly at its end: short runs in order, so that a change anywhere
//! moves few bytes, and emptied runs are kept, so that a steady coming and going costs no memory.

/// Keys in one run at most.
const RUN: usize = 64;
/// Runs at the end that are looked through one by one before the others are searched.
const NEAR: usize = 4;

/// The set.
#[derive(Debug, Clone)]
pub(crate) struct Sorted<K> {
    /// None is empty; every key of one is less than every key of the next.
    runs: Vec<Vec<K>>,
    /// The first key of each run, side by side, as most searches end here.
    firsts: Vec<K>,
    spare: Vec<Vec<K>>,
    len: usize,
}

impl<K> Default for Sorted<K> {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            firsts: Vec::new(),
            spare: Vec::new(),
            len: 0,
        }
    }
}

impl<K: Ord + Copy> Sorted<K> {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn last(&self) -> Option<&K> {
        self.runs.last().and_then(|run| run.last())
    }

    pub(crate) fn pop_last(&mut self) -> Option<K> {
        let run = self.runs.last_mut()?;
        let key = run.pop()?;
        self.len -= 1;
        if run.is_empty() {
            self.spare.extend(self.runs.pop());
            self.firsts.pop();
        }
        Some(key)
    }

    /// The first key that is not less than `key`.
    pub(crate) fn at_or_after(&self, key: &K) -> Option<&K> {
        let at = self.run_of(key);
        let run = self.runs.get(at)?;
        let here = run.get(place_in(run, key));
        here.or_else(|| self.runs.get(at + 1)?.first())
    }

    /// Puts a key in that is not there yet.
    pub(crate) fn insert(&mut self, key: K) {
        self.len += 1;
        if self.runs.is_empty() {
            let mut run = self.take_spare();
            run.push(key);
            self.runs.push(run);
            self.firsts.push(key);
            return;
        }
        let mut at = self.run_of(&key);
        if self.runs[at].len() == RUN {
            let mut upper = self.take_spare();
            upper.extend(self.runs[at].drain(RUN / 2..));
            self.firsts.insert(at + 1, upper[0]);
            self.runs.insert(at + 1, upper);
            at += usize::from(self.firsts[at + 1] <= key);
        }
        let run = &mut self.runs[at];
        let place = place_in(run, &key);
        run.insert(place, key);
        if place == 0 {
            self.firsts[at] = key;
        }
    }

    /// Takes a key out; tells whether it was there.
    pub(crate) fn remove(&mut self, key: &K) -> bool {
        let at = self.run_of(key);
        let Some(run) = self.runs.get_mut(at) else {
            return false;
        };
        let place = place_in(run, key);
        if run.get(place) != Some(key) {
            return false;
        }
        run.remove(place);
        self.len -= 1;
        if let Some(first) = run.first() {
            self.firsts[at] = *first;
        }
        self.keep_runs_full(at);
        true
    }

    /// All keys, from the last to the first.
    pub(crate) fn iter_back(&self) -> impl Iterator<Item = &K> {
        self.runs.iter().rev().flat_map(|run| run.iter().rev())
    }

    /// The run that a key is in, or would be.
    fn run_of(&self, key: &K) -> usize {
        let near = self.firsts.len().saturating_sub(NEAR);
        let from_the_end = self.firsts[near..].iter().rposition(|first| first <= key);
        match from_the_end {
            Some(place) => near + place,
            None => {
                let after = self.firsts[..near].partition_point(|first| first <= key);
                after.saturating_sub(1)
            }
        }
    }

    /// A run that has lost a key goes if it is empty, and joins the one after it if both are short.
    fn keep_runs_full(&mut self, at: usize) {
        if self.runs[at].is_empty() {
            let run = self.runs.remove(at);
            self.firsts.remove(at);
            self.spare.push(run);
            return;
        }
        let short = |at: usize| self.runs.get(at).is_some_and(|run| run.len() <= RUN / 4);
        if short(at) && short(at + 1) {
            let mut next = self.runs.remove(at + 1);
            self.firsts.remove(at + 1);
            self.runs[at].append(&mut next);
            self.spare.push(next);
        }
    }

    fn take_spare(&mut self) -> Vec<K> {
        self.spare.pop().unwrap_or_else(|| Vec::with_capacity(RUN))
    }
}

/// Where in a run a key is, or would be; most are at the end.
fn place_in<K: Ord>(run: &[K], key: &K) -> usize {
    match run.last() {
        Some(last) if last < key => run.len(),
        Some(last) if last == key => run.len() - 1,
        _ => run.partition_point(|other| other < key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set(steps in prop::collection::vec((0..4_u8, 0..900_u32), 1..1_500)) {
            let (mut sorted, mut set) = (Sorted::default(), BTreeSet::new());
            for (step, key) in steps {
                match step {
                    0 | 1 => {
                        if set.insert(key) {
                            sorted.insert(key);
                        }
                    }
                    2 => prop_assert_eq!(sorted.remove(&key), set.remove(&key)),
                    _ => prop_assert_eq!(sorted.pop_last(), set.pop_last()),
                }
                prop_assert_eq!(sorted.last(), set.last());
                prop_assert_eq!(sorted.len(), set.len());
                prop_assert_eq!(sorted.at_or_after(&key), set.range(key..).next());
            }
            prop_assert!(sorted.iter_back().eq(set.iter().rev()));
        }
    }
}
