//! A local stack for SAM templates: WebSocket APIs with `@connections`, HTTP APIs, Lambda functions and DynamoDB
//! tables, in one process, without Docker or an AWS account.
//!
//! It speaks AWS's wire protocols and reads AWS's templates; it knows nothing of the functions that it runs.
//! In reading order:

pub mod build;
pub mod cli;
pub mod console;
pub mod dynamodb;
pub mod failure;
pub mod gateway;
pub mod http_api;
pub mod lambda;
pub mod schedule;
pub mod settings;
pub mod signature;
pub mod stack;
pub mod template;
pub mod watch;
pub mod web;
