//! popfetch.
fn main() {}
