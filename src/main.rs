//! The armlint command.
fn main() {}
