//! A stack whose inputs are read and whose ports are bound: nothing runs yet.

use std::path::PathBuf;
use std::time::Instant;

use crate::command_line::StackOptions;
use local_core::events::Reporter;
use local_core::failure::Failure;
use local_core::faults::Faults;
use local_gateway::tls::Tls;
use local_lambda::{Endpoints, Recorder, schedule};
use local_sam::Template;

use super::functions::Functions;
use super::host::Host;
use super::inputs;
use super::ports::Ports;
use super::ready::Ready;

/// Everything that the options describe, and where it is going to be.
pub(super) struct BoundStack<'o> {
    pub(super) options: &'o StackOptions,
    /// Whether changes of sources restart functions.
    pub(super) watches: bool,
    pub(super) reporter: &'o Reporter,
    /// When the process began.
    pub(super) started: Instant,
    pub(super) template: Template,
    pub(super) faults: Faults,
    pub(super) functions: Functions,
    pub(super) recorder: Option<Recorder>,
    /// The directory of the page, if it is served.
    pub(super) page: Option<PathBuf>,
    pub(super) host: Host,
    pub(super) tls: Option<Tls>,
    pub(super) ports: Ports,
    pub(super) ready: Ready,
    pub(super) endpoints: Endpoints,
}

impl<'o> BoundStack<'o> {
    /// Reads what `options` name and binds the ports.
    ///
    /// # Errors
    /// An input cannot be read or used, or a port is taken.
    pub(super) async fn bind(
        options: &'o StackOptions,
        watches: bool,
        started: Instant,
        reporter: &'o Reporter,
    ) -> Result<Self, Failure> {
        let template = inputs::template(options)?;
        let faults = inputs::faults(options, &template, reporter)?;
        let functions = Functions::chosen_by(options, watches, &template, &faults, reporter)?;
        schedule::check(&template.schedules).map_err(|failure| template.hide(&failure))?;
        template.warnings.iter().for_each(|warning| reporter.warning(warning));
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
        Ok(Self {
            options,
            watches,
            reporter,
            started,
            template,
            faults,
            functions,
            recorder,
            page,
            host,
            tls,
            ports,
            ready,
            endpoints,
        })
    }
}
