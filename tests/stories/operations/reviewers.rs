//! A stack whose rooms may name a reviewer. None of them is ever called.

use aws_sdk_ivschat::types::{FallbackResult, MessageReviewHandler};

use crate::harness::{Chat, Stack, workspace, write_template};

/// A function that rooms may name.
pub(super) const REVIEWER: &str = "arn:aws:lambda:us-east-1:123456789012:function:reviewer";

/// Another one, whose ARN has the 170 characters that an ARN may have.
pub(super) const LONGEST_REVIEWER: &str = "arn:aws:lambda:us-east-1:123456789012:function:\
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The chat service, with both functions in its template's parameter.
pub(super) async fn chat_with_reviewers() -> Chat {
    let template = std::fs::read_to_string(workspace().join("template.yaml")).expect("the template can be read");
    let nobody = "Type: CommaDelimitedList\n    Default: \"\"";
    let both = format!("Type: CommaDelimitedList\n    Default: \"{REVIEWER},{LONGEST_REVIEWER}\"");
    assert!(template.contains(nobody), "the template names no reviewers");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let template = write_template(directory.path(), &template.replace(nobody, &both));
    Chat::on(Stack::start(template).await.keeping(directory))
}

pub(super) fn handler(uri: &str, fallback: Option<FallbackResult>) -> MessageReviewHandler {
    MessageReviewHandler::builder().uri(uri).set_fallback_result(fallback).build()
}
