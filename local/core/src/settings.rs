//! The account that the local stack pretends to be.

/// Access key id and secret access key of the local credentials: the functions' and the web page's.
pub const ACCESS_KEY: &str = "local";
/// The secret that belongs to [`ACCESS_KEY`]. It protects nothing: everybody knows it.
pub const SECRET_KEY: &str = "local";
/// Access key id of a second user, who may do nothing: what AWS says where a policy is missing can be seen with it.
pub const DENIED_ACCESS_KEY: &str = "denied";
/// The secret that belongs to [`DENIED_ACCESS_KEY`].
pub const DENIED_SECRET_KEY: &str = "denied";
/// The region in ARNs, in credential scopes and in the functions' environment.
pub const REGION: &str = "us-east-1";
/// The account in ARNs and events: twelve digits, as every AWS account.
pub const ACCOUNT_ID: &str = "123456789012";
