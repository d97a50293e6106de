//! The tests of mouse-trap from outside: the storage contract on every database, and the API as cats and traps see it.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod api;
mod import;
mod killed_import;
mod storage_contract;
mod test_app;
mod test_storage;
