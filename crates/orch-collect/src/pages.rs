//! Guards a loop over pages against a service that would never let it end.

use std::collections::BTreeSet;

use orch_model::{Cause, Gap, Text};

use crate::CollectError;

/// The most pages that one list may have. The smallest pages that a service makes hold some ten elements, so what
/// is longer is no list of an estate but a chain of tokens without an end.
pub const MOST_PAGES: usize = 5_000;

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
    /// When the service handed out the token before, or has handed out more than any list needs: following
    /// them would never end.
    pub fn follow(&mut self, token: Option<&str>) -> Result<Option<String>, CollectError> {
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        let broken = |what: &str| {
            let detail = format!("{} {what}", self.operation);
            Err(CollectError::gap(Gap::new(Cause::PagingBroken, detail)))
        };
        if self.seen.contains(token) {
            return broken("repeated a page token");
        }
        // The first page came without a token.
        if self.seen.len() + 1 >= MOST_PAGES {
            return broken(&format!("has more than {MOST_PAGES} pages"));
        }
        self.seen.insert(token.to_owned());
        Ok(Some(token.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(error: &CollectError) -> (Cause, &str) {
        let gap = error.recorded();
        (gap.cause, gap.detail.as_str())
    }

    #[test]
    fn a_list_ends_without_a_token_and_with_one_that_comes_again() {
        let mut pages = Pages::new("x.list");
        assert_eq!(pages.follow(Some("a")).unwrap().as_deref(), Some("a"));
        assert_eq!(pages.follow(Some("")).unwrap(), None);
        assert_eq!(pages.follow(None).unwrap(), None);
        let error = pages.follow(Some("a")).unwrap_err();
        assert_eq!(
            cause(&error),
            (Cause::PagingBroken, "x.list repeated a page token")
        );
    }

    #[test]
    fn tokens_that_are_always_new_end_too() {
        let mut pages = Pages::new("x.list");
        // Every token that is followed is one page more than the first.
        for page in 1..MOST_PAGES {
            assert!(pages.follow(Some(&page.to_string())).is_ok(), "{page}");
        }
        let error = pages.follow(Some("one more")).unwrap_err();
        assert_eq!(
            cause(&error),
            (Cause::PagingBroken, "x.list has more than 5000 pages")
        );
        assert_eq!(pages.follow(None).unwrap(), None);
    }
}
