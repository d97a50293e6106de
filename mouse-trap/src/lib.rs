//! mouse-trap: sites, traps, their credentials, reports and commands, and every capture they make.

pub mod domain;
