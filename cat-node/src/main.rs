//! cat-node
fn main() {}
