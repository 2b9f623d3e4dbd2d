//! Times in the form that Signature Version 4 signs.

use jiff::Timestamp;

/// `20260102T030405Z`
pub(super) fn basic_format(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}
