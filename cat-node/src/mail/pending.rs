//! Mails that are yet to leave, kept in a class of the service's own that no route can name. The entry is written in
//! the same transaction as what it is about, so that an accepted request's mail survives a crash. It says whom and
//! why, not what: the mail is written when it leaves, from the user as it then is, and the entry holds no secrets.
//!
//! There is one entry for a user and a kind: asking again replaces it, so that the queue has a bound.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;

use crate::domain::acl::{Access, Acl};
use crate::domain::mail::MailKind;
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object_id::new_object_id;
use crate::domain::query::{Direction, Filter, OrderBy, Query, Test};
use crate::domain::update::Update;
use crate::domain::value::{Fields, ParseValue};
use crate::storage::{Storage, StorageError, Transaction, Write};

pub const CLASS: ClassName = ClassName::internal("_PendingMail");
const KIND: &str = "kind";
const USER: &str = "userId";
/// Tells an entry from the one that replaced it.
const STAMP: &str = "stamp";
const ATTEMPTS: &str = "attempts";
const DUE_AT: &str = "dueAt";
const STAMP_CHARS: usize = 16;

/// A mail that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingMail {
    id: ObjectId,
    pub kind: MailKind,
    pub user: ObjectId,
    stamp: String,
    pub attempts: u32,
    due_at: DateTime<Utc>,
}

/// What makes a mail pending, for a transaction.
pub fn writes(
    kind: MailKind,
    user: &ObjectId,
    now: DateTime<Utc>,
    random: &mut impl Rng,
) -> [Write; 2] {
    let id = ObjectId::new(format!("{}:{user}", kind.name()));
    let stamp = new_object_id(random, STAMP_CHARS);
    let fields = Fields::from_iter([
        (KIND.to_owned(), kind.name().into()),
        (USER.to_owned(), user.as_str().into()),
        (STAMP.to_owned(), stamp.as_str().into()),
        (ATTEMPTS.to_owned(), 0.0.into()),
        (DUE_AT.to_owned(), now.into()),
    ]);
    [
        Write::DeleteWhere {
            class: CLASS,
            filter: Filter::id(&id),
        },
        Write::Insert {
            class: CLASS,
            object: ParseObject::new(id, now, Some(Acl::closed()), fields),
        },
    ]
}

/// Those that are due, oldest first.
pub async fn due(
    storage: &dyn Storage,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<PendingMail>, StorageError> {
    let is_due = Filter::Field {
        path: FieldPath::internal(DUE_AT),
        test: Test::LessOrEqual(now.into()),
    };
    let mut query = Query::all(CLASS).filter(is_due).limit(limit);
    query.order = vec![OrderBy {
        path: FieldPath::internal(DUE_AT),
        direction: Direction::Ascending,
    }];
    let found = storage.find(&query).await?;
    Ok(found.iter().filter_map(read).collect())
}

fn read(object: &ParseObject) -> Option<PendingMail> {
    // Saturates: counts of attempts are small.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let attempts = object.get(ATTEMPTS)?.as_number()? as u32;
    Some(PendingMail {
        id: object.id.clone(),
        kind: MailKind::parse(object.text(KIND)?)?,
        user: ObjectId::new(object.text(USER)?),
        stamp: object.text(STAMP)?.to_owned(),
        attempts,
        due_at: object.get(DUE_AT)?.as_date()?,
    })
}

impl PendingMail {
    /// Makes it due later, as one attempt more; `None` when it was replaced, or another replica was faster.
    pub async fn postpone(
        mut self,
        storage: &dyn Storage,
        now: DateTime<Utc>,
        by: TimeDelta,
    ) -> Result<Option<Self>, StorageError> {
        let due_at = now + by;
        let update = Update::at(now)
            .set(FieldPath::internal(ATTEMPTS), f64::from(self.attempts + 1))
            .set(FieldPath::internal(DUE_AT), due_at);
        let write = Write::Update {
            class: CLASS,
            id: self.id.clone(),
            access: Access::Master,
            guard: Filter::And(vec![
                self.is_this(),
                Filter::equal(FieldPath::internal(DUE_AT), self.due_at),
            ]),
            update,
        };
        match storage.commit(Transaction::default().write(write)).await {
            Ok(_) => {
                self.attempts += 1;
                self.due_at = due_at;
                Ok(Some(self))
            }
            Err(StorageError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Forgets it, unless it was replaced: then there is another mail to send.
    pub async fn forget(&self, storage: &dyn Storage) -> Result<(), StorageError> {
        let write = Write::DeleteWhere {
            class: CLASS,
            filter: Filter::And(vec![Filter::id(&self.id), self.is_this()]),
        };
        storage.commit(Transaction::default().write(write)).await?;
        Ok(())
    }

    fn is_this(&self) -> Filter {
        Filter::equal(
            FieldPath::internal(STAMP),
            ParseValue::from(self.stamp.as_str()),
        )
    }
}
