//! `$connect`: registers the connection in the group `everyone`, under the name in its query string.

fn main() {}
