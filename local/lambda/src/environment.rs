//! The environment variables of functions.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use uuid::Uuid;

use super::api_hosts::ApiHosts;
use super::program::Program;
use super::runnable_function::RunnableFunction;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_core::settings;
use local_core::trust::Trust;
use local_sam::Function;

/// Where the services are that functions call.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Such as `http://127.0.0.1:8000`.
    pub dynamodb: String,
    /// Such as `http://127.0.0.1:9001`.
    pub lambda: String,
    /// The template's APIs.
    pub apis: ApiHosts,
    /// What functions need that write `https` before the domain name of a WebSocket API.
    pub trust: Option<Trust>,
}

/// Variables of the person's own shell that functions get unless the template sets them: they steer logging.
const PASSED_ON: [&str; 2] = ["RUST_LOG", "RUST_BACKTRACE"];

/// Variables of a template that would let an SDK sign with another identity, or find another endpoint, than ours.
pub const DROPPED: [&str; 3] = ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_PROFILE", "AWS_SESSION_TOKEN"];

/// The variables that make `function` a part of the local stack: the template's, and what AWS SDKs read.
///
/// The second sort wins, so that no call of an SDK leaves the machine by accident: a service that is not local is looked
/// for at the Lambda endpoint, which says so. A template may still name another service's own endpoint
/// (`AWS_ENDPOINT_URL_S3`), and code may name any.
///
/// The execute-api host of an API of the template becomes the API's local address, wherever a variable of the template has it.
pub fn environment(function: &Function, endpoints: &Endpoints) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> =
        PASSED_ON.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))).collect();
    variables.extend(function.environment.iter().map(|(name, value)| (name.clone(), endpoints.apis.localize(value))));
    variables.retain(|name, _| !DROPPED.contains(&name.as_str()));
    variables.extend(sdk_environment(endpoints));
    // A template may have an authority of its own to trust.
    for (name, file) in trust_environment(endpoints) {
        variables.entry(name).or_insert(file);
    }
    variables
}

/// The variables with which AWS SDKs find the local stack, and nothing else. A process that gets them must not have
/// [`DROPPED`] ones.
pub fn sdk_environment(endpoints: &Endpoints) -> BTreeMap<String, String> {
    let variables = [
        ("AWS_ACCESS_KEY_ID", settings::ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", settings::SECRET_KEY),
        ("AWS_REGION", settings::REGION),
        ("AWS_DEFAULT_REGION", settings::REGION),
        ("AWS_ENDPOINT_URL", &endpoints.lambda),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoints.dynamodb),
        ("AWS_ENDPOINT_URL_LAMBDA", &endpoints.lambda),
        // Some SDKs find the user's home without `HOME`, and would read profiles there.
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The variables with which TLS clients trust the stack's authority; none without TLS.
pub fn trust_environment(endpoints: &Endpoints) -> BTreeMap<String, String> {
    let Some(Trust { authority_file, bundle_file }) = &endpoints.trust else { return BTreeMap::new() };
    let files =
        [("NODE_EXTRA_CA_CERTS", authority_file), ("AWS_CA_BUNDLE", bundle_file), ("SSL_CERT_FILE", bundle_file)];
    files.map(|(name, file)| (name.to_owned(), file.display().to_string())).into()
}

/// Everything that a new process of `function` gets: what [`environment`] made, what its program needs, and what Lambda itself sets
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>). `HOME` is not among it there either.
pub(super) fn process_environment(
    function: &RunnableFunction,
    program: &Program,
    directory: &Path,
    runtime_api: SocketAddr,
) -> BTreeMap<String, String> {
    let RunnableFunction { function, environment, .. } = function;
    let name = &function.name;
    let today = jiff::Timestamp::now().strftime("%Y/%m/%d");
    let log_stream = format!("{today}/[$LATEST]{}", Uuid::new_v4().simple());
    let mut variables =
        BTreeMap::from([("LANG".to_owned(), "en_US.UTF-8".to_owned()), ("TZ".to_owned(), ":UTC".to_owned())]);
    // Not Lambda's own: a script's interpreter is wherever this machine has it.
    if let Ok(path) = std::env::var("PATH") {
        variables.insert("PATH".to_owned(), path);
    }
    variables.extend(environment.clone());
    variables.extend(program.environment.clone());
    let of_lambda = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_megabytes.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", log_stream),
        ("LAMBDA_TASK_ROOT", directory.display().to_string()),
        ("_HANDLER", function.handler.clone()),
    ];
    variables.extend(of_lambda.map(|(name, value)| (name.to_owned(), value)));
    // OS-only runtimes do not get this one.
    if !function.runtime.starts_with("provided") {
        variables.insert("AWS_EXECUTION_ENV".to_owned(), format!("AWS_Lambda_{}", function.runtime));
    }
    variables
}

/// Writes the functions' variables as `KEY=value` lines, for `cargo lambda watch --env-file`.
///
/// That file is one for all functions. A variable on which they differ is a warning, and keeps its first value.
pub fn write_watch_file(
    path: &Path,
    functions: &[Function],
    endpoints: &Endpoints,
    reporter: &Reporter,
) -> Result<(), Failure> {
    let mut merged: BTreeMap<String, String> = BTreeMap::new();
    for function in functions {
        for (name, value) in environment(function, endpoints) {
            let first = merged.entry(name.clone()).or_insert_with(|| value.clone());
            if *first != value {
                reporter.warning(format_args!(
                    "`{name}` of `{}` differs from another function's, and `{}` has one value for all: the first",
                    function.logical_id,
                    path.display()
                ));
            }
        }
    }
    let mut text = String::new();
    for (name, value) in merged {
        if value.contains('\n') {
            reporter.warning(format_args!("`{name}` has several lines, which `{}` cannot hold", path.display()));
        } else {
            let _ = writeln!(text, "{name}={value}");
        }
    }
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, text));
    written.map_err(|error| {
        Failure::new(
            format!("cannot write `{}`: {error}", path.display()),
            "check that the directory exists and may be written to",
        )
    })
}
