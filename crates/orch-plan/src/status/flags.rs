//! Red flags, found in what is there: nobody has to own up to them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::budget::over_by;
use super::build::Facts;
use super::forecast::{is_done, open};
use super::overall::{between, days, goal, planned_end};
use super::v1;
use crate::project::{Decision, REPRIORITIZE, State, Task, behind, waits};
use crate::schedule::working_days;

/// What shows a flag, or what it would take to tell.
type Told = Result<Vec<String>, &'static str>;

/// A red flag.
struct Kind {
    id: &'static str,
    title: &'static str,
    next: &'static str,
    detect: fn(&Facts<'_>) -> Told,
}

const NO_RUN: &str = "no run was given: add --run RUN";

/// All of them.
const FLAGS: [Kind; 9] = [
    Kind {
        id: "no-objective",
        title: "Work without an objective",
        next: "write `objective = …` into each of these tasks: what is true when it is done, so that somebody can check it",
        detect: no_objective,
    },
    Kind {
        id: "unidentified-dependency",
        title: "A dependency that was passed over, or that the plan does not know",
        next: "finish what comes first; what the plan does not know goes into `after` of the task, which gives new dates",
        detect: dependency,
    },
    Kind {
        id: "metric-not-improving",
        title: "A metric that does not get better",
        next: "ask whether the work that was done is what the metric measures, before more of it is done",
        detect: metric,
    },
    Kind {
        id: "slipping",
        title: "Budget or dates slip and nobody decided on it",
        next: "`orch project reprioritize --because …` computes what can be done about it",
        detect: slipping,
    },
    Kind {
        id: "late-security-finding",
        title: "Security found late",
        next: "plan these before what goes to production, and look why no earlier review saw them",
        detect: late_security,
    },
    Kind {
        id: "no-rollback",
        title: "A change of production without a way back",
        next: "write `rollback = …` into each of these tasks, and try it",
        detect: rollback,
    },
    Kind {
        id: "monitoring-gap",
        title: "Something that nobody watches",
        next: "plan alarms before the next change of production",
        detect: monitoring,
    },
    Kind {
        id: "manual-process",
        title: "Work by hand that comes back",
        next: "plan a task that has it done by a machine, or decide that it stays and why",
        detect: manual,
    },
    Kind {
        id: "growing-debt",
        title: "More is left to mend than before",
        next: "decide which of the new findings belong to the project, and who sees to the others",
        detect: debt,
    },
];

/// Every flag, raised or not.
pub(super) fn flags(facts: &Facts<'_>) -> Vec<v1::Flag> {
    FLAGS
        .iter()
        .map(|kind| {
            let told = (kind.detect)(facts);
            let evidence = told.clone().unwrap_or_default();
            v1::Flag {
                id: kind.id.to_owned(),
                title: kind.title.to_owned(),
                raised: !evidence.is_empty(),
                evidence,
                not_judged: told.err().map(str::to_owned),
                next: kind.next.to_owned(),
            }
        })
        .collect()
}

fn no_objective(facts: &Facts<'_>) -> Told {
    let soon = |task: &&Task| {
        let start = facts.forecast.dates.get(&task.id).map(|(start, _)| *start);
        let most = facts.project.params.objective_days;
        task.state == State::Started
            || start.is_some_and(|start| working_days(facts.today, start) <= most)
    };
    let without = open(facts.project).filter(|task| task.objective.is_none());
    Ok(without
        .filter(soon)
        .map(|task| match task.state {
            State::Started => format!("`{}` ({}) is begun", task.id, task.owner),
            _ => {
                let start = facts
                    .forecast
                    .dates
                    .get(&task.id)
                    .map(|(start, _)| start.to_string());
                format!(
                    "`{}` ({}) begins on {}",
                    task.id,
                    task.owner,
                    start.unwrap_or_default()
                )
            }
        })
        .collect())
}

fn dependency(facts: &Facts<'_>) -> Told {
    let project = facts.project;
    let mut out = Vec::new();
    let tasks = project.tasks.iter().enumerate();
    let places: BTreeMap<&str, usize> = tasks.map(|(at, task)| (task.id.as_str(), at)).collect();
    let waits = waits(project);
    for task in project.tasks.iter().filter(|task| task.started.is_some()) {
        let before = waits.get(task.id.as_str()).into_iter().flatten();
        let before = before.filter_map(|id| places.get(id));
        let before: BTreeSet<usize> = before.copied().collect();
        for other in before.into_iter().map(|at| &project.tasks[at]) {
            let begun = task.started.unwrap_or(facts.today);
            let undone = matches!(other.state, State::Pending | State::Started);
            if undone || other.finished.is_some_and(|finished| finished > begun) {
                out.push(format!(
                    "`{}` was begun on {begun}, before `{}` was done",
                    task.id, other.id
                ));
            }
        }
    }
    for blocker in project.blockers.iter().filter(|one| one.ended.is_none()) {
        let known = facts.before(&blocker.task);
        let words: BTreeSet<&str> = blocker
            .what
            .split(|c: char| !c.is_alphanumeric() && c != '-')
            .collect();
        let named = open(project)
            .filter(|other| other.id != blocker.task && !known.contains(other.id.as_str()));
        for other in named {
            let said = words.contains(other.id.as_str())
                || blocker
                    .what
                    .to_lowercase()
                    .contains(&other.title.to_lowercase());
            if said {
                out.push(format!(
                    "blocker `{}` says that `{}` waits for `{}`, and the plan does not",
                    blocker.id, blocker.task, other.id
                ));
            }
        }
    }
    Ok(out)
}

fn metric(facts: &Facts<'_>) -> Told {
    let project = facts.project;
    if project
        .metrics
        .iter()
        .all(|metric| metric.readings.is_empty())
    {
        return Err("nothing is measured: `orch project metric import FILE` reads measurements");
    }
    let first_done = project.tasks.iter().filter_map(|task| task.finished).min();
    let Some(first_done) = first_done else {
        return Ok(Vec::new());
    };
    let since = first_done.checked_add_days(Days::new(u64::from(project.params.metric_days)));
    let mut out = Vec::new();
    for metric in &project.metrics {
        let upto = |day: NaiveDate| metric.readings.iter().filter(move |one| one.on <= day);
        let before = upto(first_done).max_by_key(|one| one.on);
        let last = upto(facts.today).max_by_key(|one| one.on);
        let (Some(before), Some(last)) = (before, last) else {
            continue;
        };
        let reached = metric.target.is_some_and(|target| match metric.up_is_good {
            true => last.value >= target,
            false => last.value <= target,
        });
        let better = match metric.up_is_good {
            true => last.value > before.value,
            false => last.value < before.value,
        };
        if since.is_some_and(|since| last.on >= since) && !better && !reached {
            out.push(format!(
                "`{}` was {} {unit} on {} and is {} {unit} on {}",
                metric.name,
                before.value,
                before.on,
                last.value,
                last.on,
                unit = metric.unit,
            ));
        }
    }
    Ok(out)
}

fn slipping(facts: &Facts<'_>) -> Told {
    let project = facts.project;
    let mut out = Vec::new();
    // What is over can be told, and not be changed.
    if is_done(project) {
        return Ok(out);
    }
    // The last decision on it covers it for as many days as may be slipped.
    let decided = |kind: &str| {
        let about = |one: &&Decision| {
            let of = one.kind.as_deref();
            of == Some(kind) || of == Some(REPRIORITIZE)
        };
        let decisions = project.decisions.iter().filter(about);
        decisions.filter_map(|one| one.on).max()
    };
    let covered = |on: Option<NaiveDate>| {
        on.is_some_and(|on| working_days(on, facts.today) <= project.params.slip_days)
    };
    let planned = planned_end(project).map(|planned| (planned, "planned end"));
    if let Some((planned, name)) = planned.or(goal(project)) {
        let decided = decided("timeline");
        let behind = between(planned, facts.forecast.end);
        let held = project.target.is_some_and(|target| {
            target > planned && facts.forecast.end <= target && decided.is_some()
        });
        if behind > i64::from(project.params.slip_days) && !covered(decided) && !held {
            let end = facts.forecast.end;
            out.push(format!(
                "the estimated end is {end}, {} after the {name} of {planned}",
                days(behind)
            ));
        }
    }
    let budget = facts.budget.as_ref();
    let budget = budget.filter(|_| !covered(decided("budget")));
    out.extend(budget.and_then(|budget| over_by(budget, Decimal::ZERO)));
    Ok(out)
}

fn late_security(facts: &Facts<'_>) -> Told {
    if facts.run.is_none() {
        return Err(NO_RUN);
    }
    if facts.percent_of_days() < facts.project.params.late_security_percent {
        return Ok(Vec::new());
    }
    let grave = facts.findings().filter(|finding| {
        finding.category == "security" && matches!(finding.severity.as_str(), "critical" | "high")
    });
    let new = grave.filter(|finding| !facts.is_planned(&finding.fingerprint));
    Ok(new
        .map(|finding| {
            format!(
                "{} on {} ({}) is in no task",
                finding.rule, finding.resource.name, finding.severity
            )
        })
        .collect())
}

/// How the title of a task begins with which production begins or moves, where somebody wrote it by hand and does not say
/// `production = true`.
const PRODUCTION: &[&str] = &["cutover", "cut over", "go live", "go-live", "switch over"];

/// Whether production begins or moves with a task.
pub(crate) fn moves_production(task: &Task) -> bool {
    let title = task.title.to_lowercase();
    task.production || PRODUCTION.iter().any(|words| title.starts_with(words))
}

fn rollback(facts: &Facts<'_>) -> Told {
    let without = open(facts.project).filter(|task| task.rollback.is_none());
    let mends = |task: &Task| task.rule.is_some() && task.state == State::Started;
    Ok(without
        .filter(|task| mends(task) || moves_production(task))
        .map(|task| match &task.rule {
            Some(rule) => format!("`{}` ({}) changes what `{rule}` found", task.id, task.owner),
            None => format!("`{}` ({}): {}", task.id, task.owner, task.title),
        })
        .collect())
}

fn monitoring(facts: &Facts<'_>) -> Told {
    let watches = |task: &Task| matches!(task.owner.as_str(), "monitoring" | "observability");
    let project = facts.project;
    let mut out = Vec::new();
    let watchers = || {
        let there = project
            .tasks
            .iter()
            .filter(|one| one.state != State::Dropped);
        there.filter(|one| watches(one))
    };
    let all = watchers().any(|one| one.state == State::Done);
    let behind = behind(&waits(project), watchers().map(|one| one.id.as_str()));
    for task in open(project).filter(|task| task.rule.is_none() && moves_production(task)) {
        let watched = all || behind.contains(task.id.as_str());
        if !watched {
            out.push(format!(
                "`{}` changes production and no monitoring comes before it",
                task.id
            ));
        }
    }
    let unwatched = facts.findings().filter(|finding| {
        finding.category == "observability"
            && matches!(finding.severity.as_str(), "critical" | "high" | "medium")
            && !facts.is_planned(&finding.fingerprint)
    });
    out.extend(unwatched.map(|finding| {
        format!(
            "{} on {} ({}) is in no task",
            finding.rule, finding.resource.name, finding.severity
        )
    }));
    match (out.is_empty(), facts.run) {
        (true, None) => Err(NO_RUN),
        _ => Ok(out),
    }
}

fn manual(facts: &Facts<'_>) -> Told {
    const WORDS: &[&str] = &["manually", "by hand", "manual "];
    let says = |what: &str| {
        let what = format!("{} ", what.to_lowercase());
        WORDS.iter().any(|word| what.contains(word))
    };
    let project = facts.project;
    let log = project.log.iter().filter(|entry| says(&entry.what));
    let tasks = project.tasks.iter().filter(|task| {
        task.state != State::Dropped
            && (says(&task.title) || task.evidence.as_deref().is_some_and(says))
    });
    let blockers = project.blockers.iter().filter(|one| says(&one.what));
    let found: Vec<String> = log
        .map(|entry| format!("{}: {}", entry.on, entry.what))
        .chain(tasks.map(|task| {
            format!(
                "`{}`: {}",
                task.id,
                task.evidence
                    .as_deref()
                    .filter(|text| says(text))
                    .unwrap_or(&task.title)
            )
        }))
        .chain(blockers.map(|one| format!("blocker `{}`: {}", one.id, one.what)))
        .collect();
    let enough = found.len() >= project.params.manual_mentions as usize;
    Ok(if enough { found } else { Vec::new() })
}

fn debt(facts: &Facts<'_>) -> Told {
    let project = facts.project;
    if let (Some(run), Some(baseline)) = (facts.run, &project.baseline)
        && !baseline.findings.is_empty()
    {
        let now = &run.report.totals.by_severity;
        let more = baseline.findings.iter().filter_map(|(severity, before)| {
            let now = now.get(severity).copied().unwrap_or(0);
            (now > *before).then(|| {
                format!(
                    "{severity} findings: {before} in {}, {now} in {}",
                    baseline.run, run.name
                )
            })
        });
        return Ok(more.collect());
    }
    let metric = project
        .metrics
        .iter()
        .find(|metric| metric.name == "open-findings");
    let first = metric.and_then(|metric| metric.readings.iter().min_by_key(|one| one.on));
    let last = metric.and_then(|metric| metric.readings.iter().max_by_key(|one| one.on));
    match (first, last) {
        (Some(first), Some(last)) if first.on < last.on => Ok((last.value > first.value)
            .then(|| {
                format!(
                    "open findings: {} on {}, {} on {}",
                    first.value, first.on, last.value, last.on
                )
            })
            .into_iter()
            .collect()),
        _ => Err("there are no two runs to compare: add --run RUN, or reconcile with one"),
    }
}
