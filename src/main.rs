//! The command `inwindow`.

fn main() {}
