//! What was measured before the project and after it.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::project::Project;
use crate::results::known::{KNOWN, Known, Section as Of, how, readings_until, shown};
use crate::results::v1::{Change, Section};
use crate::rounding::rounded;

/// Sections of what was measured.
const SECTIONS: &[(Of, &str)] = &[
    (Of::Reliability, "Reliability"),
    (Of::Performance, "Performance"),
    (Of::Efficiency, "Operational efficiency"),
    (Of::Cost, "Cost"),
    (Of::Security, "Security"),
];

pub(super) fn impact(project: &Project, today: NaiveDate) -> Vec<Section> {
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
    let readings = readings_until(project, id, today);
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
        |one: &crate::project::Reading| [shown(known, one.value).to_string(), one.on.to_string()];
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
                    shown(known, by),
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
        after: after.map(told),
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
