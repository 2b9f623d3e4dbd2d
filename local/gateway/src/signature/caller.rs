//! Who signed a request.

use local_core::settings;

/// Who signed a request: an IAM user named after the access key, for a local stack knows no other users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The access key id of the credential.
    pub access_key: String,
}

impl Caller {
    /// The ARN of the user.
    pub fn user_arn(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", settings::ACCOUNT_ID, self.access_key)
    }
}
