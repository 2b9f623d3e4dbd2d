//! Every 4 minutes: keeps idle connections open, and prunes stale ones.

fn main() {}
