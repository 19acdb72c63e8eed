//! A cloud on this machine that says what was recorded of a real one.

mod faults;
mod recording;
mod stubs;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::loopback::{Answer, Asked, Loopback, decoded, locked, say};

pub use faults::{Fault, Trouble};
pub use recording::{Cloud, Exchange, Recording};

/// What does not tell one question from another: versions, formats and sizes of pages.
const IGNORED: [&str; 8] = [
    "$top",
    "alt",
    "api-version",
    "maxresults",
    "pagesize",
    "prettyprint",
    "projection",
    "view",
];

/// What a question asks another thing by: an answer that was recorded without it is none.
const TELLING: [&str; 4] = ["$expand", "$skiptoken", "pagetoken", "statusonly"];

/// How a request was answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answered {
    /// As in this file.
    Recorded(String),
    /// As the exchanges imply.
    Implied,
    /// Refused, because nothing was recorded.
    Unmatched,
    /// With trouble that a test asked for.
    Fault,
}

/// A request and how it was answered.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// Host and path as the list of operations has them: without the host for Azure.
    pub path: String,
    /// How it was answered.
    pub answered: Answered,
}

#[derive(Debug, Default)]
struct State {
    round: usize,
    rounds: usize,
    empty_otherwise: bool,
    faults: Vec<Fault>,
    requests: Vec<Request>,
}

#[derive(Debug)]
struct Script {
    cloud: Cloud,
    exchanges: BTreeMap<String, Vec<Exchange>>,
    implied: stubs::Implied,
}

/// A stand-in that answers as a recording does.
#[derive(Debug)]
pub struct Replay {
    loopback: Loopback,
    cloud: Cloud,
    state: Arc<Mutex<State>>,
}

impl Replay {
    /// Starts it.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(cloud: Cloud, recording: Recording) -> io::Result<Self> {
        let implied = stubs::Implied::of(cloud, &recording.exchanges);
        let mut exchanges: BTreeMap<String, Vec<Exchange>> = BTreeMap::new();
        for exchange in recording.exchanges {
            let key = key(cloud, &exchange.method, &exchange.host, &exchange.path);
            exchanges.entry(key).or_default().push(exchange);
        }
        let script = Script {
            cloud,
            exchanges,
            implied,
        };
        let state = Arc::new(Mutex::new(State {
            rounds: 1,
            ..State::default()
        }));
        let shared = state.clone();
        let loopback = Loopback::start(move |base, asked, _| script.answer(base, asked, &shared))?;
        Ok(Self {
            loopback,
            cloud,
            state,
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.loopback.url
    }

    /// The variable that leads the program here, and its value.
    pub fn env(&self) -> (&'static str, &str) {
        (self.cloud.variable(), self.url())
    }

    /// Where the same was recorded several times, the answers come in their order: this one from now on, the
    /// last one for ever.
    pub fn round(&self, round: usize) {
        locked(&self.state).round = round;
    }

    /// How many rounds there are until every answer to what was asked so far was given.
    pub fn rounds(&self) -> usize {
        locked(&self.state).rounds
    }

    /// Whether what was not recorded is answered with nothing instead of refused: a cloud that holds nothing else.
    pub fn empty_otherwise(&self, yes: bool) {
        locked(&self.state).empty_otherwise = yes;
    }

    /// Lets requests go wrong from now on; the first fault that a request meets is the one it has.
    pub fn fault(&self, fault: Fault) {
        locked(&self.state).faults.push(fault);
    }

    /// Lets everything go well again.
    pub fn heal(&self) {
        locked(&self.state).faults.clear();
    }

    /// Every request so far and how it was answered.
    pub fn requests(&self) -> Vec<Request> {
        locked(&self.state).requests.clone()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        locked(&self.state).requests.clear();
    }

    /// What was asked and not recorded, each once.
    pub fn unmatched(&self) -> BTreeSet<String> {
        let state = locked(&self.state);
        let unmatched = state
            .requests
            .iter()
            .filter(|request| request.answered == Answered::Unmatched);
        unmatched
            .map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }

    /// The server alone, for tests that need no more of it.
    pub fn into_loopback(self) -> Loopback {
        self.loopback
    }

    /// Everything that was asked so far, as it went over the wire.
    pub fn asked(&self) -> Vec<Asked> {
        self.loopback.asked()
    }
}

/// What a question is found by.
fn key(cloud: Cloud, method: &str, host: &str, path: &str) -> String {
    let path = path.trim_end_matches('/');
    match cloud {
        Cloud::Azure => format!("{method} {}", path.to_ascii_lowercase()),
        Cloud::Gcp => format!("{method} {host}{path}"),
    }
}

impl Script {
    fn answer(&self, base: &str, asked: &Asked, state: &Mutex<State>) -> Answer {
        let path = decoded(&asked.path.replace('+', "%2B"));
        let (host, path) = match self.cloud {
            Cloud::Azure => (String::new(), path),
            Cloud::Gcp => {
                let below = path.strip_prefix("/host/").unwrap_or(&path);
                match below.split_once('/') {
                    Some((host, rest)) => (host.to_owned(), format!("/{rest}")),
                    None => (below.to_owned(), String::new()),
                }
            }
        };
        let place = format!("{host}{path}");
        let mut state = locked(state);
        let trouble = state
            .faults
            .iter_mut()
            .find_map(|fault| fault.meets(&place));
        let (answered, status, body) =
            self.find(asked, &host, &path, trouble.is_some(), &mut state);
        state.requests.push(Request {
            method: asked.method.clone(),
            path: place,
            answered: if trouble.is_some() {
                Answered::Fault
            } else {
                answered
            },
        });
        drop(state);
        // Who asks at the official address is led to it again.
        let here = asked.header("host").is_none_or(|host| base.ends_with(host));
        let body = match self.cloud {
            Cloud::Azure if here => linked(body, base),
            _ => body,
        };
        match trouble {
            Some(trouble) => {
                let link = format!("{base}{}?$skiptoken={}", asked.path, faults::AGAIN);
                faults::befall(&trouble, self.cloud, &host, &path, &link, status, body)
            }
            None if body.is_null() => say(status, "", ""),
            None => say(status, "", &body.to_string()),
        }
    }

    fn find(
        &self,
        asked: &Asked,
        host: &str,
        path: &str,
        in_trouble: bool,
        state: &mut State,
    ) -> (Answered, u16, Value) {
        let mut query: BTreeMap<String, String> = asked.pairs().into_iter().collect();
        if in_trouble {
            // The page that a repeated link leads to is the first one again.
            query.retain(|_, value| value != faults::AGAIN);
        }
        let request: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        let key = key(self.cloud, &asked.method, host, path);
        let fitting: Vec<&Exchange> = self
            .exchanges
            .get(&key)
            .into_iter()
            .flatten()
            .filter(|exchange| fits(exchange, &query, &request))
            .collect();
        state.rounds = state.rounds.max(fitting.len());
        let turn = state.round.min(fitting.len().saturating_sub(1));
        if let Some(exchange) = fitting.get(turn) {
            let file = Answered::Recorded(exchange.file.clone());
            let body = in_asked_days(exchange.body.clone(), &request);
            return (file, exchange.status, body);
        }
        let folded = match self.cloud {
            Cloud::Azure => path.to_ascii_lowercase(),
            Cloud::Gcp => path.to_owned(),
        };
        let implied = self
            .implied
            .answer(self.cloud, &asked.method, &folded, &request);
        match implied {
            Some(body) => (Answered::Implied, 200, body),
            None if state.empty_otherwise => {
                let body = match self.cloud {
                    Cloud::Azure => json!({ "value": [], "data": [] }),
                    Cloud::Gcp => json!({}),
                };
                (Answered::Unmatched, 200, body)
            }
            None => {
                let body = stubs::refusal(self.cloud, 403, host, path);
                (Answered::Unmatched, 403, body)
            }
        }
    }
}

/// How many days before the last one that is asked for a bill of another time is told: no longer filling up.
const DAYS_BEFORE: u64 = 10;

/// A bill of Azure that was recorded on another day, as it would be told today: rows of days that the question does
/// not ask for are those of one that it does.
fn in_asked_days(mut body: Value, request: &Value) -> Value {
    let day = |member: &str| -> Option<NaiveDate> {
        let time = request["timePeriod"][member].as_str()?;
        time.get(..10)?.parse().ok()
    };
    let (Some(from), Some(to)) = (day("from"), day("to")) else {
        return body;
    };
    let number = |day: NaiveDate| day.format("%Y%m%d").to_string().parse::<u64>().ok();
    let told = to
        .checked_sub_days(Days::new(DAYS_BEFORE))
        .unwrap_or(to)
        .max(from);
    let columns = body["properties"]["columns"].as_array();
    let date = columns.and_then(|columns| {
        let is_date = |column: &Value| column["name"] == "UsageDate";
        columns.iter().position(is_date)
    });
    let rows = body.pointer_mut("/properties/rows");
    if let (Some(date), Some(Value::Array(rows))) = (date, rows) {
        let cells = rows.iter_mut().filter_map(|row| row.get_mut(date));
        for cell in cells {
            let asked = number(from)..=number(to);
            if cell.as_u64().is_some_and(|day| !asked.contains(&Some(day))) {
                *cell = number(told).into();
            }
        }
    }
    body
}

/// Whether an exchange answers a question about its path.
fn fits(exchange: &Exchange, query: &BTreeMap<String, String>, request: &Value) -> bool {
    let query: BTreeMap<String, &str> = query
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
        .collect();
    let recorded: BTreeMap<String, &str> = exchange
        .query
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
        .collect();
    let same = |name: &str, one: &str, other: &str| match (name, metric(one)) {
        ("filter", Some(metric)) => other.contains(metric),
        _ => one.eq_ignore_ascii_case(other),
    };
    let wanted = recorded.iter().all(|(name, value)| {
        IGNORED.contains(&name.as_str())
            || name.starts_with("interval.")
            || name.starts_with("aggregation.")
            || query
                .get(name)
                .is_some_and(|asked| same(name, value, asked))
    });
    let told = TELLING
        .iter()
        .filter(|name| query.contains_key(**name))
        .all(|name| recorded.contains_key(*name));
    // Resource Graph is asked everything at one address.
    let question = exchange.request.get("query").and_then(Value::as_str);
    let asked = question.is_none_or(|question| request["query"] == question);
    wanted && told && asked
}

/// The metric that a filter of Cloud Monitoring is about; the machines it is about change from day to day.
fn metric(filter: &str) -> Option<&str> {
    let (_, rest) = filter.split_once("metric.type")?;
    rest.split('"').nth(1)
}

/// The body with its links to other pages leading here.
fn linked(mut body: Value, base: &str) -> Value {
    const OFFICIAL: [&str; 2] = [
        "https://management.azure.com:443/",
        "https://management.azure.com/",
    ];
    if let Some(Value::String(link)) = body.get_mut("nextLink")
        && let Some(rest) = OFFICIAL.iter().find_map(|begin| link.strip_prefix(begin))
    {
        *link = format!("{base}/{rest}");
    }
    body
}

#[cfg(test)]
mod tests;
