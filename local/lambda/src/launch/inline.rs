//! Code that stands in the template itself.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use tempfile::TempDir;

use local_core::failure::Failure;
use local_sam::Function;

/// Writes the inline code of `function` into a private directory, which is removed when nothing can start it any more.
pub(super) fn write(function: &Function, text: &str) -> Result<Arc<TempDir>, Failure> {
    let file = file_name(&function.runtime).ok_or_else(|| not_inline(function))?;
    let private = Permissions::from_mode(0o700);
    let created = tempfile::Builder::new().prefix("parlor-").permissions(private).tempdir();
    let written = created.and_then(|directory| {
        std::fs::write(directory.path().join(file), text)?;
        Ok(Arc::new(directory))
    });
    written.map_err(|error| {
        Failure::new(
            format!("cannot write the inline code of function `{}`: {error}", function.logical_id),
            "check that the directory for temporary files (`TMPDIR`) may be written to",
        )
    })
}

/// The file that CloudFormation makes. For Node.js that is `.js` always, so inline code is no ES module.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html>
fn file_name(runtime: &str) -> Option<&'static str> {
    match runtime {
        _ if runtime.starts_with("nodejs") => Some("index.js"),
        _ if runtime.starts_with("python") => Some("index.py"),
        _ => None,
    }
}

fn not_inline(function: &Function) -> Failure {
    Failure::new(
        format!("function `{}` has inline code and the runtime `{}`", function.logical_id, function.runtime),
        "CloudFormation takes inline code of Node.js and Python only: put the code into a directory",
    )
}
