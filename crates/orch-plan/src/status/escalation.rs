//! What is not the specialists' to decide: who must decide what, and how soon.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::budget::over_by;
use super::build::Facts;
use super::forecast::{is_done, open};
use super::overall::{between, days, goal};
use super::v1;
use crate::project::Task;

/// One kind of escalation.
#[derive(Debug, Clone, Copy)]
pub struct Escalation {
    /// Its id, as in `[deciders]` and in the `kind` of a decision.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Who decides where the project names nobody.
    pub decider: &'static str,
    /// What is to be decided.
    pub decides: &'static str,
    /// Within how many hours.
    pub within_hours: u32,
    /// What shows it.
    detect: fn(&Facts<'_>) -> Vec<String>,
}

/// All kinds, the most urgent first.
pub const ESCALATIONS: &[Escalation] = &[
    Escalation {
        id: "outage",
        title: "A service is down, or an incident is going on",
        decider: "whoever is on call",
        decides: "whether work on the project stops until the service is back, and which change is taken back",
        within_hours: 1,
        detect: outage,
    },
    Escalation {
        id: "production-vulnerability",
        title: "A critical security finding is open",
        decider: "security lead",
        decides: "whether it is closed at once, ahead of the plan, or who accepts it until when",
        within_hours: 24,
        detect: vulnerability,
    },
    Escalation {
        id: "compliance-violation",
        title: "A control of a standard is not held",
        decider: "compliance officer",
        decides: "by when the control is held, and whether it has to be reported",
        within_hours: 24,
        detect: compliance,
    },
    Escalation {
        id: "critical-blocker",
        title: "A blocker lets nothing go on",
        decider: "project lead",
        decides: "who takes it away by when, or what is done instead",
        within_hours: 24,
        detect: blocker,
    },
    Escalation {
        id: "budget",
        title: "The budget will not do",
        decider: "budget owner",
        decides: "more money, less scope, or an end",
        within_hours: 72,
        detect: budget,
    },
    Escalation {
        id: "timeline",
        title: "The target will be missed, or is at risk of a major delay",
        decider: "sponsor",
        decides: "a later target, less scope, or more people: `orch project reprioritize` computes each",
        within_hours: 72,
        detect: timeline,
    },
    Escalation {
        id: "conflicting-recommendations",
        title: "Specialists want different things",
        decider: "project lead",
        decides: "whose way is taken, and what the others have to change",
        within_hours: 72,
        detect: conflict,
    },
    Escalation {
        id: "strategic-decision",
        title: "A choice that is not technical",
        decider: "sponsor",
        decides: "which way the project takes",
        within_hours: 120,
        detect: strategic,
    },
];

/// Every escalation that there is reason for.
pub(super) fn escalations(facts: &Facts<'_>) -> Vec<v1::Escalated> {
    let project = facts.project;
    ESCALATIONS
        .iter()
        .filter_map(|kind| {
            let mut evidence = (kind.detect)(facts);
            let asked = project.decisions.iter().filter(|one| one.on.is_none());
            let asked = asked.filter(|one| one.kind.as_deref() == Some(kind.id));
            evidence.extend(
                asked.map(|one| format!("decision `{}` is open: {}", one.id, one.question)),
            );
            (!evidence.is_empty()).then(|| v1::Escalated {
                kind: kind.id.to_owned(),
                title: kind.title.to_owned(),
                decider: decider(facts, kind),
                decides: kind.decides.to_owned(),
                within_hours: kind.within_hours,
                evidence,
            })
        })
        .collect()
}

/// Who decides: whom the project names for it, or its lead where the lead would, or the role.
fn decider(facts: &Facts<'_>, kind: &Escalation) -> String {
    let lead = facts
        .project
        .lead
        .as_ref()
        .filter(|_| kind.decider == "project lead");
    let named = facts.project.deciders.get(kind.id).or(lead);
    named.cloned().unwrap_or_else(|| kind.decider.to_owned())
}

fn outage(facts: &Facts<'_>) -> Vec<String> {
    let words = ["outage", "service is down", "incident"];
    let over = ["resolved", "restored", "is over", "ended", "back up"];
    let project = facts.project;
    let young = |on: chrono::NaiveDate| {
        on <= facts.today && (facts.today - on).num_days() < i64::from(project.params.outage_days)
    };
    let says = |what: &str| {
        let what = what.to_lowercase();
        words.iter().any(|word| what.contains(word)) && !over.iter().any(|word| what.contains(word))
    };
    let log = project
        .log
        .iter()
        .filter(|entry| young(entry.on) && says(&entry.what));
    let blockers = project
        .blockers
        .iter()
        .filter(|one| one.ended.is_none() && says(&one.what));
    log.map(|entry| format!("{}: {}", entry.on, entry.what))
        .chain(blockers.map(|one| format!("blocker `{}`: {}", one.id, one.what)))
        .collect()
}

fn vulnerability(facts: &Facts<'_>) -> Vec<String> {
    if facts.run.is_none() {
        // The file knows what it was planned with.
        let tasks = open(facts.project).filter(|task| {
            task.rule.is_some()
                && task.owner == "security"
                && task.priority.as_deref() == Some("critical")
        });
        let told = |task: &Task| {
            let rule = task.rule.as_deref().unwrap_or_default();
            format!(
                "`{}` is not done: findings of `{rule}` that were critical when it was planned",
                task.id
            )
        };
        return tasks.map(told).collect();
    }
    let open = facts
        .findings()
        .filter(|finding| finding.category == "security" && finding.severity == "critical");
    open.map(|finding| {
        format!(
            "{} on {} ({})",
            finding.rule, finding.resource.name, finding.fingerprint
        )
    })
    .collect()
}

fn compliance(facts: &Facts<'_>) -> Vec<String> {
    let grave = facts.findings().filter(|finding| {
        !finding.compliance.is_empty() && matches!(finding.severity.as_str(), "critical" | "high")
    });
    let mut controls: BTreeMap<String, u64> = BTreeMap::new();
    for finding in grave {
        for (framework, ids) in &finding.compliance {
            for id in ids {
                *controls.entry(format!("{framework} {id}")).or_default() += 1;
            }
        }
    }
    let told = |(control, count): (String, u64)| match count {
        1 => format!("{control}: 1 finding of high or critical severity"),
        count => format!("{control}: {count} findings of high or critical severity"),
    };
    controls.into_iter().map(told).collect()
}

fn blocker(facts: &Facts<'_>) -> Vec<String> {
    let open = facts
        .project
        .blockers
        .iter()
        .filter(|one| one.critical && one.ended.is_none());
    open.map(|one| {
        format!(
            "`{}` on `{}` since {}: {}",
            one.id, one.task, one.since, one.what
        )
    })
    .collect()
}

fn budget(facts: &Facts<'_>) -> Vec<String> {
    let Some(budget) = facts.budget.as_ref().filter(|_| !is_done(facts.project)) else {
        return Vec::new();
    };
    let most = Decimal::from(facts.project.params.budget_over_percent);
    over_by(budget, most).into_iter().collect()
}

/// The target (the planned end where there is none) will be missed by days that count, is over, or will be missed by far
/// at the pace of what is done.
fn timeline(facts: &Facts<'_>) -> Vec<String> {
    let (project, forecast) = (facts.project, facts.forecast);
    let Some((goal, name)) = goal(project).filter(|_| open(project).next().is_some()) else {
        return Vec::new();
    };
    let params = &project.params;
    let behind = between(goal, forecast.end);
    if behind >= i64::from(params.late_days.min(params.major_delay_days).max(1)) {
        return vec![format!(
            "the estimated end is {}, {} after the {name} of {goal}",
            forecast.end,
            days(behind)
        )];
    }
    if facts.today > goal {
        return vec![format!("the {name} of {goal} is over and work is left")];
    }
    let at_pace = between(goal, forecast.at_pace);
    match forecast.pace {
        Some(pace) if at_pace >= i64::from(params.major_delay_days.max(1)) => vec![format!(
            "at the pace of what is done ({pace} times its likely days) the end is {}, {} after the {name} of {goal}",
            forecast.at_pace,
            days(at_pace)
        )],
        _ => Vec::new(),
    }
}

/// Two specialists at work on one finding may well undo each other's work.
fn conflict(facts: &Facts<'_>) -> Vec<String> {
    let tasks: Vec<&Task> = open(facts.project).collect();
    let mut about: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, task) in tasks.iter().enumerate() {
        for finding in &task.findings {
            about.entry(finding).or_default().push(place);
        }
    }
    let mut shared: BTreeMap<(usize, usize), &str> = BTreeMap::new();
    for (place, task) in tasks.iter().enumerate() {
        for finding in &task.findings {
            let others = about.get(finding.as_str()).into_iter().flatten();
            for &other in others.filter(|other| **other > place) {
                if tasks[other].owner != task.owner {
                    shared.entry((place, other)).or_insert(finding);
                }
            }
        }
    }
    let told = |((place, other), finding): ((usize, usize), &str)| {
        let (task, other) = (tasks[place], tasks[other]);
        format!(
            "`{}` ({}) and `{}` ({}) are both about finding {finding}",
            task.id, task.owner, other.id, other.owner
        )
    };
    shared.into_iter().map(told).collect()
}

/// Only people say that a choice is one of strategy.
fn strategic(_: &Facts<'_>) -> Vec<String> {
    Vec::new()
}
