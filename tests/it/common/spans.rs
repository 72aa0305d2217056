//! A subscriber that keeps every span and event, for tests of what a program shows.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex, MutexGuard},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// The fields of a span or an event, as `Debug` shows them.
pub(crate) type Fields = BTreeMap<&'static str, String>;

/// A span with what was recorded in it.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) level: Level,
    pub(crate) fields: Fields,
    handles: usize,
}

impl Span {
    /// A field without the quotes of a text.
    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(|value| value.trim_matches('"'))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.handles == 0
    }
}

#[derive(Debug, Default)]
struct Recorded {
    spans: Vec<Span>,
    events: Vec<Fields>,
}

/// Keeps every span and event. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<Recorded>>);

impl Recorder {
    /// The spans of this `otel.name`, in the order of their start.
    pub(crate) fn spans(&self, name: &str) -> Vec<Span> {
        self.recorded().spans.iter().filter(|span| span.get("otel.name") == Some(name)).cloned().collect()
    }

    /// How many spans of statements there are.
    pub(crate) fn statements(&self) -> usize {
        self.recorded().spans.iter().filter(|span| span.get("db.query.summary").is_some()).count()
    }

    /// The events with this message.
    pub(crate) fn events(&self, message: &str) -> Vec<Fields> {
        let is_it = |event: &&Fields| event.get("message").is_some_and(|text| text == message);
        self.recorded().events.iter().filter(is_it).cloned().collect()
    }

    /// Everything, as text.
    pub(crate) fn text(&self) -> String {
        format!("{:?}", self.recorded())
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().expect("no test panics while it holds it")
    }

    fn with_span(&self, id: &Id, change: impl FnOnce(&mut Span)) {
        let index = usize::try_from(id.into_u64()).expect("an index") - 1;
        change(&mut self.recorded().spans[index]);
    }
}

struct Collected<'f>(&'f mut Fields);

impl Visit for Collected<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::new();
        span.record(&mut Collected(&mut fields));
        let mut recorded = self.recorded();
        recorded.spans.push(Span { level: *span.metadata().level(), fields, handles: 1 });
        Id::from_u64(recorded.spans.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        self.with_span(id, |span| values.record(&mut Collected(&mut span.fields)));
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::new();
        event.record(&mut Collected(&mut fields));
        self.recorded().events.push(fields);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.with_span(id, |span| span.handles += 1);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.with_span(&id, |span| span.handles -= 1);
        false
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
