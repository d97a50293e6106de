//! Columns of numbers as differences between neighbours.

use crate::broker::domain::ids::MessageId;

/// Rising ids as differences.
pub(super) fn deltas(ids: impl IntoIterator<Item = MessageId>) -> Vec<u64> {
    let mut last = 0;
    let steps = ids
        .into_iter()
        .map(|MessageId(id)| id - std::mem::replace(&mut last, id));
    steps.collect()
}

/// The ids behind differences.
pub(super) fn ids(deltas: Vec<u64>) -> impl Iterator<Item = MessageId> {
    deltas.into_iter().scan(0_u64, |last, step| {
        *last = last.wrapping_add(step);
        Some(MessageId(*last))
    })
}

/// Any numbers as differences.
pub(super) fn place_deltas(numbers: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut last = 0_i64;
    numbers
        .map(|number| number.wrapping_sub(std::mem::replace(&mut last, number)))
        .collect()
}

/// The numbers behind differences.
pub(super) fn places(deltas: Vec<i64>) -> impl Iterator<Item = i64> {
    deltas.into_iter().scan(0_i64, |last, step| {
        *last = last.wrapping_add(step);
        Some(*last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_back() {
        let some = [MessageId(3), MessageId(4), MessageId(900)];
        assert_eq!(ids(deltas(some)).collect::<Vec<_>>(), some);
        let numbers = [5, -7, i64::MAX, 0];
        assert_eq!(
            places(place_deltas(numbers.into_iter())).collect::<Vec<_>>(),
            numbers
        );
    }
}
