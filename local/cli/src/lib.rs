//! The command `parlor`: puts the services of the local stack together, for a project or for one command.
//!
//! It reads a template with `local-sam`, serves its APIs with `local-gateway`, runs its functions with `local-lambda` and its tables
//! with an embedded database, and prints what they report.
//!
//! *Invariant: nothing else prints. Only [`new`] knows this repository: it carries the files of the starter and of the chat.*
//! [`stack`] is where to begin. In reading order:

pub mod command_line;
pub mod stack;
pub mod console;
pub mod dynamodb;
pub mod web;
pub mod new;
