//! The ranked list: severity, resource, region, what is wrong, monthly saving.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use rust_decimal::Decimal;

use super::paint::Paint;
use super::{count, grouped};
use crate::format::{GroupBy, View};
use crate::v1::{Finding, Report};
use crate::visible;

/// From this many columns on, region and rule have columns of their own.
const WIDE: usize = 150;
/// No wider than this is read comfortably in one line.
const MESSAGE_AT_MOST: usize = 100;
/// How many keys of one row are spelt out.
const KEYS_AT_MOST: usize = 12;
const GAP: usize = 2;

pub(super) fn write(
    report: &Report,
    view: &View,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = rows(report);
    if rows.is_empty() {
        let nothing = if report.hidden.findings > 0 {
            "Nothing to show."
        } else {
            "Nothing found."
        };
        writeln!(out, "{nothing}")?;
    } else {
        let layout = Layout::of(report, &rows, view.width);
        match view.group_by {
            None => layout.table(&rows, paint, out)?,
            Some(by) => {
                for (title, rows) in grouped_rows(rows, by) {
                    let findings: usize = rows.iter().map(|row| row.findings.len()).sum();
                    let head = format!(
                        "{} ({})",
                        visible(&title),
                        count(findings as u64, "finding")
                    );
                    writeln!(out, "{}", paint.bold(&head))?;
                    layout.table(&rows, paint, out)?;
                    writeln!(out)?;
                }
            }
        }
    }
    legend(report, paint, out)?;
    writeln!(out)
}

/// The findings of one rule on one resource, which are shown as one row.
struct Row<'r> {
    findings: Vec<&'r Finding>,
}

impl Row<'_> {
    fn first(&self) -> &Finding {
        self.findings[0]
    }

    /// The message; with several keys the title and the keys.
    fn message(&self) -> String {
        let first = self.first();
        if self.findings.len() == 1 {
            return visible(&first.message).into_owned();
        }
        let mut keys: Vec<&str> = self
            .findings
            .iter()
            .filter_map(|finding| finding.key.as_deref())
            .collect();
        // Ports in the order of numbers, not of their first digits.
        keys.sort_by_key(|key| (key.parse::<u64>().unwrap_or(u64::MAX), *key));
        let mut text = format!(
            "{}: {}",
            first.title,
            keys[..keys.len().min(KEYS_AT_MOST)].join(", ")
        );
        if keys.len() > KEYS_AT_MOST {
            text.push_str(&format!(" and {} more", keys.len() - KEYS_AT_MOST));
        }
        visible(&text).into_owned()
    }

    /// The saving: `12.30`, `~12.30` when a price was derived, `?` when it is not known.
    fn saving(&self, currency: bool) -> String {
        let savings: Vec<_> = self
            .findings
            .iter()
            .filter_map(|finding| finding.saving.as_ref())
            .collect();
        let amount = |text: &str| text.parse::<Decimal>().unwrap_or_default();
        let best = savings
            .iter()
            .filter(|saving| !saving.adds)
            .max_by_key(|s| amount(&s.amount));
        let added: Decimal = savings
            .iter()
            .filter(|saving| saving.adds)
            .map(|saving| amount(&saving.amount))
            .sum();
        let Some(sample) = savings.first() else {
            let unknown = self
                .findings
                .iter()
                .any(|finding| finding.saving_unknown.is_some());
            return if unknown {
                "?".to_owned()
            } else {
                String::new()
            };
        };
        let sum = best.map_or(Decimal::ZERO, |saving| amount(&saving.amount)) + added;
        let derived = if savings.iter().any(|saving| saving.derived) {
            "~"
        } else {
            ""
        };
        let unit = if currency {
            format!(" {}", visible(&sample.currency))
        } else {
            String::new()
        };
        format!("{derived}{}{unit}", grouped(&sum.to_string()))
    }
}

/// One row for each rule and resource, in the order of their first finding; waived findings stay off.
fn rows(report: &Report) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in report
        .findings
        .iter()
        .filter(|finding| finding.state == "open")
    {
        let place = *places
            .entry((&finding.rule, &finding.resource.uid))
            .or_insert_with(|| {
                rows.push(Row {
                    findings: Vec::new(),
                });
                rows.len() - 1
            });
        rows[place].findings.push(finding);
    }
    rows
}

fn grouped_rows(rows: Vec<Row<'_>>, by: GroupBy) -> Vec<(String, Vec<Row<'_>>)> {
    let mut groups: Vec<(String, Vec<Row<'_>>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let finding = row.first();
        let title = match by {
            GroupBy::Severity => finding.severity.clone(),
            GroupBy::Rule => format!("{}: {}", finding.rule, finding.title),
            GroupBy::Resource => identity(finding, " "),
            GroupBy::Region => finding.resource.region.clone(),
            GroupBy::Account => {
                format!("{} {}", finding.resource.provider, finding.resource.account)
            }
            GroupBy::Category => finding.category.clone(),
            GroupBy::Service => {
                let kind = &finding.resource.kind;
                kind.split_once('.')
                    .map_or(kind.as_str(), |(family, _)| family)
                    .to_owned()
            }
        };
        let place = *places.entry(title.clone()).or_insert_with(|| {
            groups.push((title, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    groups
}

/// Name and id of the resource, or one where they are the same.
fn identity(finding: &Finding, between: &str) -> String {
    let resource = &finding.resource;
    let id = resource
        .uid
        .rsplit(['/', ':'])
        .next()
        .unwrap_or(&resource.uid);
    if id == resource.name {
        visible(id).into_owned()
    } else {
        format!("{}{between}{}", visible(&resource.name), visible(id))
    }
}

/// The widths of the columns, the same in every group.
struct Layout {
    wide: bool,
    accounts: bool,
    /// The only currency there is; with several, each amount names its own.
    currency: Option<String>,
    savings: bool,
    widths: Vec<usize>,
}

impl Layout {
    fn of(report: &Report, rows: &[Row<'_>], width: usize) -> Self {
        let currencies: BTreeSet<&str> = report
            .findings
            .iter()
            .filter_map(|finding| {
                finding
                    .saving
                    .as_ref()
                    .map(|saving| saving.currency.as_str())
            })
            .collect();
        let mut layout = Self {
            wide: width >= WIDE,
            accounts: report.run.accounts.len() > 1,
            currency: match currencies.len() {
                1 => currencies
                    .first()
                    .map(|currency| visible(currency).into_owned()),
                _ => None,
            },
            savings: rows.iter().any(|row| !row.saving(false).is_empty()),
            widths: Vec::new(),
        };
        let mut probe = bare();
        probe.set_header(layout.header());
        for row in rows {
            probe.add_row(layout.cells(row));
        }
        let mut widths: Vec<usize> = probe
            .column_max_content_widths()
            .into_iter()
            .map(usize::from)
            .collect();
        let message = if layout.wide { 3 } else { 2 };
        // Ids of AWS are 22 columns at most.
        widths[1] = widths[1].min(if layout.wide { width / 5 } else { 22 });
        let others: usize = widths.iter().sum::<usize>() - widths[message];
        let gaps = GAP * (widths.len() - 1);
        let room = width
            .saturating_sub(others + gaps)
            .clamp(20, MESSAGE_AT_MOST);
        widths[message] = widths[message].min(room);
        layout.widths = widths;
        layout
    }

    fn header(&self) -> Vec<String> {
        let mut header = if self.wide {
            vec!["SEVERITY", "RESOURCE", "REGION", "WHAT IS WRONG", "RULE"]
        } else {
            vec!["SEVERITY", "RESOURCE, REGION", "WHAT IS WRONG, RULE"]
        };
        let saving = format!("{}/MONTH", self.currency.as_deref().unwrap_or("SAVING"));
        if self.savings {
            header.push(&saving);
        }
        header.into_iter().map(str::to_owned).collect()
    }

    fn cells(&self, row: &Row<'_>) -> Vec<String> {
        let finding = row.first();
        let mut region = visible(&finding.resource.region).into_owned();
        if self.accounts {
            region = format!("{}/{region}", visible(&finding.resource.account));
        }
        let rule = visible(&finding.rule);
        let mut cells = if self.wide {
            let name = identity(finding, " ");
            vec![
                finding.severity.clone(),
                name,
                region,
                row.message(),
                rule.into_owned(),
            ]
        } else {
            let name = identity(finding, "\n");
            let message = format!("{}\n{rule}", row.message());
            vec![
                finding.severity.clone(),
                format!("{name}\n{region}"),
                message,
            ]
        };
        if self.savings {
            cells.push(row.saving(self.currency.is_none()));
        }
        cells
    }

    fn table(&self, rows: &[Row<'_>], paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        let mut table = bare();
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::MAX);
        table.set_header(self.header());
        for row in rows {
            table.add_row(self.cells(row));
        }
        let last = self.widths.len() - 1;
        for (place, width) in self.widths.iter().enumerate() {
            let gap = if place == last { 0 } else { GAP };
            if let Some(column) = table.column_mut(place) {
                let width = u16::try_from(width + gap).unwrap_or(u16::MAX);
                column.set_padding((0, if gap == 0 { 0 } else { 2 }));
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
                if self.savings && place == last {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        let mut lines = table.lines();
        if let Some(header) = lines.next() {
            writeln!(out, "{}", paint.dim(header.trim_end()))?;
        }
        for line in lines {
            writeln!(out, "{}", coloured(line.trim_end(), paint))?;
        }
        Ok(())
    }
}

/// A line that begins a row begins with its severity.
fn coloured(line: &str, paint: Paint) -> String {
    let word = line.split(' ').next().unwrap_or_default();
    line.strip_prefix(word).map_or_else(
        || line.to_owned(),
        |rest| {
            format!(
                "{}{rest}",
                if word.is_empty() {
                    String::new()
                } else {
                    paint.severity(word, word)
                }
            )
        },
    )
}

fn bare() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

/// What the marks mean, and what is not shown.
fn legend(report: &Report, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let open = || {
        report
            .findings
            .iter()
            .filter(|finding| finding.state == "open")
    };
    if open().any(|finding| finding.saving.as_ref().is_some_and(|saving| saving.derived)) {
        writeln!(
            out,
            "{}",
            paint.dim("~ rests on a derived price, not on a published one")
        )?;
    }
    if open().any(|finding| finding.saving_unknown.is_some()) {
        writeln!(
            out,
            "{}",
            paint.dim("? a saving that is not known; --format json says why")
        )?;
    }
    if report.hidden.findings > 0 {
        let mut names: Vec<&str> = Vec::new();
        for severity in ["critical", "high", "medium", "low", "info"] {
            if report.hidden.by_severity.contains_key(severity) {
                names.push(severity);
            }
        }
        let lowest = names.last().copied().unwrap_or("info");
        let findings = count(report.hidden.findings, "finding");
        let (number, noun) = findings.split_once(' ').unwrap_or((&findings, "findings"));
        let text = format!(
            "{number} {} {noun} not shown; --severity {lowest} shows them",
            names.join(" and ")
        );
        writeln!(out, "{}", paint.warn(&text))?;
    }
    Ok(())
}
