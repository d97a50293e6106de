//! Who may read and write an object, and who is asking.

use std::collections::BTreeMap;

use super::names::ObjectId;
use super::query::parse::is_truthy;

/// The entry that stands for everyone.
pub const PUBLIC: &str = "*";

/// What one entry of an ACL allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permission {
    pub read: bool,
    pub write: bool,
}

impl Permission {
    pub const READ: Self = Self {
        read: true,
        write: false,
    };
    pub const READ_WRITE: Self = Self {
        read: true,
        write: true,
    };
}

/// An object's access list: entries are `*`, a user's id or `role:NAME`.
///
/// A stored object without one (`None`) is open to everyone. Stores keep it as two lists,
/// the readers and the writers (`_rperm` and `_wperm` in MongoDB).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acl {
    entries: BTreeMap<String, Permission>,
}

impl Acl {
    /// Only the master key.
    pub fn closed() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with(mut self, grantee: impl Into<String>, permission: Permission) -> Self {
        self.entries.insert(grantee.into(), permission);
        self
    }

    #[must_use]
    pub fn with_user(self, user: &ObjectId, permission: Permission) -> Self {
        self.with(user.as_str(), permission)
    }

    #[must_use]
    pub fn with_role(self, role: &str, permission: Permission) -> Self {
        self.with(format!("role:{role}"), permission)
    }

    pub fn public(permission: Permission) -> Self {
        Self::closed().with(PUBLIC, permission)
    }

    /// From the two stored lists.
    pub fn from_lists<S: Into<String>>(
        readers: impl IntoIterator<Item = S>,
        writers: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut entries: BTreeMap<String, Permission> = BTreeMap::new();
        for reader in readers {
            entries.entry(reader.into()).or_default().read = true;
        }
        for writer in writers {
            entries.entry(writer.into()).or_default().write = true;
        }
        Self { entries }
    }

    pub fn entries(&self) -> impl Iterator<Item = (&str, Permission)> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_str(), *value))
    }

    pub fn readers(&self) -> impl Iterator<Item = &str> {
        self.entries()
            .filter(|(_, permission)| permission.read)
            .map(|(grantee, _)| grantee)
    }

    pub fn writers(&self) -> impl Iterator<Item = &str> {
        self.entries()
            .filter(|(_, permission)| permission.write)
            .map(|(grantee, _)| grantee)
    }

    /// The wire form: `{"*":{"read":true},"role:x":{"read":true,"write":true}}`. What JavaScript takes for true is true,
    /// as in parse-server; what is not of this form grants nothing, so that a wrong list closes the object.
    pub fn from_json(json: &serde_json::Value) -> Self {
        let mut entries = BTreeMap::new();
        for (grantee, permission) in json.as_object().into_iter().flatten() {
            let allows = |name: &str| permission.get(name).is_some_and(is_truthy);
            let permission = Permission {
                read: allows("read"),
                write: allows("write"),
            };
            if permission != Permission::default() {
                entries.insert(grantee.clone(), permission);
            }
        }
        Self { entries }
    }

    pub fn to_json(&self) -> serde_json::Value {
        let entries = self.entries.iter().map(|(grantee, permission)| {
            let mut allowed = serde_json::Map::new();
            if permission.read {
                allowed.insert("read".into(), true.into());
            }
            if permission.write {
                allowed.insert("write".into(), true.into());
            }
            (grantee.clone(), allowed.into())
        });
        serde_json::Value::Object(entries.collect())
    }
}

/// Whose rights a read or a write is done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The master key, or the service itself: no list is asked.
    Master,
    /// These entries: always `*`, then the user's id and `role:NAME` of each of its roles.
    Grants(Vec<String>),
}

impl Access {
    pub fn anonymous() -> Self {
        Self::Grants(vec![PUBLIC.to_owned()])
    }

    pub fn may_read(&self, acl: Option<&Acl>) -> bool {
        self.allowed(acl, |permission| permission.read)
    }

    pub fn may_write(&self, acl: Option<&Acl>) -> bool {
        self.allowed(acl, |permission| permission.write)
    }

    fn allowed(&self, acl: Option<&Acl>, asks: impl Fn(&Permission) -> bool) -> bool {
        match (self, acl) {
            (Self::Master, _) | (_, None) => true,
            (Self::Grants(grants), Some(acl)) => grants
                .iter()
                .any(|grant| acl.entries.get(grant).is_some_and(&asks)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_list_is_for_the_master_only() {
        let acl = Acl::closed();
        assert!(Access::Master.may_read(Some(&acl)));
        assert!(!Access::anonymous().may_read(Some(&acl)));
        assert!(Access::anonymous().may_write(None));
    }

    #[test]
    fn lists_and_entries_are_the_same_thing() {
        let acl = Acl::public(Permission::READ).with_role("court", Permission::READ_WRITE);
        let lists = Acl::from_lists(acl.readers(), acl.writers());
        assert_eq!(lists, acl);
        assert_eq!(Acl::from_json(&acl.to_json()), acl);
    }
}
