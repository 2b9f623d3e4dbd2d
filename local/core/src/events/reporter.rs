//! The sending half: what services hold.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use super::Event;

/// Receives the events of a stack.
pub trait Subscriber: Send + Sync {
    /// Called at each event, by the service that it happened to: it must not block.
    fn receive(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync> Subscriber for F {
    fn receive(&self, event: &Event) {
        self(event);
    }
}

/// Reports events to all subscribers. A clone reports to the same ones.
#[derive(Clone, Default)]
pub struct Reporter(Arc<[Arc<dyn Subscriber>]>);

impl Reporter {
    /// A reporter with these subscribers. The default one has none.
    pub fn new(subscribers: impl IntoIterator<Item = Arc<dyn Subscriber>>) -> Self {
        Self(subscribers.into_iter().collect())
    }

    /// A reporter with one subscriber.
    pub fn to(subscriber: impl Subscriber + 'static) -> Self {
        Self(Arc::new([Arc::new(subscriber) as Arc<dyn Subscriber>]))
    }

    /// Reports an event.
    #[expect(clippy::needless_pass_by_value, reason = "an event happens once")]
    pub fn report(&self, event: Event) {
        self.0.iter().for_each(|subscriber| subscriber.receive(&event));
    }

    /// Reports a warning.
    pub fn warning(&self, text: impl Display) {
        self.report(Event::Warning(text.to_string()));
    }

    /// Reports a fact about the stack.
    pub fn note(&self, text: impl Display) {
        self.report(Event::Note { source: None, text: text.to_string() });
    }

    /// Reports a fact about an API or a function.
    pub fn note_about(&self, source: &str, text: impl Display) {
        self.report(Event::Note { source: Some(source.to_owned()), text: text.to_string() });
    }

    /// Reports a line that a program has written.
    pub fn output(&self, source: &str, line: impl Display) {
        self.report(Event::Output { source: source.to_owned(), line: line.to_string() });
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(to, "Reporter({} subscribers)", self.0.len())
    }
}
