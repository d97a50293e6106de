//! mouse-trap
fn main() {}
