//! The stack: reads the template, starts every service, and stops them.

mod command;
mod environment;
mod exec;
mod file_limit;
mod functions;
mod host;
mod inputs;
mod ports;
mod ready;
mod run;
mod running;
mod services;
mod signals;
mod startup_report;

pub use exec::exec;
pub use run::run;
