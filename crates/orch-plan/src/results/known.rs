//! Which metrics have a place in reports, and what they read on a day.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::project::{Project, Reading, ReadingOf};
use crate::rounding::rounded;
use crate::status::v1::Measured;

/// The part of the completion report that a metric is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Whether services are there.
    Reliability,
    /// How fast they answer.
    Performance,
    /// How the teams work.
    Efficiency,
    /// What it costs.
    Cost,
    /// How safe it is.
    Security,
}

/// A metric that reports ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// Its id, in project files and in files of measurements.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Whether more is better.
    pub up_is_good: bool,
    /// Where it stands in the completion report.
    pub section: Section,
    /// Whether it is one of the four that are computed from deployments and incidents.
    pub dora: bool,
}

impl Known {
    /// Whether it is computed from deployments and incidents.
    fn is_computed(&self) -> bool {
        self.dora || self.id == "deployment-success-rate"
    }
}

const fn known(
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    up_is_good: bool,
    section: Section,
) -> Known {
    Known {
        id,
        title,
        unit,
        up_is_good,
        section,
        dora: false,
    }
}

const fn dora(known: Known) -> Known {
    Known {
        dora: true,
        ..known
    }
}

/// Counted by runs: the one that a project was planned with, and those that it is reconciled with.
const OPEN_FINDINGS: &str = "open-findings";

/// All of them, in the order of the reports.
pub(crate) const KNOWN: &[Known] = &[
    dora(known(
        "deployment-frequency",
        "Deployment frequency",
        "a week",
        true,
        Section::Efficiency,
    )),
    dora(known(
        "lead-time",
        "Lead time",
        "hours",
        false,
        Section::Efficiency,
    )),
    dora(known("mttr", "MTTR", "hours", false, Section::Reliability)),
    dora(known(
        "change-failure-rate",
        "Change failure rate",
        "%",
        false,
        Section::Reliability,
    )),
    known("uptime", "Uptime", "%", true, Section::Reliability),
    known(
        "deployment-success-rate",
        "Deployment success rate",
        "%",
        true,
        Section::Reliability,
    ),
    known(
        "response-time-p95",
        "Response time (p95)",
        "ms",
        false,
        Section::Performance,
    ),
    known(
        "throughput",
        "Throughput",
        "req/s",
        true,
        Section::Performance,
    ),
    known("error-rate", "Error rate", "%", false, Section::Performance),
    known(
        "manual-processes-automated",
        "Manual processes automated",
        "processes",
        true,
        Section::Efficiency,
    ),
    known(
        "time-saved",
        "Time saved",
        "hours a week",
        true,
        Section::Efficiency,
    ),
    known(
        "operational-cost",
        "Operational cost",
        "a month",
        false,
        Section::Cost,
    ),
    known(
        "cost-per-transaction",
        "Cost per transaction",
        "each",
        false,
        Section::Cost,
    ),
    known(
        OPEN_FINDINGS,
        "Open findings",
        "findings",
        false,
        Section::Security,
    ),
    known(
        "security-incidents",
        "Security incidents",
        "a month",
        false,
        Section::Security,
    ),
];

/// Why a measurement cannot be right, where it cannot.
pub(crate) fn implausible(
    project: &Project,
    reading: &ReadingOf,
    today: NaiveDate,
) -> Option<String> {
    let (metric, value) = (&reading.metric, reading.value);
    if reading.on > today {
        return Some(format!("{} is after today, {today}", reading.on));
    }
    if KNOWN.iter().any(|known| known.id == metric) {
        if value.is_sign_negative() && !value.is_zero() {
            return Some(format!("`{metric}` cannot be {value}: it is never below 0"));
        }
        if reading.unit.as_deref() == Some("%") && value > Decimal::ONE_HUNDRED {
            return Some(format!(
                "`{metric}` is a share of 0 to 100 %, so it cannot be {value}"
            ));
        }
    }
    let held = project.metrics.iter().find(|held| held.name == *metric)?;
    let unit = reading.unit.as_ref().filter(|unit| **unit != held.unit)?;
    Some(format!(
        "`{metric}` is measured in {} in this project, not in {unit}",
        held.unit
    ))
}

/// What was typed or imported; the unit and the better direction that it leaves open are those of the project, else those
/// that reports know.
pub fn filled(mut reading: ReadingOf, project: &Project) -> ReadingOf {
    let held = project
        .metrics
        .iter()
        .find(|one| one.name == reading.metric);
    let known = KNOWN.iter().find(|one| one.id == reading.metric);
    let unit = held.map(|one| one.unit.as_str());
    let unit = unit.or_else(|| known.map(|one| one.unit));
    reading.unit = reading.unit.or_else(|| unit.map(str::to_owned));
    let better = held.map(|one| one.up_is_good);
    let better = better.or_else(|| known.map(|one| one.up_is_good));
    reading.up_is_good = reading.up_is_good.or(better);
    reading
}

/// A reading as it is shown: what is computed has two places, what was typed has its own.
pub(crate) fn shown(known: Option<&Known>, value: Decimal) -> Decimal {
    match known.is_some_and(Known::is_computed) {
        true => rounded(value, 2),
        false => value.normalize(),
    }
}

/// How a metric that nobody measured could be.
pub(crate) fn how(known: &Known) -> String {
    if known.id == OPEN_FINDINGS {
        "not measured: `orch project reconcile --run RUN` counts them".to_owned()
    } else if known.is_computed() {
        "not measured: `orch project metric import FILE` computes it from deployments and incidents"
            .to_owned()
    } else {
        format!(
            "not measured: no collector sees it; `orch project metric import FILE` reads `{}`",
            known.id
        )
    }
}

/// The readings of a metric until a day, in order of time. The run that a project was planned with is one of open findings.
pub(crate) fn readings_until(project: &Project, id: &str, today: NaiveDate) -> Vec<Reading> {
    let metric = project.metrics.iter().find(|metric| metric.name == id);
    let mut readings: Vec<Reading> = metric
        .into_iter()
        .flat_map(|metric| metric.readings.iter().cloned())
        .collect();
    let baseline = project
        .baseline
        .as_ref()
        .filter(|one| id == OPEN_FINDINGS && !one.findings.is_empty());
    if let Some(baseline) = baseline
        && let Some(on) = baseline.as_of.get(..10).and_then(|day| day.parse().ok())
        && !readings.iter().any(|one| one.on == on)
    {
        readings.push(Reading {
            on,
            value: baseline.findings.values().sum::<u64>().into(),
            source: baseline.run.clone(),
        });
    }
    readings.retain(|reading| reading.on <= today);
    readings.sort_by_key(|reading| reading.on);
    readings
}

/// The run that the file saw last: that of the last reconciliation, else the one that the project was planned with.
pub fn last_run(project: &Project, today: NaiveDate) -> Option<String> {
    let readings = readings_until(project, OPEN_FINDINGS, today);
    let planned = project.baseline.as_ref().map(|one| one.run.clone());
    readings
        .into_iter()
        .next_back()
        .map(|one| one.source)
        .or(planned)
}

/// What a metric reads on a day.
pub(crate) fn measured(project: &Project, id: &str, today: NaiveDate) -> Measured {
    let known = KNOWN.iter().find(|known| known.id == id);
    let metric = project.metrics.iter().find(|metric| metric.name == id);
    let readings = readings_until(project, id, today);
    let last = readings.last();
    let before = readings
        .len()
        .checked_sub(2)
        .and_then(|at| readings.get(at));
    let unit = metric
        .map(|metric| metric.unit.as_str())
        .or(known.map(|known| known.unit));
    Measured {
        metric: id.to_owned(),
        title: known.map_or(id, |known| known.title).to_owned(),
        unit: unit.unwrap_or_default().to_owned(),
        value: last.map(|reading| shown(known, reading.value).to_string()),
        on: last.map(|reading| reading.on.to_string()),
        before: before.map(|reading| shown(known, reading.value).to_string()),
        target: metric
            .and_then(|metric| metric.target)
            .map(|target| target.normalize().to_string()),
        source: match (last, known) {
            (Some(reading), _) => reading.source.clone(),
            (None, Some(known)) => how(known),
            (None, None) => "not measured: it has no readings yet".to_owned(),
        },
    }
}
