//! ARNs of functions.

use local_core::settings;

/// The ARN of a function of the local account.
pub(super) fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{}:{}:function:{name}", settings::REGION, settings::ACCOUNT_ID)
}
