//! `$default`: broadcasts what a client says to all other clients.

fn main() {}
