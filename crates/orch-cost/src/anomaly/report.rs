//! What is told of a change: when, how much, since when, and what it has cost so far.

use std::cmp::Reverse;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::AnomalyParams;
use super::follow::{Change, ChangeState, SPIKE_DAYS, follow};
use crate::daily::{Curve, DailySeries, SeriesKey, is_boundary, money};

/// Excess in percent from which a change is more than minor: what Huawei's Cost Center calls critical.
const MAJOR_PERCENT: u32 = 50;
/// Impact from which a change is more than minor: the amount at which AWS Cost Anomaly Detection mails.
const MAJOR_IMPACT: u32 = 100;

/// What became of the series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Anomalies {
    /// What was found, the largest impact first; ties by key and day.
    pub found: Vec<Anomaly>,
    /// The series that were too short, in order of their keys.
    pub not_judged: Vec<NotJudged>,
}

/// A series with too few days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJudged {
    /// The series.
    pub key: SeriesKey,
    /// The days it has.
    pub days: usize,
    /// The days that would be enough to judge the last one.
    pub needed: usize,
}

impl std::fmt::Display for NotJudged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not enough days: {} of {}", self.days, self.needed)
    }
}

/// How a bill changed. Only what costs more is reported; falls are followed, so that coming back is no rise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnomalyKind {
    /// Up to three days. What was found on the last day is a spike until it lasts longer.
    Spike,
    /// At once, and it stayed.
    Step,
    /// Over five days or more.
    Rise,
}

impl AnomalyKind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Step => "step",
            Self::Rise => "rise",
        }
    }
}

/// Whether it still costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnomalyState {
    /// The last day still belongs to it.
    Ongoing,
    /// The bill is what it was before.
    Over,
    /// It lasted, and its level is now the usual one: `impact` ends there.
    Settled,
}

/// How much it matters: minor, major with 50 % or an impact of 100, critical with both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnomalySeverity {
    /// Less than 50 % and less than 100.
    Minor,
    /// One of the two.
    Major,
    /// Both.
    Critical,
}

/// One day of an anomaly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedDay {
    /// The day.
    pub day: NaiveDate,
    /// What was to be expected of this weekday and day of the month.
    pub expected: Decimal,
    /// What it cost.
    pub actual: Decimal,
}

/// One change of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomaly {
    /// The series.
    pub key: SeriesKey,
    /// How it changed.
    pub kind: AnomalyKind,
    /// The first day of the change.
    pub first_day: NaiveDate,
    /// The last day that belongs to it.
    pub last_day: NaiveDate,
    /// The day whose amount gave it away.
    pub detected: NaiveDate,
    /// Whether it goes on.
    pub state: AnomalyState,
    /// Mean of what was expected a day.
    pub expected_per_day: Decimal,
    /// Mean of what a day cost.
    pub actual_per_day: Decimal,
    /// Sum of actual less expected over `days`, exact.
    pub impact: Decimal,
    /// The impact in percent of what was expected; none where nothing was.
    pub percent: Option<Decimal>,
    /// Standard deviations, by median and MAD, of the days it was found by above what was expected.
    pub score: f64,
    /// How much it matters.
    pub severity: AnomalySeverity,
    /// Each day from the first to the last.
    pub days: Vec<JudgedDay>,
}

/// Finds what costs more than it used to. Each day is judged by the days before it alone, so the detections up to
/// a day are the same however much comes after it; kind, first day and figures of a detection grow with the days.
pub fn anomalies(series: &[DailySeries], params: &AnomalyParams) -> Anomalies {
    let mut answer = Anomalies::default();
    for one in series {
        if let Some(short) = too_short(one, params) {
            answer.not_judged.push(short);
            continue;
        }
        // What never costs as much as the floor cannot rise by it.
        if !exceeds(one, params.absolute_floor) {
            continue;
        }
        let curve = Curve::new(one, params.absolute_floor);
        answer.found.extend(
            follow(&curve, params)
                .changes
                .iter()
                .filter(|change| change.upward)
                .map(|change| told(one, change)),
        );
    }
    answer.found.sort_by(|a, b| {
        (Reverse(a.impact), &a.key, a.first_day).cmp(&(Reverse(b.impact), &b.key, b.first_day))
    });
    answer.not_judged.sort_by(|a, b| a.key.cmp(&b.key));
    answer
}

/// Whether even the last day has too little before it. First and last days of months, when fees come, say nothing
/// on what is usual and do not count.
fn too_short(series: &DailySeries, params: &AnomalyParams) -> Option<NotJudged> {
    let days = series.values.len();
    let beside = (0..days.saturating_sub(1))
        .filter(|index| is_boundary(series.day(*index)))
        .count();
    let needed = params.least_days + beside + 1;
    (days < needed).then(|| NotJudged {
        key: series.key.clone(),
        days,
        needed,
    })
}

/// Whether the values reach from the smallest to the largest as far as the floor.
fn exceeds(series: &DailySeries, floor: Decimal) -> bool {
    let least = series.values.iter().min();
    let most = series.values.iter().max();
    match (least, most) {
        (Some(least), Some(most)) => *most - *least >= floor,
        _ => false,
    }
}

fn told(series: &DailySeries, change: &Change) -> Anomaly {
    let days: Vec<JudgedDay> = (change.first..=change.last)
        .map(|index| JudgedDay {
            day: series.day(index),
            expected: money(change.expected[index - change.shown_from]),
            actual: series.values[index],
        })
        .collect();
    let expected: Decimal = days.iter().map(|day| day.expected).sum();
    let actual: Decimal = days.iter().map(|day| day.actual).sum();
    let count = Decimal::from(days.len());
    let impact = actual - expected;
    let percent = (expected > Decimal::ZERO).then(|| impact * Decimal::ONE_HUNDRED / expected);
    Anomaly {
        key: series.key.clone(),
        kind: kind(change),
        first_day: series.day(change.first),
        last_day: series.day(change.last),
        detected: series.day(change.told),
        state: match change.state {
            ChangeState::Ongoing => AnomalyState::Ongoing,
            ChangeState::Over => AnomalyState::Over,
            ChangeState::Settled => AnomalyState::Settled,
        },
        expected_per_day: expected / count,
        actual_per_day: actual / count,
        impact,
        percent,
        score: change.score,
        severity: severity(percent, impact),
        days,
    }
}

fn kind(change: &Change) -> AnomalyKind {
    if change.last - change.first < SPIKE_DAYS {
        return AnomalyKind::Spike;
    }
    match change.shape {
        Some(shape) if shape.over > 1 => AnomalyKind::Rise,
        _ => AnomalyKind::Step,
    }
}

fn severity(percent: Option<Decimal>, impact: Decimal) -> AnomalySeverity {
    let steep = percent.is_none_or(|percent| percent >= Decimal::from(MAJOR_PERCENT));
    let dear = impact >= Decimal::from(MAJOR_IMPACT);
    match (steep, dear) {
        (true, true) => AnomalySeverity::Critical,
        (false, false) => AnomalySeverity::Minor,
        _ => AnomalySeverity::Major,
    }
}
