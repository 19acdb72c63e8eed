//! What a run tells while it goes on.

use std::collections::BTreeMap;

use orch_model::{Call, Gap, Provider, Read, Scope, Text};

/// One event. Events are for display; nothing depends on them.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// What is going to be read.
    Scopes {
        /// The scopes with the reads to be made in each.
        scopes: BTreeMap<Scope, u64>,
        /// Reads to be made.
        reads: u64,
        /// Reads that an earlier, interrupted run has made.
        done: u64,
    },
    /// A collector begins in a scope.
    ReadStarted {
        /// Where.
        scope: Scope,
        /// Which.
        collector: Text,
    },
    /// A call has ended.
    Call(Call),
    /// A call is going to be tried again.
    Retry {
        /// Where, when known.
        scope: Option<Scope>,
        /// What is called.
        operation: Text,
        /// Why.
        gap: Gap,
    },
    /// A price list or a file is being fetched.
    Fetching {
        /// From where.
        provider: Provider,
        /// What, and how far it is.
        what: Text,
    },
    /// A collector has ended in a scope.
    ReadFinished(Read),
}
