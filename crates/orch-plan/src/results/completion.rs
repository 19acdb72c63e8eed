//! What a project brought, measured: runs, bills and readings before and after.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use orch_report::v1 as report;
use rust_decimal::Decimal;

use super::known::{KNOWN, Known, Section as Of, how, rounded};
use super::roi::{bills, roi};
use super::v1::*;
use crate::project::{Project, Seen, State, Task, fate};
use crate::schedule::ScheduleError;
use crate::schedule::working_days;
use crate::status::{days_spent, money, status, took};
use crate::{Library, Run};

/// The runs that a completion report compares.
#[derive(Debug, Clone, Copy)]
pub struct Before<'r> {
    /// What was found before the project.
    pub before: Option<&'r Run>,
    /// What is found now.
    pub after: Option<&'r Run>,
}

/// Fields of work, in the order of the report. Whoever is in none of them is in the last.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "Infrastructure",
        &["aws", "azure", "gcp", "terraform", "ansible"],
    ),
    (
        "Containerization and orchestration",
        &["docker", "kubernetes"],
    ),
    ("CI/CD", &["cicd"]),
    (
        "Monitoring and observability",
        &["monitoring", "observability"],
    ),
    ("Security", &["security"]),
    ("Coordination and others", &[]),
];
/// Sections of what was measured.
const SECTIONS: &[(Of, &str)] = &[
    (Of::Reliability, "Reliability"),
    (Of::Performance, "Performance"),
    (Of::Efficiency, "Operational efficiency"),
    (Of::Cost, "Cost"),
    (Of::Security, "Security"),
];
const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];
/// How many rules are named in the recommendations.
const MOST: usize = 8;

/// The completion report.
///
/// # Errors
/// Tasks that wait for each other; files that were read have none.
pub fn completion(
    project: &Project,
    runs: Before<'_>,
    library: &Library,
    today: NaiveDate,
) -> Result<Completion, ScheduleError> {
    let status = status(project, runs.after, today)?;
    let (findings, findings_missing) = match (runs.before, runs.after) {
        (Some(before), Some(after)) => (Some(compare(before, after)), None),
        (None, _) => (
            None,
            Some(
                "there is no run from before: add --before RUN (the one it was planned with)"
                    .to_owned(),
            ),
        ),
        (_, None) => (
            None,
            Some("there is no run of now: add --run RUN".to_owned()),
        ),
    };
    let billing = match runs.after {
        Some(after) => bills(project, runs.before.map(|run| &run.report), &after.report),
        None => Money {
            bills: Vec::new(),
            missing: Some("there is no run of now: add --run RUN".to_owned()),
            claimed: BTreeMap::new(),
        },
    };
    let overview = overview(project, &status, today);
    let investment = overview
        .cost
        .as_ref()
        .and_then(|cost| Some((cost.amount.parse::<Decimal>().ok()?, cost.currency.clone())));
    let decided = project.decisions.iter().filter_map(|one| {
        Some(Decided {
            on: one.on?.to_string(),
            question: one.question.clone(),
            decided: one.decided.clone()?,
            reason: one.reason.clone().unwrap_or_default(),
            decider: one.decider.clone(),
        })
    });
    let milestones = status.phases.iter().filter(|phase| !phase.tasks.is_empty());
    Ok(Completion {
        schema: COMPLETION.to_owned(),
        improvements: improvements(project),
        impact: impact(project, today),
        roi: roi(project, investment, &billing),
        money: billing,
        milestones: milestones
            .map(|phase| Milestone {
                title: phase.milestone.clone(),
                reached: phase.state == "completed",
                on: phase.milestone_on.clone(),
            })
            .collect(),
        decisions: decided.collect(),
        lessons: lessons(project),
        recommendations: recommendations(project, runs.after, library),
        risks: status.risks,
        open_decisions: status.decisions,
        project: status.project,
        overview,
        findings,
        findings_missing,
    })
}

fn overview(project: &Project, status: &crate::status::v1::Status, today: NaiveDate) -> Overview {
    let end = status.estimate.end.parse::<NaiveDate>().unwrap_or(today);
    let complete = status.overall.state == "done";
    let last = if complete { end } else { today };
    let days = (last - project.start).num_days().max(0) + 1;
    let worked = project
        .tasks
        .iter()
        .filter(|task| matches!(task.state, State::Done | State::Started));
    let specialists: BTreeSet<String> = worked.map(|task| task.owner.clone()).collect();
    let spent = days_spent(project, today);
    let budget = project.budget.as_ref();
    let other: Decimal = budget
        .into_iter()
        .flat_map(|budget| &budget.spent)
        .map(|one| one.amount)
        .sum();
    let rate = budget.and_then(|budget| budget.day_rate);
    Overview {
        complete,
        end: last.to_string(),
        weeks: (Decimal::from(days) / Decimal::from(7))
            .round_dp(1)
            .normalize()
            .to_string(),
        tasks: [status.progress.done, status.progress.tasks],
        specialists: specialists.into_iter().collect(),
        clouds: project.clouds.clone(),
        days: spent,
        cost: budget.zip(rate).map(|(budget, rate)| Amount {
            amount: money(rate * Decimal::from(spent) + other),
            currency: budget.currency.clone(),
        }),
        cost_formula: match rate {
            Some(rate) => format!("{spent} days × {rate} + {} spent besides", money(other)),
            None => {
                format!("{spent} days; what they cost is not known: write `day_rate` into [budget]")
            }
        },
    }
}

fn improvements(project: &Project) -> Vec<Field> {
    let named: Vec<&str> = FIELDS
        .iter()
        .flat_map(|(_, owners)| *owners)
        .copied()
        .collect();
    FIELDS
        .iter()
        .map(|(title, owners)| {
            let within = |owner: &str| match owners.is_empty() {
                true => !named.contains(&owner),
                false => owners.contains(&owner),
            };
            let tasks = || {
                project
                    .tasks
                    .iter()
                    .filter(|task| task.state == State::Done && within(&task.owner))
            };
            let specialists: BTreeSet<String> = tasks().map(|task| task.owner.clone()).collect();
            Field {
                title: (*title).to_owned(),
                specialists: specialists.into_iter().collect(),
                done: tasks()
                    .map(|task| Done {
                        task: task.id.clone(),
                        title: task.title.clone(),
                        evidence: task.evidence.clone(),
                    })
                    .collect(),
            }
        })
        .filter(|field| !field.done.is_empty())
        .collect()
}

fn compare(before: &Run, after: &Run) -> Findings {
    let old: Vec<&report::Finding> = before
        .report
        .findings
        .iter()
        .filter(|one| one.state == "open")
        .collect();
    let new: Vec<&report::Finding> = after
        .report
        .findings
        .iter()
        .filter(|one| one.state == "open")
        .collect();
    let known: BTreeSet<&str> = before
        .report
        .findings
        .iter()
        .map(|one| one.fingerprint.as_str())
        .collect();
    let mut fates = Fate {
        new: new
            .iter()
            .filter(|one| !known.contains(one.fingerprint.as_str()))
            .count() as u64,
        ..Fate::default()
    };
    let mut gone: Vec<&report::Finding> = Vec::new();
    for finding in &old {
        match fate(finding, &before.report, &after.report) {
            Seen::Open => fates.open += 1,
            Seen::Waived => fates.waived += 1,
            Seen::NotProven(_) => fates.not_proven += 1,
            Seen::Gone => {
                fates.gone += 1;
                gone.push(finding);
            }
        }
    }
    let rows = |names: Vec<String>, of: &dyn Fn(&report::Finding, &str) -> bool| -> Vec<Row> {
        let count = |findings: &[&report::Finding], name: &str| {
            findings.iter().filter(|one| of(one, name)).count() as u64
        };
        names
            .into_iter()
            .map(|name| Row {
                before: count(&old, &name),
                after: count(&new, &name),
                fixed: count(&gone, &name),
                name,
            })
            .collect()
    };
    let categories: BTreeSet<String> = old
        .iter()
        .chain(&new)
        .map(|one| one.category.clone())
        .collect();
    let standards: BTreeSet<String> = old
        .iter()
        .chain(&new)
        .flat_map(|one| one.compliance.keys().cloned())
        .filter(|id| is_of(id, &[before, after]))
        .collect();
    let unknown = |run: &Run| run.report.totals.unknown + run.report.totals.unassessed;
    let name = |run: &Run| [run.name.clone(), run.report.run.as_of.clone()];
    Findings {
        before: name(before),
        after: name(after),
        by_severity: rows(SEVERITIES.map(str::to_owned).to_vec(), &|one, name| {
            one.severity == name
        }),
        by_category: rows(categories.into_iter().collect(), &|one, name| {
            one.category == name
        }),
        standards: rows(standards.into_iter().collect(), &|one, name| {
            one.compliance.contains_key(name)
        }),
        vulnerabilities_remediated: gone.iter().filter(|one| one.category == "security").count()
            as u64,
        fate: fates,
        coverage: [
            before.report.coverage.summary.clone(),
            after.report.coverage.summary.clone(),
        ],
        unknown: [unknown(before), unknown(after)],
    }
}

fn impact(project: &Project, today: NaiveDate) -> Vec<Section> {
    let mut sections: Vec<Section> = SECTIONS
        .iter()
        .map(|(section, title)| Section {
            title: (*title).to_owned(),
            metrics: KNOWN
                .iter()
                .filter(|known| known.section == *section)
                .map(|known| change(project, known.id, Some(known), today))
                .collect(),
        })
        .collect();
    let others = project
        .metrics
        .iter()
        .filter(|metric| !KNOWN.iter().any(|known| known.id == metric.name));
    let metrics: Vec<Change> = others
        .map(|metric| change(project, &metric.name, None, today))
        .collect();
    if !metrics.is_empty() {
        sections.push(Section {
            title: "Others".to_owned(),
            metrics,
        });
    }
    sections
}

/// Before is the last reading up to the first day of the project, or the first one there is; after is the last one.
fn change(project: &Project, id: &str, known: Option<&Known>, today: NaiveDate) -> Change {
    let metric = project.metrics.iter().find(|metric| metric.name == id);
    let mut readings: Vec<_> = metric
        .into_iter()
        .flat_map(|metric| &metric.readings)
        .filter(|one| one.on <= today)
        .collect();
    readings.sort_by_key(|one| one.on);
    let before = readings
        .iter()
        .rfind(|one| one.on <= project.start)
        .or(readings.first());
    let after = readings.last();
    let unit = metric
        .map(|metric| metric.unit.as_str())
        .or(known.map(|known| known.unit))
        .unwrap_or_default();
    let up = metric
        .map(|metric| metric.up_is_good)
        .or(known.map(|known| known.up_is_good))
        .unwrap_or(true);
    let told =
        |one: &crate::project::Reading| [one.value.normalize().to_string(), one.on.to_string()];
    let both = before
        .zip(after)
        .filter(|(before, after)| before.on < after.on);
    let (difference, verdict) = match both {
        None => (None, None),
        Some((before, after)) => {
            let by = after.value - before.value;
            let percent = (!before.value.is_zero()).then(|| {
                let percent = rounded(by * Decimal::ONE_HUNDRED / before.value.abs(), 1);
                format!(
                    " ({}{percent} %)",
                    if by > Decimal::ZERO { "+" } else { "" }
                )
            });
            let sign = if by > Decimal::ZERO { "+" } else { "" };
            let verdict = match (by.is_zero(), (by > Decimal::ZERO) == up) {
                (true, _) => "same",
                (_, true) => "better",
                (_, false) => "worse",
            };
            (
                Some(format!(
                    "{sign}{}{}",
                    by.normalize(),
                    percent.unwrap_or_default()
                )),
                Some(verdict.to_owned()),
            )
        }
    };
    Change {
        metric: id.to_owned(),
        title: known.map_or(id, |known| known.title).to_owned(),
        unit: unit.to_owned(),
        before: both.map(|(before, _)| told(before)),
        after: after.map(|one| told(one)),
        change: difference,
        verdict,
        source: match (after, known) {
            (Some(_), _) if both.is_none() => {
                "there is only one reading: nothing to compare it with".to_owned()
            }
            (Some(after), _) => after.source.clone(),
            (None, Some(known)) => how(known),
            (None, None) => "not measured: it has no readings yet".to_owned(),
        },
    }
}

/// From what was decided, what held up, what took longer, and what was written down as a lesson.
fn lessons(project: &Project) -> Vec<String> {
    let mut out = Vec::new();
    let noted = project.log.iter().filter_map(|entry| {
        let what = entry.what.trim();
        let lesson = what
            .get(..7)
            .is_some_and(|head| head.eq_ignore_ascii_case("lesson:"));
        lesson.then(|| what.get(7..).unwrap_or_default().trim().to_owned())
    });
    out.extend(noted);
    for task in &project.tasks {
        if let Some(took) = took(task).filter(|took| *took > task.days[2]) {
            out.push(format!(
                "{} took {took} working days; {} were the worst that was thought of",
                task.title, task.days[2]
            ));
        }
    }
    for blocker in &project.blockers {
        if let Some(ended) = blocker.ended {
            let days = working_days(blocker.since, ended);
            let how = blocker
                .mitigation
                .as_ref()
                .map(|how| format!("; what helped: {how}"));
            out.push(format!(
                "{} held `{}` up for {days} working days{}",
                blocker.what,
                blocker.task,
                how.unwrap_or_default()
            ));
        }
    }
    for decision in &project.decisions {
        if let (Some(decided), Some(reason)) = (&decision.decided, &decision.reason) {
            out.push(format!(
                "{}: {decided}, because {reason}",
                decision.question
            ));
        }
    }
    let again = project
        .log
        .iter()
        .filter(|entry| entry.what.starts_with("open again"));
    out.extend(again.map(|entry| {
        format!(
            "{} on {}: {}",
            entry.task.as_deref().unwrap_or("a task"),
            entry.on,
            entry.what
        )
    }));
    out
}

/// Whether a standard is one of a cloud that these runs looked at, or of none.
fn is_of(standard: &str, runs: &[&Run]) -> bool {
    let of = standard
        .split('-')
        .find(|part| matches!(*part, "aws" | "azure" | "gcp"));
    let mut accounts = runs.iter().flat_map(|run| &run.report.run.accounts);
    of.is_none_or(|cloud| accounts.any(|account| account.provider == cloud))
}

fn recommendations(project: &Project, after: Option<&Run>, library: &Library) -> Vec<String> {
    let mut out = Vec::new();
    let mut rules: Vec<(&report::Finding, u64)> = Vec::new();
    for finding in after
        .into_iter()
        .flat_map(|run| &run.report.findings)
        .filter(|one| one.state == "open")
    {
        match rules
            .iter_mut()
            .find(|(first, _)| first.rule == finding.rule)
        {
            Some((_, count)) => *count += 1,
            None => rules.push((finding, 1)),
        }
    }
    let left = rules.len().saturating_sub(MOST);
    for (first, count) in rules.into_iter().take(MOST) {
        let noun = if count == 1 { "finding" } else { "findings" };
        out.push(format!(
            "{} ({count} open {noun}, {}): `orch rule explain {}`",
            first.title, first.severity, first.rule
        ));
    }
    if left > 0 {
        out.push(format!(
            "{left} more rules have open findings: `orch audit` lists them"
        ));
    }
    for task in &project.tasks {
        if task.state == State::Dropped {
            out.push(format!("Given up and still to do: {}", task.title));
        }
    }
    let open: Vec<&Task> = project
        .tasks
        .iter()
        .filter(|task| matches!(task.state, State::Pending | State::Started))
        .collect();
    let named = open.iter().take(MOST);
    out.extend(named.map(|task| format!("Not done yet: {}", task.title)));
    if open.len() > MOST {
        let more = open.len() - MOST;
        let noun = if more == 1 { "task is" } else { "tasks are" };
        out.push(format!(
            "{more} more {noun} not done yet: `orch project status` lists them"
        ));
    }
    let pattern = project
        .pattern
        .as_ref()
        .and_then(|id| library.patterns.get(id));
    out.extend(
        pattern
            .into_iter()
            .flat_map(|pattern| &pattern.long_term)
            .map(|one| format!("In the long run: {one}")),
    );
    out
}
