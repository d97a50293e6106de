//! Which fields of users are hidden in the end: parse-server adds its own to those of the operator.

use super::ParseSettings;

const USERS: &str = "_User";
const EVERYONE: &str = "*";
const ALWAYS: &str = "email";

impl ParseSettings {
    /// Adds the older option's fields, and the e-mail address unless the operator decided on all of them.
    pub(in crate::config) fn complete_protected_fields(&mut self) {
        let of_users = self.protected_fields.entry(USERS.to_owned()).or_default();
        let fields = of_users.entry(EVERYONE.to_owned()).or_default();
        let more = std::mem::take(&mut self.user_sensitive_fields);
        let decided = !fields.is_empty() && !self.protected_fields_owner_exempt;
        let always = (!decided).then(|| ALWAYS.to_owned());
        for field in more.into_iter().chain(always) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
    }
}
