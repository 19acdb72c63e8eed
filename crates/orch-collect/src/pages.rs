//! Guards a loop over pages against a service that hands out the same token twice.

use std::collections::BTreeSet;

use orch_model::{Cause, Gap, Text};

use crate::CollectError;

/// The page tokens one list has handed out.
#[derive(Debug)]
pub struct Pages {
    operation: Text,
    seen: BTreeSet<String>,
}

impl Pages {
    /// For one list of `operation`.
    pub fn new(operation: impl AsRef<str>) -> Self {
        Self {
            operation: Text::new(operation),
            seen: BTreeSet::new(),
        }
    }

    /// The token of the next page; none at the end. An empty token is the end as well.
    ///
    /// # Errors
    /// When the service handed out the token before: following it would never end.
    pub fn follow(&mut self, token: Option<&str>) -> Result<Option<String>, CollectError> {
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        if self.seen.insert(token.to_owned()) {
            return Ok(Some(token.to_owned()));
        }
        let gap = Gap::new(
            Cause::PagingBroken,
            format!("{} repeated a page token", self.operation),
        );
        Err(CollectError::gap(gap))
    }
}
