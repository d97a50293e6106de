//! From order numbers to places. Numbers are given out in turn and most are short-lived, so they are looked up in small
//! pages of neighbours, and a page whose orders are all gone is used again.

use rustc_hash::FxHashMap;

const PAGE_BITS: u32 = 6;
const PAGE: usize = 1 << PAGE_BITS;
/// No order of that number.
const NONE: u32 = u32::MAX;

#[derive(Debug, Clone)]
struct Page {
    places: [u32; PAGE],
    used: u32,
}

/// The table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    listed: FxHashMap<u64, u32>,
    pages: Vec<Page>,
    free: Vec<u32>,
    len: usize,
}

impl Numbers {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, number: u64) -> Option<u32> {
        let page = *self.listed.get(&(number >> PAGE_BITS))?;
        let found = self.pages[page as usize].places[within(number)];
        (found != NONE).then_some(found)
    }

    /// Sets the place of an order.
    pub(crate) fn set(&mut self, number: u64, place: u32) {
        let page = match self.listed.get(&(number >> PAGE_BITS)) {
            Some(page) => *page,
            None => self.list_page(number >> PAGE_BITS),
        };
        let page = &mut self.pages[page as usize];
        let slot = &mut page.places[within(number)];
        let is_new = std::mem::replace(slot, place) == NONE;
        page.used += u32::from(is_new);
        self.len += usize::from(is_new);
    }

    pub(crate) fn remove(&mut self, number: u64) {
        let Some(at) = self.listed.get(&(number >> PAGE_BITS)).copied() else {
            return;
        };
        let page = &mut self.pages[at as usize];
        if std::mem::replace(&mut page.places[within(number)], NONE) == NONE {
            return;
        }
        self.len -= 1;
        page.used -= 1;
        if page.used == 0 {
            self.listed.remove(&(number >> PAGE_BITS));
            self.free.push(at);
        }
    }

    fn list_page(&mut self, neighbours: u64) -> u32 {
        let page = self.free.pop().unwrap_or_else(|| {
            self.pages.push(Page {
                places: [NONE; PAGE],
                used: 0,
            });
            u32::try_from(self.pages.len() - 1).expect("fewer orders than memory has room for")
        });
        self.listed.insert(neighbours, page);
        page
    }
}

#[allow(clippy::cast_possible_truncation)] // less than PAGE
const fn within(number: u64) -> usize {
    (number & (PAGE as u64 - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((any::<bool>(), 0..3_000_u64, 0..9_u32), 1..800)) {
            let (mut numbers, mut map) = (Numbers::default(), BTreeMap::new());
            for (sets, number, place) in steps {
                if sets {
                    numbers.set(number, place);
                    map.insert(number, place);
                } else {
                    numbers.remove(number);
                    map.remove(&number);
                }
                prop_assert_eq!(numbers.get(number), map.get(&number).copied());
                prop_assert_eq!(numbers.len(), map.len());
            }
            for number in 0..3_000 {
                prop_assert_eq!(numbers.get(number), map.get(&number).copied());
            }
        }
    }

    #[test]
    fn pages_of_numbers_that_are_gone_are_used_again() {
        let mut numbers = Numbers::default();
        for number in 0..100_000 {
            numbers.set(number, 7);
            if number >= 500 {
                numbers.remove(number - 500);
            }
        }
        assert!(numbers.pages.len() < 20);
    }
}
