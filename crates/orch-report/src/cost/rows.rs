//! The lines of a bill, the same for a terminal and for Markdown.

use orch_cost::forecast::contradicted;

use super::commitment_rows;
use super::v1::{Anomaly, Bill, Budget, CostAnalysis, Costs, Forecast, Groups, Share, Source};
use crate::visible;

/// One table of a bill.
pub(super) struct Section {
    pub(super) title: String,
    /// What stands above the columns; nothing for lines that explain themselves.
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Columns of numbers.
    pub(super) right: Vec<usize>,
}

/// Columns of the widest bar.
const BAR: usize = 30;

/// Everything a bill says, in order.
pub(super) fn sections(analysis: &CostAnalysis, top: usize) -> Vec<Section> {
    let mut sections = Vec::new();
    for bill in &analysis.bills {
        sections.push(overview(analysis, bill));
        let of = format!(
            "usage of {} closed day{}",
            bill.closed_days,
            if bill.closed_days == 1 { "" } else { "s" }
        );
        for (title, shares) in [
            ("Services", &bill.services),
            ("Regions", &bill.regions),
            ("Accounts", &bill.accounts),
        ] {
            if !shares.is_empty() {
                let title = format!("{title}, {of}");
                sections.push(table_of(&title, shares, &bill.currency, top));
            }
        }
        if !bill.by_day.is_empty() {
            sections.push(days(bill));
        }
    }
    if !analysis.anomalies.is_empty() {
        sections.push(anomalies(&analysis.anomalies, top));
    }
    if let Some(groups) = &analysis.groups {
        sections.push(grouped_by(groups, top));
    }
    if !analysis.conversions.is_empty() {
        sections.push(commitment_rows::conversions(&analysis.conversions));
    }
    if let Some(commitments) = &analysis.commitments {
        sections.extend(commitment_rows::sections(commitments, top));
    }
    if !analysis.budgets.is_empty() {
        sections.push(budgets(&analysis.budgets));
    }
    sections.push(sources(&analysis.sources));
    sections
}

fn overview(analysis: &CostAnalysis, bill: &Bill) -> Section {
    let mut rows = Vec::new();
    let mut say = |name: &str, amount: String, about: String| {
        rows.push(vec![name.to_owned(), amount, about]);
    };
    let (from, to) = match (bill.by_day.first(), bill.by_day.last()) {
        (Some(first), Some(last)) => (&first.day, &last.day),
        _ => (&analysis.from, &analysis.to),
    };
    let effective = analysis.basis == "effective";
    let of_basis = |costs: &Costs| {
        let exact = if effective {
            &costs.effective
        } else {
            &costs.billed
        };
        cents(exact.as_deref().unwrap_or("0"))
    };
    say(
        "Total",
        of_basis(&bill.total),
        beside(&bill.total, effective),
    );
    for part in &bill.parts {
        let (name, about) = match part.part.as_str() {
            "usage" => ("Usage", "services, after discounts of their price"),
            "unused-commitment" => ("Unused commitment", "paid for and not used, amortised"),
            "support" => ("Support", "support plans"),
            "commitment" => ("Commitments", "payments for reservations and plans"),
            "purchase" => ("Purchases", "marketplace and others"),
            "tax" => ("Tax", ""),
            "credit" => ("Credits", "promotions and agreements that pay for usage"),
            _ => (
                "Refunds",
                "refunds, roundings and corrections of former invoices",
            ),
        };
        let mut about = about.to_owned();
        // The invoice has it in the payments for commitments.
        if part.part == "unused-commitment" && !effective {
            let unused = part.costs.effective.as_deref().unwrap_or("0");
            about = format!("{} effective: {about}", cents(unused));
        }
        say(name, of_basis(&part.costs), about);
    }
    let days = format!(
        "over {} closed day{} ({} of usage)",
        bill.closed_days,
        if bill.closed_days == 1 { "" } else { "s" },
        grouped(&bill.closed_usage)
    );
    match &bill.daily_average {
        Some(average) => say("Daily average", grouped(average), days),
        None => say(
            "Daily average",
            "–".into(),
            "no day of it is closed yet".into(),
        ),
    }
    match &bill.trend_7d_percent {
        Some(trend) => {
            let sign = if trend.starts_with('-') { "" } else { "+" };
            let against = "last 7 closed days against that average".to_owned();
            say(
                "7-day trend",
                format!("{sign}{} %", grouped(trend)),
                against,
            );
        }
        None => say("7-day trend", "–".into(), "it takes 8 closed days".into()),
    }
    if let Some(month) = &bill.month {
        let until = match &month.closed_until {
            Some(day) => format!("charged so far, complete until {day}"),
            None => "charged so far, no day of it is closed yet".into(),
        };
        say(
            &format!("Month {}", month.month),
            grouped(&month.to_date),
            until,
        );
        match (&month.forecast, &month.no_forecast) {
            (Some(end), _) => {
                let about = at_end(end);
                say("At its end", grouped(&end.expected), about);
            }
            (None, Some(why)) => say("At its end", "–".into(), why.clone()),
            (None, None) => {}
        }
    }
    match &bill.untagged {
        Some(untagged) => {
            let part = percent(
                untagged.percent.as_deref(),
                "of that usage has no tag at all",
            );
            say("Untagged", grouped(&untagged.cost), part);
        }
        None => say("Untagged", "–".into(), "no source tells of tags".into()),
    }
    if bill.estimated {
        say(
            "Estimate",
            String::new(),
            "a provider still calls some of it an estimate".into(),
        );
    }
    if (from, to) != (&analysis.from, &analysis.to) {
        say(
            "Asked for",
            String::new(),
            format!(
                "{} to {}; the source has no charges of the other days",
                analysis.from, analysis.to
            ),
        );
    }
    Section {
        title: format!(
            "Bill, {} to {}, {}, {}",
            from,
            to,
            visible(&bill.currency),
            if effective {
                "effective cost"
            } else {
                "billed cost"
            }
        ),
        head: Vec::new(),
        rows,
        right: vec![1],
    }
}

/// The other sums of the total.
fn beside(costs: &Costs, effective: bool) -> String {
    let other = match effective {
        true => costs
            .billed
            .as_ref()
            .map(|exact| format!("{} billed", cents(exact))),
        false => costs
            .effective
            .as_ref()
            .map(|exact| format!("{} effective (amortised)", cents(exact))),
    };
    let list = costs
        .list
        .as_ref()
        .map(|exact| format!("{} at list prices", cents(exact)));
    let parts: Vec<String> = [other, list].into_iter().flatten().collect();
    match parts.is_empty() {
        true => "everything charged: usage, tax, credits".into(),
        false => parts.join("; "),
    }
}

fn table_of(title: &str, shares: &[Share], currency: &str, top: usize) -> Section {
    let mut rows: Vec<Vec<String>> = shares
        .iter()
        .take(top)
        .map(|share| {
            vec![
                name(share.name.as_deref()),
                grouped(&share.cost),
                percent(share.percent.as_deref(), ""),
            ]
        })
        .collect();
    if shares.len() > top {
        rows.push(vec![format!("and {} more", shares.len() - top)]);
    }
    Section {
        title: title.to_owned(),
        head: vec![
            title.to_owned(),
            visible(currency).into_owned(),
            "share".into(),
        ],
        rows,
        right: vec![1, 2],
    }
}

fn days(bill: &Bill) -> Section {
    let value = |day: &super::v1::Day| day.usage.parse::<f64>().unwrap_or_default().max(0.0);
    let most = bill.by_day.iter().map(value).fold(0.0, f64::max);
    let rows = bill.by_day.iter().map(|day| {
        let share = if most > 0.0 { value(day) / most } else { 0.0 };
        let bar = "█".repeat((share * BAR as f64).round() as usize);
        let open = if day.closed { "" } else { " still filling up" };
        vec![
            day.day.clone(),
            grouped(&day.usage),
            grouped(&day.total),
            format!("{bar}{open}"),
        ]
    });
    Section {
        title: "Days".into(),
        head: ["Day", "usage", "everything", ""].map(str::to_owned).into(),
        rows: rows.collect(),
        right: vec![1, 2],
    }
}

/// The bounds of a month, and how far they can be relied on: how often the same forecast held before.
fn at_end(end: &Forecast) -> String {
    let bounds = format!("{} to {}", grouped(&end.low_80), grouped(&end.high_80));
    let claim = format!("{bounds} in 80 of 100 cases, if it goes on as it did");
    let Some(tried) = &end.tried else {
        return format!("{claim}; too few days to try it on earlier ones");
    };
    let held = format!("{} of {} earlier forecasts", tried.held_80, tried.forecasts);
    let missed = match &tried.error_percent {
        Some(error) => format!("which missed a day by {error} %"),
        None => "on days without cost".to_owned(),
    };
    let days = tried.days;
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    if contradicted(count(tried.forecasts), count(tried.held_80)) {
        return format!(
            "perhaps {bounds}: such bounds held in only {held} of {days} days, {missed}"
        );
    }
    format!("{claim}; held in {held} of {days} days, {missed}")
}

/// What became of an anomaly, and until when its impact is counted.
fn state(anomaly: &Anomaly) -> String {
    let next = anomaly.last_day.parse().ok();
    let next = next.and_then(|last: chrono::NaiveDate| last.succ_opt());
    match (anomaly.state.as_str(), next) {
        ("settled", Some(next)) => format!(
            "settled (impact until {}, taken as the usual level since {next})",
            anomaly.last_day
        ),
        ("over", _) if anomaly.first_day != anomaly.last_day => {
            format!("over (impact until {})", anomaly.last_day)
        }
        (other, _) => other.to_owned(),
    }
}

fn anomalies(anomalies: &[Anomaly], top: usize) -> Section {
    let mut rows = Vec::new();
    for anomaly in anomalies.iter().take(top) {
        let place = match &anomaly.region {
            Some(region) => format!("{} in {}", visible(&anomaly.service), visible(region)),
            None => visible(&anomaly.service).into_owned(),
        };
        let more = match &anomaly.percent {
            Some(percent) => format!("{} % more", grouped(percent)),
            None => "new".to_owned(),
        };
        let days = match anomaly.first_day == anomaly.last_day {
            true => format!("{} on {}", anomaly.kind, anomaly.first_day),
            false => format!("{} since {}", anomaly.kind, anomaly.first_day),
        };
        rows.push(vec![
            place,
            format!("+{}", grouped(&anomaly.impact)),
            format!(
                "{days}, {}, {}: {} a day instead of {}, {more}; account {}",
                state(anomaly),
                anomaly.severity,
                grouped(&anomaly.actual_per_day),
                grouped(&anomaly.expected_per_day),
                visible(&anomaly.account)
            ),
        ]);
        for part in &anomaly.contributors {
            rows.push(vec![
                format!("  {}", visible(&part.resource)),
                format!("+{}", grouped(&part.difference)),
                format!(
                    "{} instead of {}",
                    grouped(&part.actual),
                    grouped(&part.before)
                ),
            ]);
        }
    }
    if anomalies.len() > top {
        rows.push(vec![format!("and {} more (--top)", anomalies.len() - top)]);
    }
    if !anomalies.is_empty() && anomalies.iter().all(|one| one.contributors.is_empty()) {
        let which = "Which resources made them is told by a bill in files that names resources: --focus BILL --group-by resource";
        rows.push(vec![String::new(), String::new(), which.to_owned()]);
    }
    Section {
        title: "Anomalies".into(),
        head: ["Anomaly", "impact", ""].map(str::to_owned).into(),
        rows,
        right: vec![1],
    }
}

fn grouped_by(groups: &Groups, top: usize) -> Section {
    let width = groups.by.len();
    let mut head: Vec<String> = groups
        .by
        .iter()
        .map(|by| visible(by).into_owned())
        .collect();
    head.extend(["billed", "effective", "currency", "share"].map(str::to_owned));
    let mut rows: Vec<Vec<String>> = groups
        .groups
        .iter()
        .take(top)
        .map(|group| {
            let mut row: Vec<String> = group
                .values
                .iter()
                .map(|value| name(value.as_deref()))
                .collect();
            let amount = |exact: &Option<String>| exact.as_deref().map_or("–".to_owned(), cents);
            row.push(amount(&group.costs.billed));
            row.push(amount(&group.costs.effective));
            row.push(visible(&group.currency).into_owned());
            row.push(percent(group.percent.as_deref(), ""));
            row
        })
        .collect();
    if groups.groups.len() > top {
        let more = groups.groups.len() - top;
        rows.push(vec![format!("and {more} more (--top)")]);
    }
    Section {
        title: format!("By {}", visible(&groups.by.join(", "))),
        head,
        rows,
        right: vec![width, width + 1, width + 3],
    }
}

fn budgets(budgets: &[Budget]) -> Section {
    let rows = budgets.iter().map(|budget| {
        if let Some(why) = &budget.not_known {
            let name = visible(&budget.name).into_owned();
            let of = format!(
                "of {} {}",
                grouped(&budget.amount),
                visible(&budget.currency)
            );
            let why = format!("not known: {why}");
            return vec![name, budget.month.clone(), "–".into(), of, "–".into(), why];
        }
        let reached = match budget.reached.is_empty() {
            true => "below its thresholds".to_owned(),
            false => format!("reached {} %", budget.reached.join(", ")),
        };
        vec![
            visible(&budget.name).into_owned(),
            budget.month.clone(),
            grouped(&budget.spent),
            format!(
                "of {} {}",
                grouped(&budget.amount),
                visible(&budget.currency)
            ),
            format!("{} %", budget.percent),
            reached,
        ]
    });
    Section {
        title: "Budgets".into(),
        head: ["Budget", "month", "spent", "", "", ""]
            .map(str::to_owned)
            .into(),
        rows: rows.collect(),
        right: vec![2, 4],
    }
}

fn sources(sources: &[Source]) -> Section {
    let mut rows = Vec::new();
    for source in sources {
        let what = match &source.gap {
            Some(gap) => format!("not read, or not all of it: {}", visible(gap)),
            None => format!(
                "{}, {} row{}",
                visible(&source.format),
                source.rows,
                if source.rows == 1 { "" } else { "s" }
            ),
        };
        rows.push(vec![visible(&source.name).into_owned(), what]);
        for (of, verb) in [
            (&source.malformed, "not counted"),
            (&source.lacking, "counted without it"),
        ] {
            for malformed in of {
                let lines = match malformed.lines.is_empty() {
                    true => String::new(),
                    false => format!(", on line {}", shortened(&malformed.lines)),
                };
                let what = format!(
                    "{} row{} {verb}: {}{lines}",
                    malformed.rows,
                    if malformed.rows == 1 { "" } else { "s" },
                    visible(&malformed.reason),
                );
                rows.push(vec![String::new(), what]);
            }
        }
    }
    Section {
        title: "Read from".into(),
        head: Vec::new(),
        rows,
        right: Vec::new(),
    }
}

/// The first of many lines; JSON has them all.
fn shortened(lines: &str) -> String {
    const SHOWN: usize = 8;
    let mut parts = lines.split(", ");
    let shown: Vec<&str> = parts.by_ref().take(SHOWN).collect();
    let more = parts.count();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more places", shown.join(", ")),
    }
}

pub(super) fn name(name: Option<&str>) -> String {
    name.filter(|name| !name.trim().is_empty())
        .map_or_else(|| "(none)".to_owned(), |name| visible(name).into_owned())
}

fn percent(percent: Option<&str>, of: &str) -> String {
    percent.map_or_else(String::new, |percent| {
        format!("{percent} % {of}").trim_end().to_owned()
    })
}

/// An exact amount to the cent.
pub(super) fn cents(exact: &str) -> String {
    let Ok(amount) = exact.parse::<rust_decimal::Decimal>() else {
        return exact.to_owned();
    };
    grouped(&crate::billing::to_cents(amount))
}

pub(super) fn grouped(amount: &str) -> String {
    crate::format::grouped(amount)
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
