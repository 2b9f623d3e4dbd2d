//! The whole stack: reads the template, starts every service, and stops them all again.

mod file_limit;
mod functions;
mod host;
mod ports;
mod ready;
mod screen;
mod services;
mod signals;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::cli::Options;
use crate::failure::Failure;
use crate::faults::{Faults, Plan, Scope};
use crate::lambda::{Endpoints, LambdaClient, Recorder};
use crate::signature::Verifier;
use crate::template::{FunctionNames, ReadOptions, Template, parameter_overrides, samconfig};
use crate::{console, dynamodb, gateway, http_api, schedule, template, watch, web};

use functions::Functions;
use host::Host;
use ports::Ports;
use ready::Ready;
use services::Services;
use signals::Signals;

/// Runs the stack that `options` describe until the person stops it; `started` is when the process began.
///
/// Returns when no server and no child process is left, whatever the outcome.
///
/// # Errors
/// Something cannot be started, or a server ended by itself.
pub async fn run(options: Options, started: Instant) -> Result<(), Failure> {
    file_limit::raise();
    let mut signals = Signals::listen()?;
    let mut services = Services::default();
    let outcome = tokio::select! {
        failure = serve(&options, started, &mut services) => failure,
        () = signals.received() => Ok(()),
    };
    services.stop().await;
    outcome
}

async fn serve(options: &Options, started: Instant, services: &mut Services) -> Result<(), Failure> {
    let template = read(options)?;
    let faults = faults(options, &template)?;
    let functions = Functions::chosen_by(options, &template, &faults)?;
    schedule::check(&template.schedules)?;
    template.warnings.iter().for_each(console::warning);
    if !options.no_watch {
        let configuration = samconfig::file(&options.template, &configuration_choice(options));
        let files = [options.template.clone()].into_iter().chain(configuration).collect();
        services.run("watcher", watch::tell_of_changes(files, services.shutdown()));
    }
    let (ready, building) = start(options, &template, &functions, &faults, services).await?;
    let elapsed = started.elapsed().saturating_sub(building);
    if options.json {
        console::data(ready.json(elapsed));
    } else {
        console::line(screen::Screen { options, template: &template, functions: &functions, ready: &ready, elapsed });
    }
    Err(services.first_failure().await)
}

fn read(options: &Options) -> Result<Template, Failure> {
    let function_names = match options.lambda {
        Some(_) => FunctionNames::Binary,
        None => FunctionNames::LogicalId,
    };
    let choice = configuration_choice(options);
    let read_options = ReadOptions {
        function_names,
        parameters: parameter_overrides::parse(&options.parameter_overrides)?,
        configured: samconfig::read(&options.template, &choice)?,
        imports: imports(&options.import)?,
    };
    template::read(&options.template, &read_options)
}

fn configuration_choice(options: &Options) -> samconfig::Choice {
    samconfig::Choice { file: options.config_file.clone(), environment: options.config_env.clone() }
}

/// The outputs of other stacks in `words`, each of which is `NAME=VALUE`.
fn imports(words: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pairs = words.iter().map(|word| {
        let pair = word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        pair.ok_or_else(|| Failure::new("an `--import` is not `NAME=VALUE`", "write the export's name, `=`, its value"))
    });
    pairs.collect()
}

/// The web page's directory, if there is a page.
fn page(options: &Options) -> Result<Option<PathBuf>, Failure> {
    match &options.web {
        Some(directory) if directory.is_dir() => Ok(Some(directory.clone())),
        Some(directory) => Err(Failure::new(
            format!("the web page's directory `{}` does not exist", directory.display()),
            "pass `--web` with a directory, or leave it out to serve `web` beside the template",
        )),
        None => Ok(Some(options.template.with_file_name("web")).filter(|directory| directory.is_dir())),
    }
}

/// What the person wants to go wrong.
fn faults(options: &Options, template: &Template) -> Result<Faults, Failure> {
    let Some(file) = &options.faults else { return Ok(Faults::default()) };
    let scope = Scope { template, has_functions: options.lambda.is_none(), has_tables: options.dynamodb.is_none() };
    Plan::read(file)?.within(scope)
}

/// Starts everything, and tells how long it waited for cargo and interpreters alone.
async fn start(
    options: &Options,
    template: &Template,
    functions: &Functions,
    faults: &Faults,
    services: &mut Services,
) -> Result<(Ready, Duration), Failure> {
    let page = page(options)?;
    let recorder = options.record.as_deref().map(Recorder::open).transpose()?;
    let host = Host::chosen_by(options)?;
    if let Some(warning) = host.warning() {
        console::warning(warning);
    }
    let tls = host.tls(options);
    let ports = Ports::bind(options, template, page.is_some()).await?;
    let ready = Ready::new(options, template, &host, &ports, tls.as_ref());
    let endpoints = Endpoints {
        dynamodb: ready.dynamodb.clone(),
        lambda: ready.lambda.clone(),
        trust: tls.as_ref().map(|tls| tls.trust.clone()),
    };

    if let Some(listener) = ports.dynamodb {
        services.own("DynamoDB", dynamodb::serve(listener, options.data.clone(), faults, services.shutdown()).await?);
    }
    let built_from = SystemTime::now();
    let tables = async {
        dynamodb::create_tables(&endpoints.dynamodb, &template.tables).await?;
        Ok(Instant::now())
    };
    let programs = async { Ok((functions.programs(services).await?, Instant::now())) };
    let (tables_created, (programs, built)) = tokio::try_join!(tables, programs)?;
    functions.start(ports.lambda, programs, built_from, &endpoints, recorder, services)?;

    let lambda = LambdaClient::new(functions.endpoint(&endpoints, options.record.is_some()));
    let verifier = Arc::new(Verifier::new(options.require_signature));
    for (api, listener) in template.web_socket_apis.iter().zip(ports.web_socket_apis) {
        let settings = gateway::Options {
            domain_name: host.authority(&listener),
            tls: tls.clone(),
            lambda: lambda.clone(),
            verifier: Arc::clone(&verifier),
            is_serial: options.serial,
            idle_timeout: options.idle_timeout,
            max_lifetime: options.max_lifetime,
            faults: faults.clone(),
        };
        let server = gateway::serve(listener, api.clone(), settings, services.shutdown());
        services.serve(format!("WebSocket API `{}`", api.logical_id), server);
    }
    for (api, listener) in template.http_apis.iter().zip(ports.http_apis) {
        let settings = http_api::Options {
            domain_name: host.authority(&listener),
            lambda: lambda.clone(),
            verifier: Arc::clone(&verifier),
        };
        let server = http_api::serve(listener, api.clone(), settings, services.shutdown());
        services.serve(format!("HTTP API `{}`", api.logical_id), server);
    }
    if !template.schedules.is_empty() {
        services.run("schedules", schedule::run(template.schedules.clone(), lambda, services.shutdown()));
    }
    if let (Some(listener), Some(directory)) = (ports.web, page) {
        let site = ready.site(directory, host.authority(&listener));
        services.serve("web page", web::serve(listener, site, services.shutdown()));
    }
    Ok((ready, built.saturating_duration_since(tables_created)))
}
