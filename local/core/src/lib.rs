//! What all services of the local stack share.
//!
//! A service reports an [`events::Event`] for each thing that happens, asks [`faults`] what is to go wrong, and ends with a
//! [`failure::Failure`] that has a hint. An API reaches functions through [`invocation::Functions`].
//!
//! *Invariant: this crate knows no service, and prints nothing.* Begin with [`events`]. In reading order:

pub mod events;
pub mod failure;
pub mod invocation;
pub mod faults;
pub mod settings;
pub mod trust;
#[cfg(feature = "http")]
pub mod http_server;
#[cfg(feature = "http")]
pub mod forward;
#[cfg(feature = "http")]
pub mod loopback;
pub mod wildcard;
pub mod short_id;
