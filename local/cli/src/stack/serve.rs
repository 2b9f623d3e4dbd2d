//! The start of what invokes functions: the Lambda host, the APIs, the schedules and the page.

use std::sync::Arc;

use crate::command_line::StackOptions;
use crate::web;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_core::faults::Faults;
use local_gateway::http_api;
use local_gateway::http_api::HttpApiOptions;
use local_gateway::signature::Verifier;
use local_gateway::tls::Tls;
use local_gateway::websocket_api::{self, WebSocketApiOptions};
use local_lambda::{LambdaClient, schedule};
use local_sam::Template;

use super::bind::BoundStack;
use super::build::BuiltStack;
use super::host::Host;
use super::ports::{ApiListeners, Ports};
use super::running::RunningStack;
use super::services::Services;

impl BuiltStack<'_> {
    /// Starts all services.
    ///
    /// # Errors
    /// The Lambda host does not start.
    pub(super) fn serve(self, services: &mut Services) -> Result<RunningStack, Failure> {
        let Self { bound, programs, built_from, building } = self;
        let BoundStack { options, reporter, template, functions, host, ready, endpoints, .. } = bound;
        let Ports { lambda, apis, web, .. } = bound.ports;
        functions.start(lambda, programs, built_from, &endpoints, bound.recorder, services)?;
        let client = functions.client(&endpoints, options.record.is_some());
        let (tls, faults) = (bound.tls, bound.faults);
        Front { options, template: &template, host: &host, tls, lambda: client, faults, reporter }
            .start(apis, services);
        if let (Some(listener), Some(directory)) = (web, bound.page) {
            let site = ready.site(directory, host.authority(&listener));
            services.serve("web page", web::serve(listener, site, reporter.clone(), services.shutdown()));
        }
        let elapsed = bound.started.elapsed().saturating_sub(building);
        Ok(RunningStack { template, functions, ready, endpoints, elapsed })
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
