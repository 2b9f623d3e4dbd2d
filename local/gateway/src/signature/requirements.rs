//! What API Gateway requires of a signature.

use jiff::SignedDuration;

/// The signing name of every API behind API Gateway, `@connections` included.
pub const SERVICE: &str = "execute-api";
/// How far the clocks of caller and AWS may be apart: 5 minutes
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>).
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
