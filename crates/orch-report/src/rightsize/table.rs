//! The report of right-sizing for people: what to change with its arithmetic, then the rest in short.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::beside;
use super::v1::{Candidate, Recommendation, Report};
use crate::format::grouped;
use crate::{grid, visible};

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn table(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    head(report, width, out)?;
    for one in report
        .recommendations
        .iter()
        .filter(|one| !one.candidates.is_empty())
    {
        change(one, report, width, out)?;
    }
    stays(
        report,
        "short",
        "Needs more than the profile lets it take",
        width,
        out,
    )?;
    stays(report, "fits", "Fits where it is", width, out)?;
    beside::disks(report, width, out)?;
    beside::databases(report, width, out)?;
    rest(report, width, out)
}

fn head(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let profile = &report.profile;
    let network = match &profile.network_limit {
        Some(limit) => format!(", traffic at most {limit} % of its network"),
        None => String::new(),
    };
    let limits = format!(
        "{}: {} of processor use at most {} % of the new type, memory at its peak at most {} %{network}; {} day{} back",
        profile.title,
        profile.cpu_percentile,
        profile.cpu_limit,
        profile.memory_limit,
        profile.lookback_days,
        if profile.lookback_days == 1 { "" } else { "s" }
    );
    let totals = &report.totals;
    let count = |verdict| totals.verdicts.get(verdict).copied().unwrap_or_default();
    let sums = format!(
        "{} USD a month to save at list prices, {} more at derived ones (~): machines {}, disks {}, database servers {}",
        grouped(&totals.saving),
        grouped(&totals.derived),
        grouped(&totals.machines),
        grouped(&totals.disks),
        grouped(&totals.databases),
    );
    let counts = format!(
        "Machines: {} can be cheaper ({} of them idle and in no sum, {} with a saving that is not known), {} fit, {} are short; {} machines, disks and servers are not judged",
        count("cheaper"),
        totals.idle,
        totals.saving_not_known,
        count("fits"),
        count("short"),
        report.not_judged.len()
    );
    let risk = "Risk that a type is too small, by the part of the time in which the work would be above these limits: very low up to 0.5 %, low 1 %, medium 5 %";
    let source = format!("Source: {}", profile.source);
    let mut lines = vec![limits, source, risk.to_owned(), sums, counts];
    if let (Some(effective), Some(rest)) = (&totals.effective, &totals.not_in_bill) {
        let machines = totals.effective_machines;
        lines.push(format!(
            "Against what the bill says is really paid: {} USD a month of machines, for the {machines} that it names; {} more at list prices for the others",
            grouped(effective),
            grouped(rest),
        ));
    }
    lines.push(match &report.bill {
        Some(bill) => visible(bill).into_owned(),
        None => "What is really paid after commitments is not known: --focus reads it from a bill that names resources"
            .to_owned(),
    });
    let lines: Vec<Vec<String>> = lines.into_iter().map(|line| vec![line]).collect();
    grid(&lines, &[], &[], width, out)
}

fn change(
    one: &Recommendation,
    report: &Report,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let now = &one.now;
    let chosen = one
        .candidates
        .first()
        .map_or("", |first| &first.instance_type);
    let group = match &one.group {
        Some(_) => format!(" · group of {}", one.instances),
        None => String::new(),
    };
    let paid = one.effective_saving.as_ref();
    let saving = match (&one.saving, paid.filter(|paid| !paid.starts_with('-'))) {
        (Some(saving), Some(paid)) => format!(
            "saves {} USD a month of what is paid, {} at list prices",
            grouped(paid),
            grouped(saving)
        ),
        (Some(saving), None) => format!("saves {} USD a month at list prices", grouped(saving)),
        (None, _) => "saving not known".to_owned(),
    };
    let title = format!(
        "{}{group} · {} · {} → {chosen} · {saving}",
        visible(&one.name),
        one.region,
        visible(&now.instance_type),
    );
    writeln!(out)?;
    grid(&[vec![title]], &[], &[], width, out)?;
    if !one.idle_by.is_empty() {
        let text = format!(
            "idle by {}: delete it rather than make it smaller; not in the sum",
            one.idle_by.join(", ")
        );
        indented(&[vec![text]], &[], width, out)?;
    }
    let mut lines = vec![
        vec!["now".to_owned(), price(one)],
        vec!["used".to_owned(), processors(one)],
        vec!["".to_owned(), memory_and_network(one, report)],
        vec!["need".to_owned(), need(one, report)],
    ];
    if let (Some(monthly), Some(saving)) = (&one.effective_monthly, &one.effective_saving) {
        let text = match saving.starts_with('-') {
            true => format!(
                "{} USD a month after commitments: less than the new type at list price, so that it is not in the sum until they end",
                grouped(monthly)
            ),
            false => format!(
                "{} USD a month after commitments; against that {} saved with the new type at list price",
                grouped(monthly),
                grouped(saving)
            ),
        };
        lines.push(vec!["paid".to_owned(), text]);
    }
    let notes = one.remark.iter().chain(&one.notes).chain(&one.gaps);
    lines.extend(notes.map(|note| vec!["note".to_owned(), note.clone()]));
    indented(&lines, &[], width, out)?;
    let of_bill = one
        .candidates
        .iter()
        .any(|one| one.effective_monthly.is_some());
    let linux = now.price_not_known.is_some();
    let mut rows = vec![
        [
            "type",
            "effort",
            "vCPU",
            "GiB",
            "need %",
            "P95 %",
            "P99 %",
            "peak %",
            "h above",
            "risk",
            if linux { "as Linux" } else { "USD/month" },
            "saves",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.extend(one.candidates.iter().map(row));
    if of_bill {
        let paid = one
            .candidates
            .iter()
            .map(|one| one.effective_monthly.as_deref());
        let cells = std::iter::once("committed".to_owned())
            .chain(paid.map(|paid| grouped(paid.unwrap_or("?"))));
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
    let right = [2, 3, 4, 5, 6, 7, 8, 10, 11, 12];
    columns(&rows, &[1, 5, 7, 8], &right, width, out)?;
    if of_bill {
        let text =
            "committed: a month, if commitments paid for that type as they pay for the present one";
        indented(&[vec![text.to_owned()]], &[], width, out)?;
    }
    let back = one.candidates.iter().filter(|one| one.older_generation);
    let back: Vec<&str> = back.map(|one| one.instance_type.as_str()).collect();
    if !back.is_empty() {
        let text = format!(
            "{}: of the generation before, whose processors are taken to do a fifth less",
            back.join(", ")
        );
        indented(&[vec![text]], &[], width, out)?;
    }
    let refused: Vec<String> = one
        .refused
        .iter()
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    let text = format!(
        "{} fit; cheaper but not taken: {}",
        one.fitting,
        refused.join(", ")
    );
    indented(&[vec![text]], &[], width, out)
}

fn price(one: &Recommendation) -> String {
    let now = &one.now;
    let licence = match &now.price_not_known {
        Some(why) => format!("; {why}"),
        None => String::new(),
    };
    let of = match now.price_not_known.is_some() {
        true => "at the list price of Linux",
        false => "at list price",
    };
    format!(
        "{} vCPU, {} GiB, {}{} USD a month {of} ({}){licence}",
        now.vcpu,
        known(now.memory_gib.as_deref()),
        tilde(now.derived),
        grouped(&now.monthly),
        now.as_of
    )
}

fn processors(one: &Recommendation) -> String {
    let used = &one.used;
    let figures: Vec<String> = ["mean", "p50", "p90", "p95", "p99", "p99.5", "max", "peak"]
        .into_iter()
        .filter_map(|name| Some(format!("{name} {}", used.cpu.get(name)?)))
        .collect();
    format!(
        "processor %: {}; {} points of {} s, {} days",
        figures.join("  "),
        used.points,
        used.step_s,
        used.days
    )
}

fn memory_and_network(one: &Recommendation, report: &Report) -> String {
    let used = &one.used;
    let memory = match (&used.memory_peak, used.memory_assumed) {
        (Some(peak), false) => format!("memory: peak {peak} %"),
        (Some(peak), true) => format!("memory: peak assumed to be {peak} %"),
        (None, _) => "memory: not measured, so never less than now".to_owned(),
    };
    let network = match (&used.received_mbps, &used.sent_mbps) {
        (Some(received), Some(sent)) => format!(
            "network: {} of {received} Mbit/s received, {sent} sent",
            report.profile.cpu_percentile
        ),
        _ if report.profile.network_limit.is_some() => {
            "network: not known, so never less than now".to_owned()
        }
        _ => "network: not measured".to_owned(),
    };
    format!("{memory}; {network}")
}

fn need(one: &Recommendation, report: &Report) -> String {
    let percentile = report.profile.cpu_percentile.to_lowercase();
    let share = one.used.cpu.get(&percentile).map_or("", String::as_str);
    let memory = match &one.need.memory_gib {
        Some(memory) => format!(", {memory} GiB"),
        None => String::new(),
    };
    format!(
        "{share} % × {} = {} vCPU{memory}",
        one.now.vcpu, one.need.vcpu
    )
}

fn row(one: &Candidate) -> Vec<String> {
    vec![
        one.instance_type.clone(),
        one.effort.clone(),
        one.vcpu.to_string(),
        one.memory_gib.clone(),
        one.projected_need.clone(),
        one.projected_p95.clone(),
        one.projected_p99.clone(),
        known(one.projected_peak.as_deref()),
        known(one.hours_above.as_deref()),
        one.risk.clone(),
        format!("{}{}", tilde(one.derived), grouped(&one.monthly)),
        one.saving
            .as_deref()
            .map_or_else(|| "?".to_owned(), grouped),
    ]
}

/// Those that stay what they are, one line each.
fn stays(
    report: &Report,
    verdict: &str,
    title: &str,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let of = report
        .recommendations
        .iter()
        .filter(|one| one.verdict == verdict);
    let percentile = report.profile.cpu_percentile.to_lowercase();
    let mut rows = Vec::new();
    for one in of {
        let mut name = visible(&one.name).into_owned();
        if !one.idle_by.is_empty() {
            name.push_str(" (idle)");
        }
        let measured: u64 = one
            .refused
            .iter()
            .filter(|(why, _)| why.contains("not measured") || why.contains("not known"))
            .map(|(_, count)| count)
            .sum();
        rows.push(vec![
            name,
            one.region.clone(),
            one.now.instance_type.clone(),
            one.used.cpu.get(&percentile).cloned().unwrap_or_default(),
            one.need.vcpu.clone(),
            format!("{}{}", tilde(one.now.derived), grouped(&one.now.monthly)),
            measured.to_string(),
        ]);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let heads = [
        "name",
        "region",
        "type",
        &format!("{} %", report.profile.cpu_percentile),
        "need vCPU",
        "USD/month",
        "open",
    ];
    rows.insert(0, heads.map(str::to_owned).to_vec());
    let title =
        format!("{title} (open: cheaper types that something not measured or not known kept off)");
    writeln!(out)?;
    grid(&[vec![title]], &[], &[], width, out)?;
    columns(&rows, &[1, 4], &[3, 4, 5, 6], width, out)
}

/// What could not be read, once each, with how many it touches.
fn gaps(report: &Report) -> Vec<Vec<String>> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let of = report.recommendations.iter();
    for gap in of.flat_map(|one| &one.gaps) {
        *counts.entry(gap).or_default() += 1;
    }
    let rows = counts.into_iter();
    rows.map(|(gap, count)| vec![count.to_string(), gap.to_owned()])
        .collect()
}

fn rest(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let noted = report
        .recommendations
        .iter()
        .filter(|one| one.candidates.is_empty());
    let notes: Vec<Vec<String>> = noted
        .flat_map(|one| {
            one.notes
                .iter()
                .map(|note| vec![visible(&one.name).into_owned(), note.clone()])
        })
        .collect();
    if !notes.is_empty() {
        writeln!(out, "\nTo know")?;
        indented(&notes, &[], width, out)?;
    }
    let gaps = gaps(report);
    if !gaps.is_empty() {
        writeln!(out, "\nNot read, so that the answer may be another")?;
        indented(&gaps, &[0], width, out)?;
    }
    if !report.not_judged.is_empty() {
        writeln!(out, "\nNot judged")?;
        let rows = report.not_judged.iter();
        let rows: Vec<Vec<String>> = rows
            .map(|one| {
                vec![
                    visible(&one.name).into_owned(),
                    one.region.clone(),
                    one.why.join("; "),
                ]
            })
            .collect();
        indented(&rows, &[], width, out)?;
    }
    if !report.not_read.is_empty() {
        writeln!(out, "\nNot completely read")?;
        let rows = report.not_read.iter();
        let rows: Vec<Vec<String>> = rows
            .map(|one| vec![one.scope.clone(), one.why.join("; ")])
            .collect();
        indented(&rows, &[], width, out)?;
    }
    if !report.catalogue.is_empty() {
        writeln!(out, "\nFigures from the catalogue, as of")?;
        let rows = report.catalogue.iter();
        let rows: Vec<Vec<String>> = rows
            .map(|one| vec![one.as_of.clone(), one.provider.clone(), one.what.clone()])
            .collect();
        indented(&rows, &[], width, out)?;
    }
    Ok(())
}

pub(super) fn tilde(derived: bool) -> &'static str {
    if derived { "~" } else { "" }
}

fn known(text: Option<&str>) -> String {
    text.unwrap_or("?").to_owned()
}

/// Below this width the less needed columns of a table are left out: JSON has them.
const NARROW: usize = 100;

/// A table without its less needed columns where there is little room.
pub(super) fn columns(
    rows: &[Vec<String>],
    needless: &[usize],
    right: &[usize],
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let narrow = width < NARROW;
    let kept = |place: &usize| !(narrow && needless.contains(place));
    let most = rows.iter().map(Vec::len).max().unwrap_or_default();
    let places: Vec<usize> = (0..most).filter(kept).collect();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            places
                .iter()
                .filter_map(|place| row.get(*place).cloned())
                .collect()
        })
        .collect();
    let right: Vec<usize> = places
        .iter()
        .enumerate()
        .filter(|(_, place)| right.contains(place))
        .map(|(at, _)| at)
        .collect();
    indented(&rows, &right, width, out)
}

pub(super) fn indented(
    rows: &[Vec<String>],
    right: &[usize],
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut text = Vec::new();
    // The first column names the row; a line of text is all there is to wrap.
    let whole: &[usize] = if rows.iter().all(|row| row.len() == 1) {
        &[]
    } else {
        &[0]
    };
    grid(rows, right, whole, width.saturating_sub(2), &mut text)?;
    for line in String::from_utf8_lossy(&text).lines() {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}
