//! The tables that exist before any class does. Each class gets its own table, made by `class_table`.

use service_chassis::sqlite::{Migrations, Step};

pub(super) const OBJECTS: Migrations = Migrations {
    component: "cat-node",
    steps: &[
        Step::Breaking(CLASSES_AND_RELATIONS),
        Step::Breaking(IDENTITIES),
    ],
};

const CLASSES_AND_RELATIONS: &str = "
    CREATE TABLE class (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        -- Another random number with every change of the definition, so that readers can cache it.
        version INTEGER NOT NULL,
        -- JSON: fields (name: type) and permissions
        definition TEXT NOT NULL
    ) STRICT;

    CREATE TABLE relation (
        class_id INTEGER NOT NULL REFERENCES class (id) ON DELETE CASCADE,
        field TEXT NOT NULL,
        owner TEXT NOT NULL,
        member TEXT NOT NULL,
        PRIMARY KEY (class_id, field, owner, member)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX relation_by_member ON relation (class_id, field, member, owner);
";

/// Users as their providers know them.
const IDENTITIES: &str = "
    CREATE TABLE identity (
        provider TEXT NOT NULL,
        id TEXT NOT NULL,
        -- The object id of a user.
        owner TEXT NOT NULL,
        PRIMARY KEY (provider, id)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX identity_by_owner ON identity (owner);
";
