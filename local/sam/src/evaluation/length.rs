//! How long a text may become.

use crate::problem::Problem;

/// Bytes that a template may have in S3 (CloudFormation quotas): nested substitutions can double a text at every level.
const LONGEST_TEXT: usize = 1 << 20;

/// Rejects a text of `length` bytes that is longer than a template may be.
pub(crate) fn check_length(length: usize) -> Result<(), Problem> {
    if length > LONGEST_TEXT {
        return Err(Problem::new("an intrinsic returns a text of more than 1 MB", "shorten it"));
    }
    Ok(())
}
