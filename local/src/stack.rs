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
mod screen;
mod services;
mod signals;

pub use exec::exec;
pub use run::run;
