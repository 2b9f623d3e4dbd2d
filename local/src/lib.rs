//! A local stack for SAM templates: WebSocket APIs with `@connections`, HTTP APIs, Lambda functions and DynamoDB
//! tables, in one process, without Docker or an AWS account.
//!
//! It speaks AWS's wire protocols and reads AWS's templates; it knows nothing of the functions that it runs.
//! In reading order:

pub mod cli;
pub mod new;
pub mod stack;
pub mod template;
pub mod gateway;
pub mod http_api;
mod http_server;
mod forward;
mod loopback;
mod child_group;
pub mod signature;
pub mod tls;
mod wildcard;
mod short_id;
pub mod lambda;
pub mod schedule;
pub mod dynamodb;
pub mod faults;
pub mod web;
pub mod launch;
pub mod watch;
pub mod settings;
pub mod console;
pub mod events;
pub mod failure;
