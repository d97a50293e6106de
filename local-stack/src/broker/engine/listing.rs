//! Lists in pages, by name.

use crate::broker::domain::limits::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};
use crate::broker::domain::refusal::Refusal;

/// A page, and the token of the next one (empty: there is none).
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_page_token: String,
}

/// Cuts the next page out of things that come after the token in the order of their names.
pub(super) fn page<'a, T>(
    mut rest: impl Iterator<Item = (&'a str, T)>,
    page_size: i32,
) -> Result<Page<T>, Refusal> {
    let size = usize::try_from(page_size)
        .map_err(|_| Refusal::invalid("The page_size must not be negative."))?;
    let size = if size == 0 {
        DEFAULT_PAGE_SIZE
    } else {
        size.min(MAX_PAGE_SIZE)
    };
    let mut items = Vec::new();
    let mut last = "";
    for (name, item) in rest.by_ref().take(size) {
        last = name;
        items.push(item);
    }
    let has_more = rest.next().is_some();
    Ok(Page {
        items,
        next_page_token: if has_more {
            last.to_owned()
        } else {
            String::new()
        },
    })
}
