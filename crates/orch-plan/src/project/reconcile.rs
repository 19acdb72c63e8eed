//! What a later run says of a project: findings that are gone, not seen, or back.
//!
//! A finding that a run does not show is gone only where the run would have shown it: its rule was asked, the scopes of
//! the finding were read, and nothing was kept off the list. Everything else is "not seen, not proven".

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use orch_report::v1;
use rust_decimal::Decimal;

use super::{Change, Entry, Project, ReadingOf, SEEN_DONE, State, Task};
use crate::Run;

/// How a finding stands in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It is there.
    Open,
    /// It is there, and somebody accepted it.
    Waived,
    /// It is not there, and would be if it still were.
    Gone,
    /// It is not there, for a reason that says nothing about it.
    NotProven(String),
}

/// What a run says of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciled {
    /// Tasks to close, with what proves it.
    pub closed: Vec<(String, String)>,
    /// Tasks to open again, with what shows it.
    pub reopened: Vec<(String, String)>,
    /// What could not be proven, a sentence for each task.
    pub not_proven: Vec<String>,
    /// Tasks that were done after the run and whose findings it shows, a sentence for each.
    pub too_early: Vec<String>,
    /// Open findings that no task is about: rule, severity, how many.
    pub unplanned: Vec<(String, String, u64)>,
    /// What to write into the file.
    pub changes: Vec<Change>,
}

/// The scope of a finding, as coverage names it.
pub(crate) fn scope_of(report: &v1::Report, finding: &v1::Finding) -> String {
    let of = &finding.resource;
    let account = report
        .run
        .accounts
        .iter()
        .find(|account| account.provider == of.provider && account.account == of.account);
    let partition = account.map_or(of.provider.as_str(), |account| account.partition.as_str());
    format!("{}:{partition}:{}:{}", of.provider, of.account, of.region)
}

/// Compares a project with a run. What a run shows was so on its day; that it was seen is noted for `today`, so that a weekly
/// report has it whenever somebody looks. `None` where the run is older than what the project was planned with.
pub fn reconcile(project: &Project, run: &Run, today: NaiveDate) -> Option<Reconciled> {
    let report = &run.report;
    let baseline = project.baseline.as_ref();
    if baseline.is_some_and(|baseline| day(&baseline.as_of) > day(&report.run.as_of)) {
        return None;
    }
    let as_of = day(&report.run.as_of).unwrap_or(today);
    let shown = Shown::by(report);
    let mut out = Reconciled {
        closed: Vec::new(),
        reopened: Vec::new(),
        not_proven: Vec::new(),
        too_early: Vec::new(),
        unplanned: unplanned(project, report),
        changes: Vec::new(),
    };
    for task in project
        .tasks
        .iter()
        .filter(|task| !task.findings.is_empty())
    {
        let places = places(task);
        // What keeps a finding from being proven gone is the same for all of a scope.
        let mut doubts: BTreeMap<&[String], Option<String>> = BTreeMap::new();
        let mut findings: BTreeMap<&str, Seen> = BTreeMap::new();
        for fingerprint in &task.findings {
            let scopes = places.get(fingerprint.as_str()).copied();
            let scopes = scopes.map_or(&task.scopes[..], std::slice::from_ref);
            let doubt = || {
                let doubt = doubts.entry(scopes);
                let found = doubt.or_insert_with(|| shown.doubt(task.rule.as_deref(), scopes));
                found.clone()
            };
            findings.insert(fingerprint, shown.seen(fingerprint, doubt));
        }
        judge(project, task, &findings, (run, as_of, today), &mut out);
    }
    for (task, said) in still_shown(project, run, &shown) {
        if is_after(task, as_of) {
            out.too_early.push(said);
        }
    }
    let open = report.totals.findings;
    out.changes.push(Change::Measure(ReadingOf {
        metric: "open-findings".to_owned(),
        unit: Some("findings".to_owned()),
        up_is_good: Some(false),
        target: None,
        on: as_of,
        value: Decimal::from(open),
        source: run.name.clone(),
    }));
    Some(out)
}

/// The scope of each finding of a task, where the file says it.
fn places(task: &Task) -> BTreeMap<&str, &String> {
    let found_in = task.found_in.iter();
    found_in
        .flat_map(|(scope, findings)| findings.iter().map(move |one| (one.as_str(), scope)))
        .collect()
}

/// What follows for a task from how its findings stand.
fn judge(
    project: &Project,
    task: &Task,
    findings: &BTreeMap<&str, Seen>,
    (run, as_of, today): (&Run, NaiveDate, NaiveDate),
    out: &mut Reconciled,
) {
    let count = |wanted: fn(&Seen) -> bool| findings.values().filter(|seen| wanted(seen)).count();
    let all = findings.len();
    let open = count(|seen| matches!(seen, Seen::Open));
    let gone = count(|seen| matches!(seen, Seen::Gone));
    let id = &task.id;
    let run_name = format!("run {} of {}", run.name, as_of);
    let doubts: BTreeSet<&str> = findings
        .values()
        .filter_map(|seen| match seen {
            Seen::NotProven(why) => Some(why.as_str()),
            _ => None,
        })
        .collect();
    if !doubts.is_empty() && task.state != State::Dropped {
        let doubts: Vec<&str> = doubts.into_iter().collect();
        let unseen = count(|seen| matches!(seen, Seen::NotProven(_)));
        let what = of(unseen, all, "not seen and not proven gone");
        out.not_proven
            .push(format!("`{id}`: {what}: {}", doubts.join("; ")));
    }
    let log = |what: String| Change::Log {
        what,
        task: Some(id.clone()),
        on: Some(today),
    };
    let noted = |what: &str| {
        let of = |entry: &&Entry| entry.task.as_deref() == Some(id.as_str());
        project
            .log
            .iter()
            .filter(of)
            .any(|entry| entry.what == what)
    };
    match task.state {
        State::Done if open > 0 && !is_after(task, as_of) => {
            let why = format!("{} in {run_name}", of(open, all, "back"));
            out.changes.push(Change::Reopen {
                task: id.clone(),
                why: why.clone(),
            });
            // What showed that it was done leaves the task; it stays in the log.
            let was = task.evidence.as_ref();
            let was = was.map_or_else(String::new, |was| format!("; it was done by: {was}"));
            out.changes.push(log(format!("open again: {why}{was}")));
            out.reopened.push((id.clone(), why));
        }
        State::Pending | State::Started if gone == all && before(task, as_of) => {
            let proof = format!("{} by {run_name}", of(gone, all, "gone"));
            out.changes.push(Change::Done {
                task: id.clone(),
                evidence: proof.clone(),
            });
            if as_of < today {
                out.changes.push(log(format!("{SEEN_DONE}{proof}")));
            }
            out.closed.push((id.clone(), proof));
        }
        State::Pending | State::Started if gone > 0 && gone < all && before(task, as_of) => {
            let percent = u8::try_from(gone * 100 / all).unwrap_or(99).min(99);
            let what = format!("{} by {run_name}", of(gone, all, "gone"));
            // Findings go for many reasons: that somebody has begun, somebody says.
            if task.state == State::Started && task.percent.is_none_or(|held| held < percent) {
                out.changes.push(Change::Percent {
                    task: id.clone(),
                    percent,
                });
                out.changes.push(log(what));
            } else if task.state == State::Pending && !noted(&what) {
                out.changes.push(log(what));
            }
        }
        _ => {}
    }
}

/// Whether a task was begun when the run was made, if it was at all: what is begun later cannot be done by then.
fn before(task: &Task, as_of: NaiveDate) -> bool {
    task.started.is_none_or(|started| started <= as_of)
}

/// Whether a task was done after a run, which can say nothing of it then.
fn is_after(task: &Task, as_of: NaiveDate) -> bool {
    task.finished.is_some_and(|finished| finished > as_of)
}

/// The tasks that are done of whose findings a run still shows some, and what that means.
pub(crate) fn still_shown<'p>(
    project: &'p Project,
    run: &Run,
    shown: &Shown<'_>,
) -> Vec<(&'p Task, String)> {
    let as_of = day(&run.report.run.as_of).unwrap_or(project.start);
    let told = |task: &'p Task| {
        let open = task.findings.iter().filter(|one| shown.is_open(one));
        let open = open.count();
        let what = of(open, task.findings.len(), "open");
        let (id, name) = (&task.id, &run.name);
        let said = match task.finished {
            Some(finished) if is_after(task, as_of) => format!(
                "`{id}` was done on {finished}, after run {name} of {as_of}, in which {what}: a later run will tell \
                 whether that worked"
            ),
            _ => format!(
                "`{id}` is done in the file, but {what} in run {name} of {as_of}: `orch project reconcile --run RUN` \
                 opens it again"
            ),
        };
        (open > 0).then_some((task, said))
    };
    let done = project.tasks.iter().filter(|one| one.state == State::Done);
    done.filter_map(told).collect()
}

fn of(count: usize, all: usize, how: &str) -> String {
    match all {
        1 => format!("its finding is {how}"),
        _ => format!("{count} of {all} findings are {how}"),
    }
}

/// What a run shows, so that each of many findings is looked up and not searched for.
pub(crate) struct Shown<'r> {
    report: &'r v1::Report,
    /// The states of findings, by fingerprint.
    states: HashMap<&'r str, &'r str>,
    /// How many findings of each rule are listed.
    listed: HashMap<&'r str, u64>,
}

impl<'r> Shown<'r> {
    /// What a report shows.
    pub(crate) fn by(report: &'r v1::Report) -> Self {
        let mut listed: HashMap<&str, u64> = HashMap::new();
        let mut states = HashMap::new();
        for finding in &report.findings {
            *listed.entry(&finding.rule).or_default() += 1;
            let state = finding.state.as_str();
            states.entry(finding.fingerprint.as_str()).or_insert(state);
        }
        Self {
            report,
            states,
            listed,
        }
    }

    /// How a finding of an earlier run stands in it.
    pub(crate) fn fate(&self, finding: &v1::Finding, before: &v1::Report) -> Seen {
        self.seen(&finding.fingerprint, || {
            self.doubt(Some(&finding.rule), &[scope_of(before, finding)])
        })
    }

    fn is_open(&self, fingerprint: &str) -> bool {
        self.states.get(fingerprint) == Some(&"open")
    }

    fn seen(&self, fingerprint: &str, doubt: impl FnOnce() -> Option<String>) -> Seen {
        match self.states.get(fingerprint) {
            Some(&"open") => Seen::Open,
            Some(_) => Seen::Waived,
            None => doubt().map_or(Seen::Gone, Seen::NotProven),
        }
    }

    /// Why it proves nothing that it does not show a finding.
    fn doubt(&self, rule: Option<&str>, scopes: &[String]) -> Option<String> {
        let report = self.report;
        let Some(rule) = rule else {
            return Some("the task names no rule".to_owned());
        };
        if let Some(tag) = report.run.options.get("tag") {
            return Some(format!("the run asked only about resources tagged {tag}"));
        }
        let Some(counts) = report.rules.iter().find(|counts| counts.rule == rule) else {
            return Some(format!("the run did not ask {rule}"));
        };
        let listed = self.listed.get(rule).copied().unwrap_or_default();
        if counts.fail > listed && report.hidden.findings > 0 {
            return Some(format!("the run shows only some of the findings of {rule}"));
        }
        if counts.fault > 0 {
            return Some(format!("{rule} failed on a resource"));
        }
        let scopes: Vec<&str> = match scopes.is_empty() {
            false => scopes.iter().map(String::as_str).collect(),
            // Where nothing says where a finding was, all that the run looked at must have been read.
            true => report
                .coverage
                .regions
                .iter()
                .map(|region| region.scope.as_str())
                .collect(),
        };
        let (mut unread, mut unasked, mut unknown) = (Vec::new(), Vec::new(), 0);
        for scope in &scopes {
            // Many lists of an account are read at once, in its scope without a region.
            let whole = account(scope).map(|account| format!("{account}:global"));
            let here = |other: &str| other == *scope || whole.as_deref() == Some(other);
            if !report
                .coverage
                .regions
                .iter()
                .any(|region| region.scope == *scope && region.state != "excluded")
            {
                unread.push(*scope);
            }
            unasked.extend(
                report
                    .unassessed
                    .iter()
                    .filter(|one| one.rule == rule && here(&one.scope))
                    .map(|one| {
                        format!(
                            "{} in {} ({})",
                            one.reason.what, one.scope, one.reason.cause
                        )
                    }),
            );
            unknown += report
                .unknown
                .iter()
                .filter(|one| one.rule == rule && here(&one.scope))
                .count();
        }
        if let Some(first) = unread.first() {
            return Some(format!("{first} was not read{}", more(unread.len())));
        }
        unasked.sort();
        unasked.dedup();
        if let Some(first) = unasked.first() {
            return Some(format!("not read: {first}{}", more(unasked.len())));
        }
        (unknown > 0).then(|| {
            let noun = if unknown == 1 {
                "resource"
            } else {
                "resources"
            };
            format!("{rule} could not be decided on {unknown} {noun} there")
        })
    }
}

fn more(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        count => format!(", and {} more", count - 1),
    }
}

/// `provider:partition:account` of a scope.
fn account(scope: &str) -> Option<&str> {
    scope.rsplit_once(':').map(|(account, _)| account)
}

fn unplanned(project: &Project, report: &v1::Report) -> Vec<(String, String, u64)> {
    let planned: BTreeSet<&str> = project
        .tasks
        .iter()
        .flat_map(|task| task.findings.iter().map(String::as_str))
        .collect();
    let mut rules: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut order: Vec<(&str, &str)> = Vec::new();
    let open = report
        .findings
        .iter()
        .filter(|finding| finding.state == "open");
    for finding in open.filter(|finding| !planned.contains(finding.fingerprint.as_str())) {
        let key = (finding.rule.as_str(), finding.severity.as_str());
        if !rules.contains_key(&key) {
            order.push(key);
        }
        *rules.entry(key).or_default() += 1;
    }
    let count = |key: &(&str, &str)| rules.get(key).copied().unwrap_or_default();
    order
        .iter()
        .map(|key| (key.0.to_owned(), key.1.to_owned(), count(key)))
        .collect()
}

/// The day of an instant in RFC 3339.
fn day(instant: &str) -> Option<NaiveDate> {
    instant.get(..10)?.parse().ok()
}
