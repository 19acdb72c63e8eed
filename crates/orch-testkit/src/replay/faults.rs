//! What can go wrong with an answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::recording::Cloud;
use super::stubs::refusal;
use crate::loopback::{Answer, say};
use crate::mutate::spoil_first;

/// The token of a link that leads to itself.
pub(super) const AGAIN: &str = "again";

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A status with the body that the cloud has for it: 401, 403, 404, 409, 429, 503.
    Status(u16),
    /// 429 with the wait that it names, in seconds.
    Throttled(u32),
    /// The answer comes late.
    Delay(Duration),
    /// Half of the body comes, then the connection ends.
    Truncated,
    /// The connection ends without a word.
    HangUp,
    /// Nothing is ever said; the client has to give up.
    Silence,
    /// Every page links to the same next page.
    RepeatedLink,
    /// In the first element of the first list every text is a number and every number a text.
    OddTypes,
}

/// Which requests it befalls.
#[derive(Debug, Clone)]
pub struct Fault {
    trouble: Trouble,
    on: String,
    after: usize,
    times: usize,
}

impl Fault {
    /// Every request has this trouble.
    pub fn new(trouble: Trouble) -> Self {
        Self {
            trouble,
            on: String::new(),
            after: 0,
            times: usize::MAX,
        }
    }

    /// Only those with this in host or path, in any case: `/aggregated/instances`.
    #[must_use]
    pub fn on(self, part: &str) -> Self {
        Self {
            on: part.to_ascii_lowercase(),
            ..self
        }
    }

    /// The first `requests` of them still go well.
    #[must_use]
    pub fn after(self, requests: usize) -> Self {
        Self {
            after: requests,
            ..self
        }
    }

    /// Only so many of them go wrong.
    #[must_use]
    pub fn times(self, requests: usize) -> Self {
        Self {
            times: requests,
            ..self
        }
    }

    /// The trouble of this request, if it is one of those; counts it.
    pub(super) fn meets(&mut self, place: &str) -> Option<Trouble> {
        if !place.to_ascii_lowercase().contains(&self.on) {
            return None;
        }
        if self.after > 0 {
            self.after -= 1;
            return None;
        }
        self.times = self.times.checked_sub(1)?;
        Some(self.trouble.clone())
    }
}

/// The answer to a request that is in trouble; `link` is its own address with another page.
pub(super) fn befall(
    trouble: &Trouble,
    cloud: Cloud,
    host: &str,
    path: &str,
    link: &str,
    status: u16,
    mut body: Value,
) -> Answer {
    let refused = |status, headers: &str| {
        say(
            status,
            headers,
            &refusal(cloud, status, host, path).to_string(),
        )
    };
    match trouble {
        Trouble::Status(status) => refused(*status, ""),
        Trouble::Throttled(after) => refused(429, &format!("retry-after: {after}\r\n")),
        Trouble::Delay(by) => Answer::Late(*by, Box::new(say(status, "", &body.to_string()))),
        Trouble::Truncated => Answer::Half {
            status,
            body: body.to_string(),
        },
        Trouble::HangUp => Answer::HangUp,
        Trouble::Silence => Answer::Silence,
        Trouble::RepeatedLink => {
            match cloud {
                Cloud::Azure => body["nextLink"] = json!(link),
                Cloud::Gcp => body["nextPageToken"] = json!(AGAIN),
            }
            say(status, "", &body.to_string())
        }
        Trouble::OddTypes => {
            spoil_first(&mut body);
            say(status, "", &body.to_string())
        }
    }
}
