//! Plain columns for short lists of the program.

use std::borrow::Cow;
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
        let cells = row.iter().map(|cell| {
            clipped(cell)
                .split('\n')
                .map(visible)
                .collect::<Vec<_>>()
                .join("\n")
        });
        table.add_row(cells);
    }
    // A number in two lines is read as two. Where they leave too little for words they wrap all the same.
    let numbers: usize = right.iter().map(|place| widest(rows, *place) + 2).sum();
    let whole = whole
        .iter()
        .chain(right.iter().filter(|_| numbers * 3 <= width * 2));
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

/// Characters of a cell that are shown: a name of megabytes is no name that anybody reads.
const SHOWN: usize = 1_000;

fn clipped(cell: &str) -> Cow<'_, str> {
    match cell.char_indices().nth(SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", cell.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(cell),
    }
}

/// Columns of the widest cell in a place.
fn widest(rows: &[Vec<String>], place: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(place));
    cells
        .map(|cell| cell.chars().take(SHOWN).count())
        .max()
        .unwrap_or_default()
}
