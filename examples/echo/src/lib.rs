//! The smallest whole backend: see the three binaries. What they have in common stands here.

/// The one group that every connection belongs to.
pub const EVERYBODY: &str = "everybody";

/// The one member that every connection counts as. `$disconnect` has to name both again; where they differ from connection to
/// connection, an authorizer's session carries them.
pub const ANYBODY: &str = "anybody";
