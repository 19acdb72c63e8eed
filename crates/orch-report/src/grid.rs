//! Plain columns for short lists of the program.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};

use crate::visible;

/// Writes rows in columns; those in `right` are numbers, those in `whole` are never wrapped.
///
/// # Errors
/// Those of `out`.
pub fn grid(
    rows: &[Vec<String>],
    right: &[usize],
    whole: &[usize],
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    for row in rows {
        // A line break within a cell is the caller's; everything else in it is shown.
        let cells = row
            .iter()
            .map(|cell| cell.split('\n').map(visible).collect::<Vec<_>>().join("\n"));
        table.add_row(cells);
    }
    for place in right {
        if let Some(column) = table.column_mut(*place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for place in whole {
        if let Some(column) = table.column_mut(*place) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for line in table.lines().filter(|_| !rows.is_empty()) {
        writeln!(
            out,
            "{}",
            line.trim_end().strip_prefix(' ').unwrap_or(line.trim_end())
        )?;
    }
    Ok(())
}
