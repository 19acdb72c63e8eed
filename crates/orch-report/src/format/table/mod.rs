//! The table for people: the one ranked list, then billing, totals, coverage and what is not known.

use std::io::{self, Write};

use super::View;
use crate::v1::Report;

mod list;
mod paint;
mod summary;

use paint::Paint;

pub(super) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint {
        colour: view.colour,
    };
    head(report, paint, out)?;
    list::write(report, view, paint, out)?;
    summary::billing(report, view, paint, out)?;
    summary::totals(report, view, paint, out)?;
    summary::coverage(report, view, paint, out)?;
    summary::not_known(report, view, paint, out)?;
    summary::notes(report, view, paint, out)
}

fn head(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
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
        "{}\n",
        paint.dim(&format!(
            "{}, {}, as of {as_of} UTC{}",
            count(regions as u64, "region"),
            count(resources, "resource"),
            asked.concat()
        ))
    )
}

/// `1 region`, `3 regions`, `12,345 resources`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(&number.to_string()))
}

/// A decimal number with its thousands apart: `12,345.60`.
pub(super) fn grouped(number: &str) -> String {
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
