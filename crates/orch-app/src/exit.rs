//! The exit code: one table, the first line that holds decides.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{
    Cause, Finding, Gap, Reason, Severity, State, Text, Unassessed, UnknownAnswer, Why,
};

use crate::words::{AllowGaps, FailOn};

/// How the program ends. The order of the variants is the order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// Something in orch itself broke.
    Internal,
    /// The command line cannot be meant, or what it asks for cannot be written.
    Usage,
    /// A rule, the configuration or an input is wrong.
    Invalid,
    /// There are no credentials that work.
    NoCredentials,
    /// A selected rule has an answer that a gap made unknown.
    Incomplete,
    /// Findings at or above `--fail-on`.
    Findings,
    /// None of these.
    Clean,
}

impl ExitCode {
    /// The number.
    pub fn number(self) -> u8 {
        match self {
            Self::Internal => 70,
            Self::Usage => 2,
            Self::Invalid => 4,
            Self::NoCredentials => 5,
            Self::Incomplete => 3,
            Self::Findings => 1,
            Self::Clean => 0,
        }
    }
}

/// An exit code and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// The code.
    pub code: ExitCode,
    /// Why, without a full stop.
    pub why: String,
}

/// What a command has to say for people, and how it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The text.
    pub text: String,
    /// How the program ends.
    pub exit: Exit,
}

/// What an evaluation says, as far as it decides the exit code.
pub(crate) struct Verdicts<'e> {
    /// Findings, before any display filter.
    pub(crate) findings: &'e [Finding],
    /// Rules that could not be decided.
    pub(crate) unknown: &'e [UnknownAnswer],
    /// Rules that could not be asked.
    pub(crate) unassessed: &'e [Unassessed],
    /// Rules that failed, by id.
    pub(crate) faults: BTreeSet<&'e str>,
}

/// The exit code of an audit that came to its end.
pub(crate) fn decide(verdicts: &Verdicts<'_>, fail_on: FailOn, allow: &AllowGaps) -> Exit {
    let (open, gaps) = uncovered(verdicts, allow);
    let failing = verdicts
        .findings
        .iter()
        .filter(|finding| finding.state == State::Open)
        .filter(|finding| matches!(fail_on, FailOn::Severity(from) if finding.severity >= from))
        .count();
    // Every line that holds, in any order; the code that comes first wins.
    let mut holding = vec![Exit {
        code: ExitCode::Clean,
        why: clean(fail_on),
    }];
    if !verdicts.faults.is_empty() {
        let rules: Vec<&str> = verdicts.faults.iter().copied().collect();
        let why = format!("a rule failed: {}", some_of(&rules));
        holding.push(Exit {
            code: ExitCode::Invalid,
            why,
        });
    }
    if open > 0 {
        let why = format!(
            "incomplete view: {} not known because of {}",
            if open == 1 {
                "1 answer is".to_owned()
            } else {
                format!("{open} answers are")
            },
            some_of(&gaps)
        );
        holding.push(Exit {
            code: ExitCode::Incomplete,
            why,
        });
    }
    if let (1.., FailOn::Severity(from)) = (failing, fail_on) {
        let noun = if failing == 1 { "finding" } else { "findings" };
        let from = if from == Severity::Critical {
            "critical".to_owned()
        } else {
            format!("{from} or above")
        };
        let why = format!("{failing} {noun} of severity {from}");
        holding.push(Exit {
            code: ExitCode::Findings,
            why,
        });
    }
    holding
        .into_iter()
        .min_by_key(|exit| exit.code)
        .unwrap_or(Exit {
            code: ExitCode::Clean,
            why: clean(fail_on),
        })
}

fn clean(fail_on: FailOn) -> String {
    match fail_on {
        FailOn::Never => "findings do not count with --fail-on never".to_owned(),
        FailOn::Severity(Severity::Info) => "no findings".to_owned(),
        FailOn::Severity(from) => format!("no findings of severity {from} or above"),
    }
}

/// How many answers are unknown because of a gap that is not allowed, and those gaps in words, the one
/// behind most answers first.
fn uncovered(verdicts: &Verdicts<'_>, allow: &AllowGaps) -> (usize, Vec<String>) {
    let unknown = verdicts
        .unknown
        .iter()
        .map(|answer| answer.reasons.iter().collect::<Vec<_>>());
    let unassessed = verdicts
        .unassessed
        .iter()
        .map(|answer| vec![&answer.reason]);
    let mut answers = 0;
    let mut behind: BTreeMap<String, usize> = BTreeMap::new();
    for reasons in unknown.chain(unassessed) {
        let gaps: BTreeSet<String> = reasons
            .into_iter()
            .filter_map(|reason| open_gap(reason, allow))
            .collect();
        answers += usize::from(!gaps.is_empty());
        for gap in gaps {
            *behind.entry(gap).or_default() += 1;
        }
    }
    let mut behind: Vec<(String, usize)> = behind.into_iter().collect();
    behind.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    (answers, behind.into_iter().map(|(gap, _)| gap).collect())
}

/// The gap of a reason in words, if it has one that is not allowed.
fn open_gap(reason: &Reason, allow: &AllowGaps) -> Option<String> {
    let Why::Gap {
        scope,
        collector,
        gap,
    } = &reason.why
    else {
        return None;
    };
    if allowed(gap, collector, allow) {
        return None;
    }
    let what = if collector.is_empty() {
        &reason.what
    } else {
        collector
    };
    Some(match gap.cause {
        Cause::NotCollected => format!("{what} in {} not collected", scope.region),
        cause => format!("{what} in {} {cause}", scope.region),
    })
}

fn allowed(gap: &Gap, collector: &Text, allow: &AllowGaps) -> bool {
    match allow {
        AllowGaps::No => false,
        AllowGaps::All => true,
        AllowGaps::Some { causes, collectors } => {
            causes.contains(&gap.cause) || collectors.contains(collector)
        }
    }
}

/// The first three, and how many more there are.
pub(crate) fn some_of<T: AsRef<str>>(all: &[T]) -> String {
    let shown: Vec<&str> = all.iter().take(3).map(AsRef::as_ref).collect();
    let more = all.len() - shown.len();
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{rest}", shown.join(", "))
}

#[cfg(test)]
#[path = "exit_tests.rs"]
mod tests;
