//! Leaves a host alone after it did not answer several times in a row.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use orch_model::{Cause, Gap};

/// The hosts of a run. An open circuit stays open until the run ends: a region that is down must not cost
/// the others their time.
#[derive(Debug)]
pub(crate) struct Circuit {
    limit: u32,
    failures: Mutex<HashMap<String, u32>>,
}

impl Circuit {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit: limit.max(1),
            failures: Mutex::default(),
        }
    }

    /// Whether a request may be sent.
    pub(crate) fn admit(&self, host: &str) -> Result<(), Gap> {
        if self
            .failures()
            .get(host)
            .is_some_and(|failures| *failures >= self.limit)
        {
            return Err(Gap::new(
                Cause::SkippedAfterFailures,
                format!("{host} failed {} times in a row", self.limit),
            ));
        }
        Ok(())
    }

    /// The host did not answer; true when that opens its circuit.
    pub(crate) fn failed(&self, host: &str) -> bool {
        let mut failures = self.failures();
        let count = failures.entry(host.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count == self.limit
    }

    /// The host answered, whatever it said.
    pub(crate) fn answered(&self, host: &str) {
        if let Some(count) = self
            .failures()
            .get_mut(host)
            .filter(|count| **count < self.limit)
        {
            *count = 0;
        }
    }

    fn failures(&self) -> std::sync::MutexGuard<'_, HashMap<String, u32>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
