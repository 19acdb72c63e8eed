//! What is said of commitments and conversions, the same for a terminal and for Markdown.

use super::rows::{Section, cents, grouped, name};
use super::v1_commitments::{Advice, Commitments, Conversion, Coverage, Lowest, Pool, Utilisation};
use crate::visible;

/// What comes before what.
const ORDER: &str = orch_cost::commitment::ORDER;

/// Everything that is said of commitments, in order.
pub(super) fn sections(of: &Commitments, top: usize) -> Vec<Section> {
    let mut sections = vec![overview(of)];
    if !of.usage.is_empty() {
        sections.push(usage(of, top));
    }
    if !of.held.is_empty() {
        sections.push(held(of, top));
    }
    if !of.advice.is_empty() {
        sections.push(advice(&of.advice, top));
    }
    if !of.refused.is_empty() || !of.left_out.is_empty() {
        sections.push(not_yet(of, top));
    }
    sections
}

/// Each rate with what it made of the charges.
pub(super) fn conversions(of: &[Conversion]) -> Section {
    let sum = |exact: &Option<String>| exact.as_deref().map_or("–".to_owned(), cents);
    let rows = of.iter().map(|one| {
        let costs = |costs: &super::v1::Costs| match &costs.billed {
            Some(_) => sum(&costs.billed),
            None => sum(&costs.effective),
        };
        vec![
            format!("{} to {}", one.first_day, one.last_day),
            format!("{} {}", costs(&one.before), visible(&one.from)),
            format!("{} {}", costs(&one.after), visible(&one.to)),
            format!("at {} of {}, {}", one.rate, one.date, visible(&one.source)),
        ]
    });
    Section {
        title: "Converted".into(),
        head: ["Days", "charged", "converted", ""]
            .map(str::to_owned)
            .into(),
        rows: rows.collect(),
        right: vec![1, 2],
    }
}

/// `2026-11-01T05:00:00Z` as people read it.
fn hour(text: &str) -> String {
    match text.split_once('T') {
        Some((day, time)) => format!("{day} {} UTC", time.get(..5).unwrap_or(time)),
        None => text.to_owned(),
    }
}

fn at_worst(of: Option<&Lowest>) -> String {
    of.map_or_else(String::new, |lowest| {
        format!("; least {} % at {}", lowest.percent, hour(&lowest.hour))
    })
}

fn percent(of: Option<&String>) -> String {
    of.map_or_else(|| "not known".to_owned(), |percent| format!("{percent} %"))
}

fn covered(of: &Coverage) -> String {
    let mut text = format!(
        "{} covered and {} on demand at list prices, {} hours{}",
        grouped(&of.covered),
        grouped(&of.on_demand),
        of.hours,
        at_worst(of.lowest.as_ref())
    );
    if of.unpriced_rows > 0 {
        text.push_str(&format!(
            "; {} covered rows have no list price",
            of.unpriced_rows
        ));
    }
    text
}

fn used(of: &Utilisation) -> String {
    match &of.unknown {
        Some(why) => why.clone(),
        None => format!(
            "{} used and {} not{}",
            grouped(&of.used),
            grouped(&of.unused),
            at_worst(of.lowest.as_ref())
        ),
    }
}

fn overview(of: &Commitments) -> Section {
    let mut rows = Vec::new();
    for one in &of.providers {
        let whose = format!("{}, {}", visible(&one.provider), visible(&one.currency));
        rows.push(vec![
            format!("{whose}: coverage"),
            percent(one.coverage.percent.as_ref()),
            covered(&one.coverage),
        ]);
        rows.push(vec![
            format!("{whose}: utilisation"),
            percent(one.utilisation.percent.as_ref()),
            used(&one.utilisation),
        ]);
    }
    for one in &of.unknown {
        rows.push(vec![
            format!("{}, {}", visible(&one.provider), visible(&one.currency)),
            "not known".to_owned(),
            format!(
                "{} row{} of {} in the whole bill {}: {}",
                one.rows,
                if one.rows == 1 { "" } else { "s" },
                grouped(&one.cost),
                one.why,
                one.enable
            ),
        ]);
    }
    if rows.is_empty() {
        rows.push(vec![
            "Nothing".to_owned(),
            String::new(),
            "no usage that a commitment covers or could cover".to_owned(),
        ]);
    }
    Section {
        title: format!("Commitments, {} to {}", hour(&of.from), hour(&of.until)),
        head: Vec::new(),
        rows,
        right: vec![1],
    }
}

fn place(account: &str, region: Option<&str>, family: &str) -> String {
    format!(
        "{} in {}, account {}",
        visible(family),
        name(region),
        visible(account)
    )
}

fn more(rows: &mut Vec<Vec<String>>, all: usize, top: usize) {
    if all > top {
        rows.push(vec![format!("and {} more (--top)", all - top)]);
    }
}

fn usage(of: &Commitments, top: usize) -> Section {
    let mut rows: Vec<Vec<String>> = of
        .usage
        .iter()
        .take(top)
        .map(|one| {
            vec![
                place(&one.account, one.region.as_deref(), &one.family),
                grouped(&one.coverage.on_demand),
                percent(one.coverage.percent.as_ref()),
                covered(&one.coverage),
            ]
        })
        .collect();
    more(&mut rows, of.usage.len(), top);
    Section {
        title: "Usage that commitments cover or could cover".into(),
        head: ["Usage", "on demand", "covered", ""]
            .map(str::to_owned)
            .into(),
        rows,
        right: vec![1, 2],
    }
}

fn held(of: &Commitments, top: usize) -> Section {
    let mut rows: Vec<Vec<String>> = of
        .held
        .iter()
        .take(top)
        .map(|one| {
            let kind = one.kind.as_deref().map(visible).unwrap_or_default();
            vec![
                format!("{} {kind}", visible(&one.id)).trim_end().to_owned(),
                grouped(&one.utilisation.unused),
                percent(one.utilisation.percent.as_ref()),
                used(&one.utilisation),
            ]
        })
        .collect();
    more(&mut rows, of.held.len(), top);
    Section {
        title: "Commitments held".into(),
        head: ["Commitment", "unused", "used", ""]
            .map(str::to_owned)
            .into(),
        rows,
        right: vec![1, 2],
    }
}

fn pool(of: &Pool) -> String {
    let what = match (&of.family, &of.region) {
        (Some(family), region) => format!("{} in {}", visible(family), name(region.as_deref())),
        (None, _) => format!("all {}", of.group),
    };
    format!("{what}, billing account {}", visible(&of.billing_account))
}

fn advice(of: &[Advice], top: usize) -> Section {
    let mut rows = Vec::new();
    for one in of.iter().take(top) {
        let currency = visible(&one.pool.currency);
        rows.push(vec![
            format!("{}: {}", one.offer, pool(&one.pool)),
            grouped(&one.best.monthly_saving),
            format!(
                "commit {} {currency} an hour, at {} % off ({})",
                one.best.commitment_hourly, one.discount_percent, one.discount_from
            ),
        ]);
        let about = |text: String| vec![String::new(), String::new(), text];
        rows.push(about(format!(
            "used {}, covering {}; on demand the {} hours cost {} each, {} to {}; with it {}",
            percent(one.best.utilisation_percent.as_ref()),
            percent(one.best.coverage_percent.as_ref()),
            one.hours,
            one.on_demand_hourly,
            one.on_demand_least,
            one.on_demand_most,
            one.best.hourly
        )));
        let mut terms = format!("break-even at {} % used", one.break_even_percent);
        if let (Some(months), Some(last)) = (one.months, &one.must_last_months) {
            terms.push_str(&format!(
                "; over {months} months no loss if the usage lasts {last} months"
            ));
        }
        if let Some(upfront) = &one.upfront {
            terms.push_str(&format!(
                "; {} paid at once ({} %)",
                grouped(upfront),
                one.upfront_percent
            ));
            match &one.payback_months {
                Some(months) => terms.push_str(&format!(", back after {months} months")),
                None => terms.push_str(", which never comes back"),
            }
        }
        rows.push(about(terms));
        for point in one.curve.iter().filter(|point| point.of_best_percent < 100) {
            rows.push(vec![
                format!("  {} % of it", point.of_best_percent),
                grouped(&point.monthly_saving),
                format!(
                    "commit {} an hour: used {}, covering {}",
                    point.commitment_hourly,
                    percent(point.utilisation_percent.as_ref()),
                    percent(point.coverage_percent.as_ref())
                ),
            ]);
        }
    }
    more(&mut rows, of.len(), top);
    Section {
        title: "Commitments that would have saved money; on the same usage only one of them".into(),
        head: ["Commitment", "a month", ""].map(str::to_owned).into(),
        rows,
        right: vec![1],
    }
}

fn not_yet(of: &Commitments, top: usize) -> Section {
    let mut rows: Vec<Vec<String>> = of
        .left_out
        .iter()
        .take(top)
        .map(|one| {
            vec![
                place(&one.account, one.region.as_deref(), &one.family),
                one.hourly.clone(),
                visible(&one.why).into_owned(),
            ]
        })
        .collect();
    more(&mut rows, of.left_out.len(), top);
    let refused = of.refused.iter().map(|one| {
        vec![
            format!("no advice on {}", pool(&one.pool)),
            String::new(),
            visible(&one.why).into_owned(),
        ]
    });
    rows.extend(refused.take(top));
    more(&mut rows, of.refused.len(), top);
    Section {
        title: format!("No commitment yet: {ORDER}"),
        head: ["Usage", "an hour", ""].map(str::to_owned).into(),
        rows,
        right: vec![1],
    }
}
