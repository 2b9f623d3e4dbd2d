//! What of an evaluated CloudFormation template is served.
//!
//! Start reading at [`read`]. Each type of resource has its reader; what a reader leaves out it reports with its place.

mod api_keys;
mod apis;
mod authorization;
mod context;
mod custom_domains;
mod event_invoke;
mod functions;
mod http_apis;
mod http_routes;
mod integrations;
mod invocables;
mod mock;
mod open_api;
mod permissions;
mod routes;
mod schedules;
mod stack;
mod stages;
mod surroundings;
mod tables;
mod throttles;
mod web_socket_apis;

use std::path::Path;

use self::context::Context;
pub(crate) use self::stack::Stack;
pub(crate) use self::surroundings::Surroundings;
use crate::model::Template;
use crate::problem::Problem;

/// Reads what `stack` serves; paths of code start at `directory`. The functions and permissions of the stack are in
/// `surroundings` already.
///
/// # Errors
/// A resource that is served needs a value that cannot be told here, or has one that CloudFormation rejects.
pub(crate) fn read(
    stack: Stack<'_>,
    directory: &Path,
    surroundings: &Surroundings,
    warnings: &mut Vec<String>,
) -> Result<Template, Problem> {
    let context = Context { stack, surroundings };
    Ok(Template {
        web_socket_apis: web_socket_apis::read(&context, warnings)?,
        http_apis: http_apis::read(&context, warnings)?,
        functions: functions::read(&context, directory, warnings)?,
        tables: tables::read(stack)?,
        schedules: schedules::read(&context, warnings)?,
        ..Template::default()
    })
}
