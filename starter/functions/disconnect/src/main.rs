//! `$disconnect`: unregisters the connection.

fn main() {}
