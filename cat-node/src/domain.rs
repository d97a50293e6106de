//! What Parse objects, queries and changes are. Pure: no clock, no I/O, no HTTP, no driver types;
//! time, ids and randomness are arguments.

pub mod account_lockout;
pub mod acl;
pub mod class_rules;
pub mod credentials;
pub mod denylist;
pub mod error;
pub mod geo;
pub mod global_config;
pub mod installation;
pub mod javascript_text;
pub mod mail;
pub mod mail_token;
pub mod names;
pub mod object;
pub mod object_id;
pub mod page;
pub mod password_policy;
pub mod permissions;
pub mod placeholders;
pub mod protected_fields;
pub mod query;
pub mod route_pattern;
pub mod schema;
pub mod security_check;
pub mod update;
pub mod value;
