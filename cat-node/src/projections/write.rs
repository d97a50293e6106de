//! What one event says about one object, and how such statements merge into the object, whatever their order.
//!
//! This is the contract of the store's bulk write. A statement is split into **facets**: groups of fields that one
//! producer numbers with one sequence. Each field belongs to one facet of its class. A facet is taken when its sequence
//! is higher than the one that the object already has for it, and dropped otherwise; so a redelivered event changes
//! nothing (not even `updatedAt`), and events may arrive in any order, days apart.

use chrono::{DateTime, SubsecRound, Utc};

use crate::domain::acl::Acl;
use crate::domain::names::{ClassName, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::value::{Fields, ParseValue};

/// The hidden field that keeps the sequence of each facet: `{"listing": 12, "sale": 40}`.
pub const FACETS_FIELD: &str = "_facets";

/// The largest sequence that a number of a Parse object holds exactly (2^53).
pub const MAX_SEQUENCE: u64 = 1 << 53;

/// A group of fields that a newer statement overwrites; a field that it leaves out keeps its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Facet {
    /// Unique within its class, made of `[a-z_]`.
    pub name: &'static str,
    pub sequence: u64,
    /// Set by the one facet of the class that knows who may read; an object is closed until that facet has come.
    pub acl: Option<Acl>,
    pub fields: Fields,
}

impl Facet {
    pub fn numbered(name: &'static str, sequence: u64) -> Self {
        Self {
            name,
            sequence,
            acl: None,
            fields: Fields::new(),
        }
    }

    /// For what is said once and never changes: whoever says it first is right.
    pub fn fixed(name: &'static str) -> Self {
        Self::numbered(name, 0)
    }

    #[must_use]
    pub fn acl(mut self, acl: Acl) -> Self {
        self.acl = Some(acl);
        self
    }

    #[must_use]
    pub fn set(mut self, field: &'static str, value: impl Into<ParseValue>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// Leaves the field out when its value is not known.
    #[must_use]
    pub fn set_known(self, field: &'static str, value: Option<impl Into<ParseValue>>) -> Self {
        match value {
            Some(value) => self.set(field, value),
            None => self,
        }
    }

    /// Says `null` when there is no value, so that an older value goes.
    #[must_use]
    pub fn set_or_null(self, field: &'static str, value: Option<impl Into<ParseValue>>) -> Self {
        self.set(field, value.map_or(ParseValue::Null, Into::into))
    }
}

/// What one event says about one object.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionWrite {
    pub class: ClassName,
    pub id: ObjectId,
    /// Each name once.
    pub facets: Vec<Facet>,
}

impl ProjectionWrite {
    pub fn new(class: ClassName, id: &str, facets: Vec<Facet>) -> Self {
        Self {
            class,
            id: ObjectId::new(id),
            facets,
        }
    }
}

/// The object after the write, or `None` when the write says nothing new.
///
/// An adapter may express the same rule in its database's language; the contract suite holds it to this function.
pub fn merge(
    existing: Option<ParseObject>,
    write: ProjectionWrite,
    now: DateTime<Utc>,
) -> Option<ParseObject> {
    let now = now.trunc_subsecs(3);
    let mut object = existing
        .unwrap_or_else(|| ParseObject::new(write.id, now, Some(Acl::closed()), Fields::new()));
    let mut changed = false;
    for facet in write.facets {
        if sequence_of(&object, facet.name).is_none_or(|known| known < facet.sequence) {
            take(&mut object, facet);
            changed = true;
        }
    }
    object.updated_at = now;
    changed.then_some(object)
}

fn take(object: &mut ParseObject, facet: Facet) {
    if facet.acl.is_some() {
        object.acl = facet.acl;
    }
    object.fields.extend(facet.fields);
    remember_sequence(&mut object.fields, facet.name, facet.sequence);
}

/// The sequence that an object has for a facet.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // written by `remember_sequence`: whole, 0 to 2^53
fn sequence_of(object: &ParseObject, facet: &str) -> Option<u64> {
    match object.get(FACETS_FIELD)? {
        ParseValue::Object(facets) => facets.get(facet)?.as_number().map(|number| number as u64),
        _ => None,
    }
}

#[allow(clippy::cast_precision_loss)] // sequences stop at MAX_SEQUENCE, which is exact
fn remember_sequence(fields: &mut Fields, facet: &str, sequence: u64) {
    let facets = fields
        .entry(FACETS_FIELD.to_owned())
        .or_insert_with(|| ParseValue::Object(Fields::new()));
    if let ParseValue::Object(facets) = facets {
        facets.insert(facet.to_owned(), ParseValue::Number(sequence as f64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::acl::Permission;

    fn write(facet: &'static str, sequence: u64, field: &str, value: &str) -> ProjectionWrite {
        let fields = Fields::from_iter([(field.to_owned(), value.into())]);
        let acl = (facet == "listing").then(|| Acl::public(Permission::READ));
        ProjectionWrite {
            class: ClassName::internal("Lot"),
            id: ObjectId::new("lot-1"),
            facets: vec![Facet {
                name: facet,
                sequence,
                acl,
                fields,
            }],
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a small number of seconds")
    }

    #[test]
    fn any_order_ends_in_the_same_object() {
        let writes = [
            write("listing", 1, "kind", "mouse"),
            write("grade", 2, "grade", "prime"),
            write("grade", 5, "grade", "salvage"),
            write("sale", 4, "state", "sold"),
        ];
        let fold = |order: [usize; 4]| {
            let mut object = None;
            for index in order {
                object = merge(object.clone(), writes[index].clone(), at(0)).or(object);
            }
            let mut object = object.expect("four writes make an object");
            object.fields.sort_keys();
            if let Some(ParseValue::Object(facets)) = object.fields.get_mut(FACETS_FIELD) {
                facets.sort_keys();
            }
            object
        };
        let expected = fold([0, 1, 2, 3]);
        assert_eq!(expected.text("grade"), Some("salvage"));
        for order in [[3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 2, 0]] {
            assert_eq!(fold(order), expected);
        }
    }

    #[test]
    fn what_is_said_twice_changes_nothing() {
        let first = merge(None, write("listing", 7, "kind", "rat"), at(1));
        assert_eq!(
            merge(first, write("listing", 7, "kind", "rat"), at(2)),
            None
        );
    }

    #[test]
    fn a_write_is_taken_by_the_facet() {
        let known = merge(None, write("grade", 5, "grade", "salvage"), at(1));
        let mut both = write("grade", 4, "grade", "prime");
        both.facets
            .extend(write("offer", 4, "state", "listed").facets);
        let object = merge(known, both, at(2)).expect("one facet is news");
        assert_eq!(
            (object.text("grade"), object.text("state")),
            (Some("salvage"), Some("listed"))
        );
    }

    #[test]
    fn an_object_is_closed_until_its_owner_is_known() {
        let void_first =
            merge(None, write("void", 9, "voidReason", "misfire"), at(1)).expect("new");
        assert_eq!(void_first.acl, Some(Acl::closed()));
        let known =
            merge(Some(void_first), write("listing", 3, "kind", "rat"), at(2)).expect("new facet");
        assert_eq!(known.acl, Some(Acl::public(Permission::READ)));
        assert_eq!((known.created_at, known.updated_at), (at(1), at(2)));
    }
}
