//! A stack whose services run.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::command_line::StackOptions;
use crate::dynamodb;
use crate::web;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_core::faults::Faults;
use local_gateway::http_api;
use local_gateway::http_api::HttpApiOptions;
use local_gateway::signature::Verifier;
use local_gateway::tls::Tls;
use local_gateway::websocket_api::{self, WebSocketApiOptions};
use local_lambda::schedule;
use local_lambda::watch;
use local_lambda::{Endpoints, LambdaClient, Recorder};
use local_sam::Template;

use super::functions::Functions;
use super::host::Host;
use super::inputs;
use super::ports::{ApiListeners, Ports};
use super::ready::Ready;
use super::services::Services;
use super::startup_report::StartupReport;

/// What runs, and where.
pub(super) struct RunningStack {
    pub(super) template: Template,
    functions: Functions,
    pub(super) ready: Ready,
    /// What SDK clients need to find the services.
    pub(super) endpoints: Endpoints,
    /// How long the start took, without builds.
    elapsed: Duration,
}

impl RunningStack {
    /// Starts everything that `options` describe; `started` is when the process began. With `watches`, changes of sources
    /// restart functions. What happens goes to `reporter`.
    pub(super) async fn start(
        options: &StackOptions,
        watches: bool,
        started: Instant,
        reporter: &Reporter,
        services: &mut Services,
    ) -> Result<Self, Failure> {
        let template = inputs::template(options)?;
        let faults = inputs::faults(options, &template, reporter)?;
        let functions = Functions::chosen_by(options, watches, &template, &faults, reporter)?;
        schedule::check(&template.schedules)?;
        template.warnings.iter().for_each(|warning| reporter.warning(warning));
        if watches {
            let changes = watch::report_changes(inputs::files(options), reporter.clone(), services.shutdown());
            services.run("watcher", changes);
        }
        let page = inputs::page(options)?;
        let recorder =
            options.record.as_deref().map(|directory| Recorder::open(directory, reporter.clone())).transpose()?;
        let host = Host::chosen_by(options)?;
        if let Some(warning) = host.warning() {
            reporter.warning(warning);
        }
        let tls = host.tls(options, reporter);
        let ports = Ports::bind(options, &template, page.is_some()).await?;
        let ready = Ready::new(options, &template, &host, &ports, tls.as_ref());
        let endpoints = Endpoints {
            dynamodb: ready.dynamodb.clone(),
            lambda: ready.lambda.clone(),
            apis: ports.apis.hosts(&template, &host),
            trust: tls.as_ref().map(|tls| tls.trust.clone()),
        };

        if let Some(listener) = ports.dynamodb {
            let server =
                dynamodb::serve(listener, options.data.clone(), &faults, reporter.clone(), services.shutdown());
            let server = server.await?;
            services.own("DynamoDB", server);
        }
        let built_from = SystemTime::now();
        let tables = async {
            dynamodb::create_tables(&endpoints.dynamodb, &template.tables).await?;
            Ok(Instant::now())
        };
        let programs = async { Ok((functions.programs(services).await?, Instant::now())) };
        let (tables_created, (programs, built)) = tokio::try_join!(tables, programs)?;
        functions.start(ports.lambda, programs, built_from, &endpoints, recorder, services)?;
        let lambda = functions.client(&endpoints, options.record.is_some());
        Front { options, template: &template, host: &host, tls, lambda, faults, reporter }.start(ports.apis, services);
        if let (Some(listener), Some(directory)) = (ports.web, page) {
            let site = ready.site(directory, host.authority(&listener));
            services.serve("web page", web::serve(listener, site, reporter.clone(), services.shutdown()));
        }
        let building = built.saturating_duration_since(tables_created);
        let elapsed = started.elapsed().saturating_sub(building);
        Ok(Self { template, functions, ready, endpoints, elapsed })
    }

    /// The line that `--json` promises.
    pub(super) fn json(&self) -> String {
        self.ready.json(self.elapsed)
    }

    /// The start-up report; `remark` follows its last words.
    pub(super) fn report<'a>(&'a self, options: &'a StackOptions, remark: &'static str) -> StartupReport<'a> {
        let Self { template, functions, ready, elapsed, .. } = self;
        StartupReport { options, template, functions, ready, elapsed: *elapsed, remark }
    }
}

/// What invokes the functions: APIs and schedules.
struct Front<'a> {
    options: &'a StackOptions,
    template: &'a Template,
    host: &'a Host,
    tls: Option<Tls>,
    lambda: LambdaClient,
    faults: Faults,
    reporter: &'a Reporter,
}

impl Front<'_> {
    fn start(self, listeners: ApiListeners, services: &mut Services) {
        let Self { options, template, host, tls, lambda, faults, reporter } = self;
        let verifier = Arc::new(Verifier::new(options.require_signature, reporter.clone()));
        for (api, listener) in template.web_socket_apis.iter().zip(listeners.web_socket_apis) {
            let settings = WebSocketApiOptions {
                domain_name: host.authority(&listener),
                tls: tls.clone(),
                functions: Arc::new(lambda.clone()),
                verifier: Arc::clone(&verifier),
                is_serial: options.serial,
                idle_timeout: options.idle_timeout,
                max_lifetime: options.max_lifetime,
                faults: faults.clone(),
                reporter: reporter.clone(),
            };
            let server = websocket_api::serve(listener, api.clone(), settings, services.shutdown());
            services.serve(format!("WebSocket API `{}`", api.logical_id), server);
        }
        for (api, listener) in template.http_apis.iter().zip(listeners.http_apis) {
            let settings = HttpApiOptions {
                domain_name: host.authority(&listener),
                functions: Arc::new(lambda.clone()),
                verifier: Arc::clone(&verifier),
                reporter: reporter.clone(),
            };
            let server = http_api::serve(listener, api.clone(), settings, services.shutdown());
            services.serve(format!("HTTP API `{}`", api.logical_id), server);
        }
        if !template.schedules.is_empty() {
            let schedules = template.schedules.clone();
            services.run("schedules", schedule::run(schedules, lambda, reporter.clone(), services.shutdown()));
        }
    }
}
