//! The stack: reads the template, starts every service (`start`: bind, build, serve), and stops them.

mod bind;
mod build;
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
mod serve;
mod services;
mod signals;
mod start;
mod startup_report;

pub use exec::exec;
pub use run::run;
