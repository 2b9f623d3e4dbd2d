//! Policy documents of AWS Identity and Access Management: does a policy allow an action?
//!
//! [`PolicyDocument`] is what authorizers return. What it cannot evaluate, such as a condition, is an error where it matters, and
//! never a wrong decision.
//!
//! *Invariant: this crate decides, and knows neither who asks nor what follows.*

mod policy_document;

pub use policy_document::PolicyDocument;
