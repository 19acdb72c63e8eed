//! The ranked list: severity, what is wrong, monthly saving, resource, region, rule.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::count;
use super::paint::Paint;
use super::rows::{Row, grouped_rows, id};
use super::text::{clip, joined, padded, wide, wrap};
use crate::format::{GroupBy, View};
use crate::v1::Finding;
use crate::{Report, visible};

/// From this many columns on, everything has a column of its own.
const WIDE: usize = 160;
/// No wider than this is read comfortably in one line.
const MESSAGE_AT_MOST: usize = 100;
/// Columns that a message gets at the least.
const MESSAGE_AT_LEAST: usize = 10;
/// No cell is taller.
const LINES_AT_MOST: usize = 3;
/// The widest region with its account, and the widest rule id, that stand in columns.
const REGION_AT_MOST: usize = 30;
const RULE_AT_MOST: usize = 40;
const GAP: usize = 2;

pub(super) fn write(
    report: &Report,
    findings: &[Finding],
    rows: Vec<Row<'_>>,
    view: &View,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    if rows.is_empty() {
        let nothing = if report.hidden.findings > 0 {
            "Nothing to show."
        } else {
            "Nothing found."
        };
        writeln!(out, "{nothing}")?;
    } else {
        let layout = Layout::of(report, findings, &rows, view);
        writeln!(out, "{}", paint.dim(&layout.header()))?;
        match view.group_by {
            None => layout.table(&rows, paint, out)?,
            Some(by) => {
                for (title, rows) in grouped_rows(rows, by) {
                    let findings: usize = rows.iter().map(|row| row.findings.len()).sum();
                    let findings = format!(" ({})", count(findings as u64, "finding"));
                    for line in wrap(&visible(&title), view.width, LINES_AT_MOST, &findings) {
                        writeln!(out, "{}", paint.bold(&line))?;
                    }
                    layout.table(&rows, paint, out)?;
                    writeln!(out)?;
                }
            }
        }
    }
    legend(report, findings, paint, out)?;
    writeln!(out)
}

/// One column: what stands above it and how wide it is.
struct Column {
    what: What,
    width: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Severity,
    Resource,
    Region,
    Message,
    Rule,
    Saving,
}

/// The columns, the same in every group.
struct Layout {
    /// Whether resource, region and rule have a line of their own.
    two_lines: bool,
    group_by: Option<GroupBy>,
    accounts: bool,
    /// The only currency there is; with several, each amount names its own.
    currency: Option<String>,
    columns: Vec<Column>,
    /// Columns of the terminal.
    width: usize,
}

impl Layout {
    fn of(report: &Report, findings: &[Finding], rows: &[Row<'_>], view: &View) -> Self {
        let currencies: BTreeSet<&str> = findings
            .iter()
            .filter_map(|finding| Some(finding.saving.as_ref()?.currency.as_str()))
            .collect();
        let accounts = report.run.accounts.len() > 1 && view.group_by != Some(GroupBy::Account);
        let mut layout = Self {
            two_lines: view.width < WIDE,
            group_by: view.group_by,
            accounts,
            currency: match currencies.len() {
                1 => currencies
                    .first()
                    .map(|currency| visible(currency).into_owned()),
                _ => None,
            },
            columns: Vec::new(),
            width: view.width,
        };
        // What the heading of a group names is not said again in its rows.
        let wanted = [
            (What::Severity, true),
            (What::Resource, !layout.two_lines),
            (What::Region, !layout.two_lines),
            (What::Message, true),
            (What::Rule, !layout.two_lines),
            (
                What::Saving,
                rows.iter().any(|row| !row.saving(false).is_empty()),
            ),
        ];
        for (what, wanted) in wanted {
            if !wanted || layout.named_above(what) {
                continue;
            }
            let most = match what {
                What::Resource => view.width / 5,
                What::Region => REGION_AT_MOST,
                What::Rule => RULE_AT_MOST,
                What::Severity | What::Message | What::Saving => usize::MAX,
            };
            let widest = rows
                .iter()
                .map(|row| wide(&layout.content(row, what)))
                .max();
            let width = widest.unwrap_or(0).min(most).max(wide(&layout.title(what)));
            layout.columns.push(Column { what, width });
        }
        let others: usize = layout
            .columns
            .iter()
            .filter(|column| column.what != What::Message)
            .map(|column| column.width + GAP)
            .sum();
        for column in &mut layout.columns {
            if column.what == What::Message {
                column.width = view
                    .width
                    .saturating_sub(others)
                    .clamp(MESSAGE_AT_LEAST, MESSAGE_AT_MOST)
                    .min(column.width);
            }
        }
        layout
    }

    fn named_above(&self, what: What) -> bool {
        match self.group_by {
            Some(GroupBy::Severity) => what == What::Severity,
            Some(GroupBy::Rule) => what == What::Rule,
            Some(GroupBy::Resource) => what == What::Resource,
            // An account above leaves the region to its row.
            Some(GroupBy::Region) => what == What::Region && !self.accounts,
            Some(GroupBy::Account | GroupBy::Category | GroupBy::Service) | None => false,
        }
    }

    fn title(&self, what: What) -> String {
        match what {
            What::Severity => "SEVERITY".to_owned(),
            What::Resource => "RESOURCE".to_owned(),
            What::Region => "REGION".to_owned(),
            What::Message => "WHAT IS WRONG".to_owned(),
            What::Rule => "RULE".to_owned(),
            What::Saving => format!("{}/MONTH", self.currency.as_deref().unwrap_or("SAVING")),
        }
    }

    /// What stands in a column, before it is laid into the column's width.
    fn content(&self, row: &Row<'_>, what: What) -> String {
        let finding = row.first();
        match what {
            What::Severity => finding.severity.clone(),
            What::Resource => match id(finding) {
                Some(id) => format!("{} {}", visible(&finding.resource.name), visible(id)),
                None => visible(&finding.resource.name).into_owned(),
            },
            What::Region => {
                let region = visible(&finding.resource.region);
                if self.accounts {
                    format!("{}/{region}", visible(&finding.resource.account))
                } else {
                    region.into_owned()
                }
            }
            What::Message => row.message() + &row.times(),
            What::Rule => visible(&finding.rule).into_owned(),
            What::Saving => row.saving(self.currency.is_none()),
        }
    }

    fn cell(&self, row: &Row<'_>, column: &Column) -> Vec<String> {
        let width = column.width;
        let content = self.content(row, column.what);
        match (column.what, id(row.first())) {
            (What::Message, _) => wrap(&row.message(), width, LINES_AT_MOST, &row.times()),
            // A name that is cut does not take the id with it.
            (What::Resource, Some(id)) if wide(&content) > width => {
                let name = visible(&row.first().resource.name);
                let mut lines = wrap(&name, width, LINES_AT_MOST - 1, "");
                lines.push(clip(&visible(id), width));
                lines
            }
            _ => wrap(&content, width, LINES_AT_MOST, ""),
        }
    }

    fn header(&self) -> String {
        let cells: Vec<Vec<String>> = self
            .columns
            .iter()
            .map(|column| vec![self.title(column.what)])
            .collect();
        self.line(&cells, 0, Paint { colour: false })
    }

    /// One line of a row.
    fn line(&self, cells: &[Vec<String>], number: usize, paint: Paint) -> String {
        let mut text = String::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            let cell = cell.get(number).map_or("", String::as_str);
            let blanks = " ".repeat(column.width.saturating_sub(wide(cell)));
            match column.what {
                What::Saving => text.push_str(&format!("{blanks}{cell}")),
                What::Severity => {
                    text.push_str(&format!("{}{blanks}", paint.severity(cell, cell)));
                }
                _ => text.push_str(&padded(cell, column.width)),
            }
            text.push_str(&" ".repeat(GAP));
        }
        text.trim_end().to_owned()
    }

    fn table(&self, rows: &[Row<'_>], paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        for row in rows {
            let cells: Vec<Vec<String>> = self
                .columns
                .iter()
                .map(|column| self.cell(row, column))
                .collect();
            let tallest = cells.iter().map(Vec::len).max().unwrap_or(0);
            for number in 0..tallest {
                writeln!(out, "{}", self.line(&cells, number, paint))?;
            }
            if self.two_lines {
                self.second_line(row, paint, out)?;
            }
        }
        Ok(())
    }

    /// Name, id, region and rule below the message.
    fn second_line(&self, row: &Row<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        let finding = row.first();
        let mut parts = Vec::new();
        if !self.named_above(What::Resource) {
            parts.push(visible(&finding.resource.name).into_owned());
            parts.extend(id(finding).map(|id| visible(id).into_owned()));
        }
        for what in [What::Region, What::Rule] {
            if !self.named_above(what) {
                parts.push(self.content(row, what));
            }
        }
        let before = |what| {
            self.columns
                .iter()
                .take_while(move |column| column.what != what)
                .map(|column| column.width + GAP)
                .sum::<usize>()
        };
        // Under the message; below one that begins the line, a little to the right.
        let indent = before(What::Message).max(GAP);
        let width = self.width.saturating_sub(indent).max(MESSAGE_AT_LEAST);
        for line in joined(&parts, width) {
            writeln!(out, "{}{}", " ".repeat(indent), paint.dim(&line))?;
        }
        Ok(())
    }
}

/// What the marks mean, and what is not shown.
fn legend(
    report: &Report,
    findings: &[Finding],
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    if findings
        .iter()
        .any(|finding| finding.saving.as_ref().is_some_and(|saving| saving.derived))
    {
        writeln!(
            out,
            "{}",
            paint.dim("~ rests on a derived price, not on a published one")
        )?;
    }
    if findings
        .iter()
        .any(|finding| finding.saving_unknown.is_some())
    {
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
        let text = format!(
            "{} of {} not shown; --severity {lowest} shows them",
            count(report.hidden.findings, "finding"),
            match names.as_slice() {
                [only] => format!("{only} severity"),
                [highest, .., _] => format!("{highest} and lower severity"),
                [] => "lower severity".to_owned(),
            }
        );
        writeln!(out, "{}", paint.warn(&text))?;
    }
    Ok(())
}
