//! The managed policies of AWS by name.

use serde_json::Value;

/// The paths of all of them, one a line.
const PATHS: &str = include_str!("../../data/aws_managed_policies.txt");

/// The ARN of the managed policy at `path`, such as `service-role/AWSLambdaBasicExecutionRole`.
pub(super) fn arn(path: &str) -> Value {
    format!("arn:aws:iam::aws:policy/{path}").into()
}

/// The ARN of the managed policy `name`; a name that is not AWS's stays as it is.
pub(super) fn find(name: &str) -> Value {
    let path = PATHS.lines().find(|path| path.rsplit('/').next() == Some(name));
    path.map_or_else(|| name.into(), arn)
}
