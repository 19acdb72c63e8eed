//! The table for people: the one ranked list, then billing, totals, coverage and what is not known.

use std::io::{self, Write};

use super::View;
use crate::Report;

mod list;
mod paint;
mod rows;
mod summary;
mod text;

pub(crate) use paint::Paint;

pub(super) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint {
        colour: view.colour,
    };
    let findings = rows::listed(report);
    let rows = rows::rows(&findings);
    let rows_for = (rows.len(), findings.len());
    head(report, rows_for, view, paint, out)?;
    list::write(report, &findings, rows, view, paint, out)?;
    summary::billing(report, view, paint, out)?;
    summary::totals(report, view, paint, out)?;
    summary::coverage(report, view, paint, out)?;
    summary::not_known(report, view, paint, out)?;
    summary::notes(report, view, paint, out)
}

fn head(
    report: &Report,
    rows_for: (usize, usize),
    view: &View,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let run = &report.run;
    let accounts: Vec<String> = run
        .accounts
        .iter()
        .map(|account| format!("{} {}", account.provider, crate::visible(&account.account)))
        .collect();
    let regions: usize = run
        .accounts
        .iter()
        .map(|account| account.regions.len())
        .sum();
    let resources: u64 = run.resources.values().sum();
    let as_of = run.as_of.get(..16).unwrap_or(&run.as_of).replace('T', " ");
    let asked: Vec<String> = ["only", "rule", "skip-rule", "tag"]
        .iter()
        .filter_map(|name| {
            Some(format!(
                ", {name} {}",
                crate::visible(run.options.get(*name)?)
            ))
        })
        .collect();
    writeln!(
        out,
        "{}",
        paint.bold(&format!("orch {} · {}", run.version, accounts.join(", ")))
    )?;
    writeln!(
        out,
        "{}",
        paint.dim(&format!(
            "{}, {}, as of {as_of} UTC{}",
            count(regions as u64, "region"),
            count(resources, "resource"),
            asked.concat()
        ))
    )?;
    for line in text::joined(&verdict(report, rows_for), view.width) {
        writeln!(out, "{}", paint.bold(&line))?;
    }
    writeln!(out)
}

/// The report in a line, told how many rows there are for how many findings.
fn verdict(report: &Report, (rows, shown): (usize, usize)) -> Vec<String> {
    let totals = &report.totals;
    let some = |names: &[&str]| -> String {
        let number = |name: &str| totals.by_severity.get(name).copied().unwrap_or(0);
        let some: Vec<String> = names
            .iter()
            .filter(|name| number(name) > 0)
            .map(|name| format!("{} {name}", grouped(&number(name).to_string())))
            .collect();
        some.join(", ")
    };
    let mut parts = vec![some(&["critical", "high"])];
    if parts[0].is_empty() {
        parts[0] = some(&["medium", "low", "info"]);
    }
    for savings in totals
        .savings
        .iter()
        .filter(|savings| savings.monthly != "0.00")
    {
        let currency = crate::visible(&savings.currency);
        parts.push(format!(
            "{} {currency}/month to save",
            grouped(&savings.monthly)
        ));
    }
    let not_known = totals.unknown + totals.unassessed;
    if not_known > 0 {
        parts.push(format!("{} not known", count(not_known, "answer")));
    }
    if rows != shown {
        let (rows, shown) = (count(rows as u64, "row"), count(shown as u64, "finding"));
        parts.push(format!("{rows} for {shown}"));
    }
    parts
}

/// `1 region`, `3 regions`, `12,345 resources`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(&number.to_string()))
}

/// A decimal number with its thousands apart: `12,345.60`.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, rest) = number
        .strip_prefix('-')
        .map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = rest
        .split_once('.')
        .map_or((rest, None), |(a, b)| (a, Some(b)));
    let mut out = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests;
