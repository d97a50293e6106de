//! catweb
fn main() {}
