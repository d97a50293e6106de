//! What is left of a cat in the projected classes when it is gone: what its traps did, but not that they were its.

use chrono::{DateTime, Utc};

use super::class::{CAPTURE, ORDER, TRAP};
use super::value::for_court;
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::query::Filter;
use crate::domain::update::{AclChange, FieldOp, Update};
use crate::domain::value::ParseValue;
use crate::storage::Write;

/// The fields that name a cat.
const NAMES_OF_CATS: [(ClassName, &str); 3] =
    [(TRAP, "hunter"), (CAPTURE, "hunter"), (ORDER, "cat")];

/// Takes the cat out of every projected object; the royal court alone reads what was the cat's.
pub fn forget_cat(cat: &ObjectId, now: DateTime<Utc>) -> Vec<Write> {
    let writes = NAMES_OF_CATS.map(|(class, field)| {
        let path = || FieldPath::internal(field);
        let named = ParseValue::pointer(&ClassName::USER, cat);
        let mut update = Update::at(now).op(path(), FieldOp::Set(ParseValue::Null));
        update.acl = AclChange::Set(for_court());
        Write::UpdateWhere {
            class,
            filter: Filter::equal(path(), named),
            update,
        }
    });
    writes.into()
}
