//! Named things with numbers, listed by name in pages.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::ops::Bound;

/// Things by number and by name.
#[derive(Debug)]
pub(crate) struct Registry<I, T> {
    by_name: BTreeMap<String, I>,
    items: HashMap<I, T>,
}

impl<I, T> Default for Registry<I, T> {
    fn default() -> Self {
        Self {
            by_name: BTreeMap::new(),
            items: HashMap::new(),
        }
    }
}

impl<I: Copy + Eq + Hash, T> Registry<I, T> {
    pub(crate) fn insert(&mut self, name: String, id: I, item: T) {
        self.by_name.insert(name, id);
        self.items.insert(id, item);
    }

    /// Takes a thing away; its name is free again.
    pub(crate) fn remove(&mut self, id: I, name: &str) -> Option<T> {
        if self.by_name.get(name) == Some(&id) {
            self.by_name.remove(name);
        }
        self.items.remove(&id)
    }

    pub(crate) fn id(&self, name: &str) -> Option<I> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn get(&self, id: I) -> Option<&T> {
        self.items.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.items.get_mut(&id)
    }

    pub(crate) fn named(&self, name: &str) -> Option<(I, &T)> {
        let id = self.id(name)?;
        Some((id, self.items.get(&id)?))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        self.items.iter().map(|(id, item)| (*id, item))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (I, &mut T)> {
        self.items.iter_mut().map(|(id, item)| (*id, item))
    }

    /// The things whose name begins with `prefix` and comes after `after`, in the order of their names.
    pub(crate) fn after<'a>(
        &'a self,
        prefix: &'a str,
        after: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a T)> {
        let from = if after < prefix {
            Bound::Included(prefix)
        } else {
            Bound::Excluded(after)
        };
        self.by_name
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(move |(name, _)| name.starts_with(prefix))
            .filter_map(|(name, id)| Some((name.as_str(), self.items.get(id)?)))
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }
}
