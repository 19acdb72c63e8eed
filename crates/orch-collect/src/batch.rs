//! What a collector hands over while it reads.

use orch_model::{Gap, Scope, Text};
use orch_snapshot::Item;

use crate::writer::{Order, ReadId, Writer};

/// Items handed to the writer in one go.
const CHUNK: usize = 256;
/// Points of series handed over in one go: they are large, and memory is dear.
const CHUNK_POINTS: usize = 50_000;

/// The open end of one read. Items go to disk in the background; what was pushed is kept whatever happens
/// after it.
#[derive(Debug)]
pub struct Batch {
    sink: Sink,
    pending: Vec<Item>,
    points: usize,
    count: u64,
    gap: Option<Gap>,
}

#[derive(Debug)]
enum Sink {
    Disk(Writer, ReadId),
    Memory(Vec<Item>),
}

impl Batch {
    pub(crate) fn new(writer: Writer, scope: Scope, collector: Text) -> Self {
        Self::of(Sink::Disk(writer, (scope, collector)))
    }

    /// A batch that only keeps what is pushed, to try a collector by itself.
    pub fn in_memory() -> Self {
        Self::of(Sink::Memory(Vec::new()))
    }

    fn of(sink: Sink) -> Self {
        Self {
            sink,
            pending: Vec::new(),
            points: 0,
            count: 0,
            gap: None,
        }
    }

    /// Adds a resource, a series or a billing line.
    pub fn push(&mut self, item: impl Into<Item>) {
        let item = item.into();
        if let Item::Series(series) = &item {
            self.points += series.values.len();
        }
        self.pending.push(item);
        self.count += 1;
        if self.pending.len() >= CHUNK || self.points >= CHUNK_POINTS {
            self.hand_over();
        }
    }

    /// Notes that a part could not be read although the rest goes on: the read is not complete. The first
    /// gap is kept.
    pub fn not_read(&mut self, gap: Gap) {
        self.gap.get_or_insert(gap);
    }

    /// Items pushed.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What was noted as not read.
    pub fn gap(&self) -> Option<&Gap> {
        self.gap.as_ref()
    }

    /// The items of a batch in memory.
    pub fn into_items(mut self) -> Vec<Item> {
        self.hand_over();
        match self.sink {
            Sink::Memory(items) => items,
            Sink::Disk(..) => Vec::new(),
        }
    }

    /// Gives what is pending to the writer.
    pub(crate) fn hand_over(&mut self) {
        let items = std::mem::take(&mut self.pending);
        self.points = 0;
        match &mut self.sink {
            Sink::Disk(writer, id) if !items.is_empty() => {
                writer.send(Order::Items(id.clone(), items));
            }
            Sink::Disk(..) => {}
            Sink::Memory(kept) => kept.extend(items),
        }
    }
}
