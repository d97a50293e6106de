//! `catweb up` as its users meet it: the real binary, a folder of its own, free ports.

mod backups;
mod breach;
mod demo;
mod kills;
mod operators;
mod refusals;
mod replay;
mod runner;
mod supervision;
