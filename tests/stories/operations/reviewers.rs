//! A stack whose rooms may name a reviewer. None of them is ever called.

use aws_sdk_ivschat::types::{FallbackResult, MessageReviewHandler};

use crate::harness::{Chat, Stack};

/// A function that rooms may name.
pub(super) const REVIEWER: &str = "arn:aws:lambda:us-east-1:123456789012:function:reviewer";

/// Another one, whose ARN has the 170 characters that an ARN may have.
pub(super) const LONGEST_REVIEWER: &str = "arn:aws:lambda:us-east-1:123456789012:function:\
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The chat service, with both functions in its template's parameter.
pub(super) async fn chat_with_reviewers() -> Chat {
    let both = format!("ReviewFunctions={REVIEWER},{LONGEST_REVIEWER}");
    Chat::on(Stack::start_with("template.yaml", &["--parameter-overrides", &both]).await)
}

pub(super) fn handler(uri: &str, fallback: Option<FallbackResult>) -> MessageReviewHandler {
    MessageReviewHandler::builder().uri(uri).set_fallback_result(fallback).build()
}
