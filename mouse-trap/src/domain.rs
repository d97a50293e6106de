//! The rules of trapping: pure. No clock, no input or output, no HTTP, no database; time and randomness are arguments.

pub mod access;
pub mod announcement;
pub mod catch;
pub mod command;
pub mod credential;
pub mod event_time;
pub mod intake;
pub mod mass;
pub mod portal;
pub mod position;
pub mod report;
pub mod site;
pub mod text;
pub mod trap;
pub mod trap_status;
