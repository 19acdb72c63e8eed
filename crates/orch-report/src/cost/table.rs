//! A bill on a terminal.

use std::io;

use super::CostView;
use super::rows::sections;
use super::v1::CostAnalysis;
use crate::format::Paint;
use crate::{grid, visible};

pub(super) fn write(
    analysis: &CostAnalysis,
    view: &CostView,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let paint = Paint {
        colour: view.view.colour,
    };
    if analysis.bills.is_empty() {
        writeln!(
            out,
            "No charge could be read for {} to {}.\n",
            analysis.from, analysis.to
        )?;
    }
    for section in sections(analysis, view.top) {
        writeln!(out, "{}", paint.bold(&section.title))?;
        let mut rows = Vec::new();
        // The title already says what the first column is.
        if let Some((_, head)) = section.head.split_first() {
            rows.push([&[String::new()], head].concat());
        }
        rows.extend(section.rows);
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|mut row| {
                if let Some(first) = row.first_mut() {
                    first.insert_str(0, "  ");
                }
                row
            })
            .collect();
        grid(&rows, &section.right, &section.right, view.view.width, out)?;
        writeln!(out)?;
    }
    for note in &analysis.notes {
        writeln!(out, "Note: {}", visible(note))?;
    }
    Ok(())
}
