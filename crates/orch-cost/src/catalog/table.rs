//! The form of a catalogue file: a head of `# Key: value` lines, a line of column names, comma-separated rows.

use super::Origin;

/// Reads the head of a table: what the first lines say of all of it.
pub(super) fn head(text: &'static str) -> Origin {
    let mut origin = Origin::default();
    for line in text.lines() {
        let Some((key, value)) = line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(": "))
        else {
            break;
        };
        match key {
            "What" => origin.what = value,
            "As of" => origin.as_of = value,
            "Derived" => origin.derived = value == "yes",
            "Origin" => origin.source = value,
            "Licence" => origin.licence = value,
            _ => {}
        }
    }
    origin
}

/// The lines below the head: the names of the columns, then the rows.
fn body(text: &'static str) -> std::str::Lines<'static> {
    let mut rest = text;
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest.lines()
}

/// The rows of a table with `N` columns; a row of another width is passed over, and a test of the embedded
/// tables sees to it that there is none.
pub(super) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    body(text).skip(1).filter_map(columns)
}

/// Splits a row. Only the last column may be quoted: it is the one that holds sentences, and borrowing every
/// cell is what makes thousands of rows cost a millisecond and no memory.
pub(super) fn columns<const N: usize>(row: &str) -> Option<[&str; N]> {
    let mut cells = [""; N];
    let mut parts = row.splitn(N, ',');
    for cell in &mut cells {
        *cell = parts.next()?;
    }
    let last = cells.last_mut()?;
    match last.strip_prefix('"') {
        Some(quoted) => *last = quoted.strip_suffix('"')?,
        None if last.contains(',') => return None,
        None => {}
    }
    Some(cells)
}

/// A table of one row a region and one column a name: what stands in the row of a region, by name; names
/// without a figure there are left out. Only that one row is taken apart.
pub(super) fn wide(
    text: &'static str,
    region: &str,
) -> Option<impl Iterator<Item = (&'static str, &'static str)>> {
    let mut lines = body(text);
    let names = lines.next()?.split(',').skip(1);
    let row = lines.find_map(|line| line.strip_prefix(region)?.strip_prefix(','))?;
    Some(
        names
            .zip(row.split(','))
            .filter(|(_, cell)| !cell.is_empty()),
    )
}

/// How many figures there are: prices of a wide table, rows of another.
pub(super) fn figures(text: &'static str) -> usize {
    let mut lines = body(text);
    let columns = lines.next().unwrap_or_default();
    let is_wide = columns.starts_with("region,") && !columns.starts_with("region,item,");
    let cells = |line: &str| match is_wide {
        true => line
            .split(',')
            .skip(1)
            .filter(|cell| !cell.is_empty())
            .count(),
        false => 1,
    };
    lines.map(cells).sum()
}

/// The regions of a wide table.
pub(super) fn regions(text: &'static str) -> impl Iterator<Item = &'static str> {
    body(text)
        .skip(1)
        .filter_map(|line| Some(line.split_once(',')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_head_and_rows_and_passes_over_what_is_not_a_row() {
        let text =
            "# As of: 2026\n# Origin: a: b\nx,y,z\n1,2,3\n1,2\n1,2,3,4\n5,6,\"seven, eight\"\n";
        let origin = head(text);
        assert_eq!((origin.as_of, origin.source), ("2026", "a: b"));
        assert!(!origin.derived);
        assert_eq!(
            rows::<3>(text).collect::<Vec<_>>(),
            [["1", "2", "3"], ["5", "6", "seven, eight"]]
        );
    }

    #[test]
    fn a_wide_table_gives_the_row_of_exactly_one_region() {
        let text = "# As of: 2026\nregion,a,b,c\neast,1,,3\neast2,4,5,\n";
        let of = |region| wide(text, region).map(Iterator::collect::<Vec<_>>);
        assert_eq!(of("east"), Some(vec![("a", "1"), ("c", "3")]));
        assert_eq!(of("east2"), Some(vec![("a", "4"), ("b", "5")]));
        assert_eq!(of("eas"), None);
        assert_eq!(of("region"), None);
        assert_eq!(regions(text).collect::<Vec<_>>(), ["east", "east2"]);
    }
}
