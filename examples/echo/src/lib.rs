//! The smallest whole backend: see the three binaries. What they have in common stands here.

/// The one group that every connection belongs to. Each connection is a member of its own, which `$disconnect` can name again
/// without knowing more than its id.
pub const EVERYBODY: &str = "everybody";
