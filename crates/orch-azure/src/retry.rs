//! Which answers are tried again, and after how long: the server's own wish first.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// The wait that doubles with each attempt.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The longest wait that nobody asked for.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Headers that name a delay in milliseconds.
const MILLISECONDS: [&str; 2] = ["retry-after-ms", "x-ms-retry-after-ms"];

/// How Cost Management names its own delays: one for each of its limits, in seconds.
const COST_PREFIX: &str = "x-ms-ratelimit-microsoft.costmanagement-";
const COST_SUFFIX: &str = "-retry-after";

/// Whether an answer with this status is worth another attempt.
pub(crate) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The delay that an answer names: the longest of them, because every limit must be met.
pub(crate) fn wanted<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> Option<Duration> {
    headers
        .filter_map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let amount = value.trim().parse::<u64>().ok()?;
            if MILLISECONDS.contains(&name.as_str()) {
                Some(Duration::from_millis(amount))
            } else if name == "retry-after"
                || name.starts_with(COST_PREFIX) && name.ends_with(COST_SUFFIX)
            {
                Some(Duration::from_secs(amount))
            } else {
                None
            }
        })
        .max()
}

/// The wait after a number of attempts when the server names none: it doubles, and no two callers wait alike.
pub(crate) fn backoff(attempts: u32) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << attempts.saturating_sub(1).min(10));
    let longest = doubled.min(LONGEST_WAIT);
    let part = RandomState::new().hash_one(attempts) % 1_000;
    longest / 2 + longest / 2 * u32::try_from(part).unwrap_or(0) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_wish_is_read_from_every_header_that_carries_it() {
        let wait = |headers: &[(&str, &str)]| wanted(headers.iter().copied());
        assert_eq!(wait(&[("Retry-After", "3")]), Some(Duration::from_secs(3)));
        assert_eq!(
            wait(&[("x-ms-retry-after-ms", "150")]),
            Some(Duration::from_millis(150))
        );
        let cost = [
            (
                "x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after",
                "2",
            ),
            (
                "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after",
                "17",
            ),
            ("retry-after", "5"),
        ];
        assert_eq!(wait(&cost), Some(Duration::from_secs(17)));
        assert_eq!(
            wait(&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")]),
            None
        );
        assert_eq!(
            wait(&[("x-ms-ratelimit-remaining-subscription-reads", "9")]),
            None
        );
    }

    #[test]
    fn the_wait_doubles_up_to_its_limit() {
        assert!(backoff(1) <= FIRST_WAIT);
        assert!(backoff(30) >= LONGEST_WAIT / 2 && backoff(30) <= LONGEST_WAIT);
    }
}
