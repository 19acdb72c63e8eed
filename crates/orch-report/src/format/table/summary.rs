//! What stands below the list: billing, totals, coverage, what is not known, notes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::paint::Paint;
use super::{count, grouped};
use crate::format::View;
use crate::v1::{Billing, Reason};
use crate::{Report, next_step, visible};

/// How many reasons and gaps are spelt out.
const LINES_AT_MOST: usize = 12;
/// Wider lines are hard to follow.
const WIDEST: usize = 140;
const INDENT: &str = "  ";
const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

pub(super) fn billing(
    report: &Report,
    view: &View,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    for bill in &report.billing {
        let head = format!(
            "Billing, {} to {}, {}",
            bill.from,
            bill.to,
            visible(&bill.currency)
        );
        writeln!(out, "{}", paint.bold(&head))?;
        let mut table = columns(view);
        for row in billing_rows(bill) {
            table.add_row(row);
        }
        align_right(&mut table, 1);
        lines(&table, out)?;
        writeln!(out)?;
    }
    Ok(())
}

fn billing_rows(bill: &Billing) -> Vec<Vec<String>> {
    let mut rows = vec![vec![
        "Total".to_owned(),
        grouped(&bill.total),
        "everything billed in the period: usage, tax, credits".to_owned(),
    ]];
    let days = count(bill.closed_days, "closed day");
    if bill.closed_days > 0 {
        let base = format!("in {days}; the lines below rest on it");
        rows.push(vec!["Usage".to_owned(), grouped(&bill.closed_usage), base]);
    }
    if let Some(average) = &bill.daily_average {
        let over = format!("that usage over {days}");
        rows.push(vec!["Daily average".to_owned(), grouped(average), over]);
    }
    if let Some(trend) = &bill.trend_7d_percent {
        let sign = if trend.starts_with('-') { "" } else { "+" };
        let against = "last 7 closed days against that average".to_owned();
        rows.push(vec![
            "7-day trend".to_owned(),
            format!("{sign}{} %", grouped(trend)),
            against,
        ]);
    }
    for service in &bill.services {
        let part = service
            .percent
            .as_deref()
            .map(|percent| format!("{percent} % of that usage"));
        rows.push(vec![
            visible(&service.service).into_owned(),
            grouped(&service.cost),
            part.unwrap_or_default(),
        ]);
    }
    rows
}

pub(super) fn totals(
    report: &Report,
    view: &View,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let totals = &report.totals;
    writeln!(out, "{}", paint.bold("Totals"))?;
    let mut table = columns(view);
    let severities: Vec<String> = SEVERITIES
        .iter()
        .filter_map(|name| {
            let number = totals
                .by_severity
                .get(*name)
                .copied()
                .filter(|number| *number > 0)?;
            Some(format!("{number} {name}"))
        })
        .collect();
    let mut findings = count(totals.findings, "finding");
    if !severities.is_empty() {
        findings.push_str(&format!(": {}", severities.join(", ")));
    }
    if totals.waived > 0 {
        findings.push_str(&format!("; {} more waived", totals.waived));
    }
    table.add_row(["Findings", &findings]);
    let categories: Vec<String> = totals
        .by_category
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(name, number)| format!("{name} {number}"))
        .collect();
    if !categories.is_empty() {
        table.add_row(["By category", &categories.join(", ")]);
    }
    for savings in &totals.savings {
        let mut text = format!(
            "{} {} a month in {}",
            grouped(&savings.monthly),
            visible(&savings.currency),
            count(savings.findings, "finding")
        );
        if savings.includes_derived {
            text.push_str(", derived prices included");
        } else if savings.derived_monthly != "0.00" {
            text.push_str(&format!(
                "; {} more with derived prices (--derived-prices)",
                grouped(&savings.derived_monthly)
            ));
        }
        table.add_row(["Savings", &text]);
    }
    if totals.savings_unknown > 0 {
        let text = format!(
            "savings not known for {}",
            count(totals.savings_unknown, "finding")
        );
        table.add_row(["Not priced", &text]);
    }
    let mut calls = count(report.api.calls, "call");
    if report.api.calls > 0 {
        calls.push_str(&format!(
            ", {} failed, charged {} {}",
            report.api.failed, report.api.charge.amount, report.api.charge.currency
        ));
        table.add_row(["API", &calls]);
    }
    lines(&table, out)?;
    writeln!(out)
}

pub(super) fn coverage(
    report: &Report,
    view: &View,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let coverage = &report.coverage;
    let summary = visible(&coverage.summary);
    let head = if coverage.complete {
        paint.bold("Coverage")
    } else {
        paint.warn("Coverage")
    };
    writeln!(out, "{head}")?;
    let mut sentence = columns(view);
    sentence.add_row([summary]);
    lines(&sentence, out)?;
    // One line for each cause, so that a refused call in 18 regions does not fill the screen.
    let mut groups: BTreeMap<(bool, &str, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    let mut left_out: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for gap in &coverage.gaps {
        let region = gap.scope.rsplit(':').next().unwrap_or(&gap.scope);
        if gap.state == "excluded" {
            let (collectors, regions) = left_out.entry(&gap.detail).or_default();
            collectors.insert(&gap.collector);
            regions.insert(region);
        } else {
            let key = (
                gap.state == "partial",
                &*gap.collector,
                &*gap.cause,
                &*gap.detail,
            );
            groups.entry(key).or_default().insert(region);
        }
    }
    let mut table = columns(view);
    for ((partial, collector, cause, detail), regions) in groups.iter().take(LINES_AT_MOST) {
        let state = if *partial { "read in part" } else { "not read" };
        let detail = if detail.is_empty() {
            String::new()
        } else {
            format!(" ({detail})")
        };
        let text = format!("{state} in {}: {cause}{detail}", joined(regions));
        table.add_row([visible(collector).into_owned(), visible(&text).into_owned()]);
    }
    for (option, (collectors, regions)) in &left_out {
        let text = format!(
            "{} in {}",
            count(collectors.len() as u64, "collector"),
            if regions.len() > 4 {
                count(regions.len() as u64, "region")
            } else {
                joined(regions)
            },
        );
        table.add_row([
            visible(option).into_owned(),
            format!("left out: {}", visible(&text)),
        ]);
    }
    lines(&table, out)?;
    if groups.len() > LINES_AT_MOST {
        let more = count((groups.len() - LINES_AT_MOST) as u64, "more gap");
        writeln!(out, "  and {more}; --format json lists them all")?;
    }
    writeln!(out)
}

/// Unknown and unassessed by reason, with the next step.
pub(super) fn not_known(
    report: &Report,
    view: &View,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let unassessed = report
        .unassessed
        .iter()
        .map(|un| (un.rule.clone(), vec![un.reason.clone()]));
    let answers = report
        .unknown
        .iter()
        .map(|unknown| (unknown.rule, unknown.reasons))
        .chain(unassessed);
    let mut rules: BTreeSet<String> = BTreeSet::new();
    let mut number = 0_u64;
    for (rule, reasons) in answers {
        number += 1;
        let titles: BTreeMap<String, &Reason> = reasons
            .iter()
            .map(|reason| (title(reason), reason))
            .collect();
        for (title, reason) in titles {
            let group = groups.entry(title).or_insert_with(|| Group::of(reason));
            group.answers += 1;
            group.rules.insert(rule.clone());
            if let Some(scope) = &reason.scope {
                let region = scope.rsplit(':').next().unwrap_or(scope);
                group.regions.insert(region.to_owned());
            }
        }
        rules.insert(rule);
    }
    if number == 0 {
        return Ok(());
    }
    let head = format!(
        "Not known: {} of {}",
        count(number, "answer"),
        count(rules.len() as u64, "rule")
    );
    writeln!(out, "{}", paint.warn(&head))?;
    let mut groups: Vec<(String, Group)> = groups.into_iter().collect();
    groups.sort_by(|a, b| b.1.answers.cmp(&a.1.answers).then_with(|| a.0.cmp(&b.0)));
    let mut table = columns(view);
    for (title, group) in groups.iter().take(LINES_AT_MOST) {
        let mut text = title.clone();
        if !group.regions.is_empty() {
            text.push_str(&format!(" in {}", joined(&group.regions)));
        }
        text.push_str(&format!(" ({})", count(group.rules.len() as u64, "rule")));
        let step = next_step(&group.cause, &group.provider);
        let step = step.map(|step| format!("\n→ {step}")).unwrap_or_default();
        table.add_row([
            group.answers.to_string(),
            format!("{}{step}", visible(&text)),
        ]);
    }
    align_right(&mut table, 0);
    lines(&table, out)?;
    if groups.len() > LINES_AT_MOST {
        let more = count((groups.len() - LINES_AT_MOST) as u64, "more reason");
        writeln!(out, "  and {more}; --format json lists them all")?;
    }
    writeln!(out)
}

struct Group {
    cause: String,
    provider: String,
    answers: u64,
    rules: BTreeSet<String>,
    regions: BTreeSet<String>,
}

impl Group {
    fn of(reason: &Reason) -> Self {
        let provider = reason
            .scope
            .as_deref()
            .and_then(|scope| scope.split(':').next());
        Self {
            cause: reason.cause.clone(),
            provider: provider.unwrap_or("aws").to_owned(),
            answers: 0,
            rules: BTreeSet::new(),
            regions: BTreeSet::new(),
        }
    }
}

/// What reasons of one line have in common: everything but the place.
fn title(reason: &Reason) -> String {
    match (reason.cause.as_str(), &reason.collector) {
        ("untold", _) => format!("{}: {}", reason.what, reason.detail),
        ("excluded", _) => format!("{} left out by {}", reason.what, reason.detail),
        (cause, Some(collector)) if reason.detail.is_empty() => format!("{cause}: {collector}"),
        (cause, Some(collector)) => format!("{cause}: {collector}, {}", reason.detail),
        (cause, None) => format!("{cause}: {} {}", reason.what, reason.detail)
            .trim_end()
            .to_owned(),
    }
}

/// Faults and waivers that need attention.
pub(super) fn notes(
    report: &Report,
    view: &View,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut table = columns(view);
    for fault in report.faults.iter().take(LINES_AT_MOST) {
        let text = format!("failed on {}: {}", fault.resource, fault.message);
        table.add_row([
            format!("rule {}", visible(&fault.rule)),
            visible(&text).into_owned(),
        ]);
    }
    for waiver in &report.waivers {
        let text = match waiver.state.as_str() {
            "expired" => format!("of {} expired on {}", waiver.owner, waiver.until),
            "expiring" => format!("of {} ends on {}", waiver.owner, waiver.until),
            "unmatched" => format!("of {} matches no finding", waiver.owner),
            _ => continue,
        };
        let target = format!("waiver {}", waiver.target);
        table.add_row([visible(&target).into_owned(), visible(&text).into_owned()]);
    }
    if table.row_count() > 0 {
        writeln!(out, "{}", paint.warn("Notes"))?;
        lines(&table, out)?;
        if report.faults.len() > LINES_AT_MOST {
            let more = count((report.faults.len() - LINES_AT_MOST) as u64, "more fault");
            writeln!(out, "  and {more}; --format json lists them all")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn joined(words: &BTreeSet<impl AsRef<str>>) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    words.join(", ")
}

/// A table without lines, as wide as is comfortable.
fn columns(view: &View) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    // Two columns are the indent, and the table's own first blank is taken off.
    let width = view.width.min(WIDEST).saturating_sub(INDENT.len()) + 1;
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table
}

fn align_right(table: &mut Table, place: usize) {
    if let Some(column) = table.column_mut(place) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn lines(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    for line in table.lines().filter(|_| table.row_count() > 0) {
        let line = line.trim_end();
        writeln!(out, "{INDENT}{}", line.strip_prefix(' ').unwrap_or(line))?;
    }
    Ok(())
}
