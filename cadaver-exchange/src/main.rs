//! cadaver-exchange
fn main() {}
