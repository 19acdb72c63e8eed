//! How well changes are found: recall by kind, and false alarms for a thousand days.
//!
//! A change is found when an anomaly is *detected* on one of the days allowed to its kind, counted from its first
//! day. An anomaly that was detected before and still goes on does not count, nor does a spike for a rise. Every
//! other anomaly is a false alarm: on series without change on any day, on the others on the days before the
//! change. What is raised on a changed series after its change and is not the one that found it is counted for
//! itself, with the days after the change.

use std::collections::BTreeMap;

use orch_cost::anomaly::{Anomaly, AnomalyKind, AnomalyParams, anomalies};

use rust_decimal::prelude::ToPrimitive;

use crate::generator::{ChangeKind, DAYS, Synthetic};

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Recall {
    pub(crate) changes: usize,
    pub(crate) found: usize,
    /// Of those found, how many have the right kind at the end of the series.
    pub(crate) named: usize,
    /// And how many the right first day, give or take one (three for a rise).
    pub(crate) dated: usize,
}

impl Recall {
    pub(crate) fn share(self) -> f64 {
        self.found as f64 / self.changes as f64
    }

    fn add(self, other: Self) -> Self {
        Self {
            changes: self.changes + other.changes,
            found: self.found + other.found,
            named: self.named + other.named,
            dated: self.dated + other.dated,
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    pub(crate) recall: BTreeMap<ChangeKind, Recall>,
    /// Days on which an alarm is false, and the alarms on them.
    pub(crate) quiet_days: usize,
    pub(crate) false_alarms: usize,
    /// Days from the change on, and the anomalies there beyond the one that found it.
    pub(crate) later_days: usize,
    pub(crate) later_alarms: usize,
}

impl Figures {
    pub(crate) fn overall(&self) -> Recall {
        self.recall
            .values()
            .fold(Recall::default(), |sum, one| sum.add(*one))
    }

    /// False alarms in a thousand days.
    pub(crate) fn false_rate(&self) -> f64 {
        self.false_alarms as f64 * 1_000.0 / self.quiet_days as f64
    }

    pub(crate) fn later_rate(&self) -> f64 {
        self.later_alarms as f64 * 1_000.0 / self.later_days.max(1) as f64
    }
}

pub(crate) fn evaluate(all: &[Synthetic], params: &AnomalyParams) -> Figures {
    let mut figures = Figures::default();
    for one in all {
        let found = anomalies(std::slice::from_ref(&one.series), params).found;
        add(&mut figures, one, &found, params.least_days);
    }
    figures
}

fn add(figures: &mut Figures, one: &Synthetic, found: &[Anomaly], least_days: usize) {
    let place = |anomaly: &Anomaly| one.series.index(anomaly.detected).expect("a day of it");
    let days = one.series.values.len();
    let Some(change) = one.change else {
        figures.quiet_days += days - least_days;
        figures.false_alarms += found.len();
        return;
    };
    let before = found
        .iter()
        .filter(|anomaly| place(anomaly) < change.first)
        .count();
    figures.quiet_days += change.first - least_days;
    figures.false_alarms += before;
    let deadline = change.first + change.kind.found_within();
    let hit = found.iter().find(|anomaly| {
        (change.first..deadline).contains(&place(anomaly))
            && (change.kind != ChangeKind::Rise || anomaly.kind != AnomalyKind::Spike)
    });
    figures.later_days += days - change.first;
    figures.later_alarms += found.len() - before - usize::from(hit.is_some());
    let recall = figures.recall.entry(change.kind).or_default();
    recall.changes += 1;
    if let Some(hit) = hit {
        recall.found += 1;
        let right = match change.kind {
            ChangeKind::Spike => AnomalyKind::Spike,
            ChangeKind::Step => AnomalyKind::Step,
            ChangeKind::Rise => AnomalyKind::Rise,
        };
        recall.named += usize::from(hit.kind == right);
        let said = one.series.index(hit.first_day).expect("a day of it");
        let slack = if change.kind == ChangeKind::Rise {
            3
        } else {
            1
        };
        recall.dated += usize::from(said.abs_diff(change.first) <= slack);
    }
}

/// Share of one-day spikes that a judge finds who knows what each day would have cost without noise, and σ, and
/// alarms on one quiet day in a thousand: the most that any detector can find of them at that rate. Its test is
/// the likelihood ratio of a rise by 40 % against none.
pub(crate) fn best_possible(all: &[Synthetic], spikes: &[Synthetic]) -> f64 {
    let mut quiet: Vec<f64> = all
        .iter()
        .flat_map(|one| {
            let until = one.change.map_or(DAYS, |change| change.first);
            (AnomalyParams::default().least_days..until).map(|day| evidence(one, day))
        })
        .collect();
    quiet.sort_unstable_by(|a, b| b.total_cmp(a));
    let threshold = quiet[quiet.len() / 1_000];
    let found: Vec<bool> = spikes
        .iter()
        .filter_map(|one| {
            one.change
                .filter(|change| change.kind == ChangeKind::Spike)
                .map(|change| evidence(one, change.first) > threshold)
        })
        .collect();
    found.iter().filter(|found| **found).count() as f64 / found.len() as f64
}

fn evidence(one: &Synthetic, day: usize) -> f64 {
    let bill = one.series.values[day].to_f64().expect("finite");
    let fee = one.fees[day];
    let variance = one.sigma * one.sigma;
    let residual = ((bill - fee) / (one.usual[day] - fee)).ln() + variance / 2.0;
    let size = 1.4_f64.ln();
    (size * residual - size * size / 2.0) / variance
}
