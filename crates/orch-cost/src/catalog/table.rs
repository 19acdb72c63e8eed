//! The form of a catalogue file: a head of `# Key: value` lines, a line of column names, comma-separated rows.

/// The `# Key: value` lines at the top of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head<'t>(Vec<(&'t str, &'t str)>);

impl<'t> Head<'t> {
    /// What the head says under a key.
    pub(super) fn get(&self, key: &str) -> Option<&'t str> {
        self.0
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| *value)
    }
}

/// The rows of a table with `N` columns; a row of another width is passed over, and a test of the embedded
/// tables sees to it that there is none.
#[derive(Debug, Clone)]
pub(super) struct Rows<'t, const N: usize>(std::str::Lines<'t>);

impl<'t, const N: usize> Iterator for Rows<'t, N> {
    type Item = [&'t str; N];

    fn next(&mut self) -> Option<Self::Item> {
        self.0.by_ref().find_map(columns)
    }
}

/// Splits a row. Only the last column may be quoted: it is the one that holds sentences, and borrowing every
/// cell is what makes 8,000 rows cost a millisecond and no memory.
fn columns<const N: usize>(row: &str) -> Option<[&str; N]> {
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

/// Reads a table.
pub(super) fn read<const N: usize>(text: &str) -> (Head<'_>, Rows<'_, N>) {
    let mut lines = text.lines();
    let mut head = Vec::new();
    for line in lines.by_ref() {
        match line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(": "))
        {
            Some(pair) => head.push(pair),
            None => break,
        }
    }
    (Head(head), Rows(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_head_and_rows_and_passes_over_what_is_not_a_row() {
        let (head, rows) = read::<3>(
            "# As of: 2026\n# Origin: a: b\nx,y,z\n1,2,3\n1,2\n1,2,3,4\n5,6,\"seven, eight\"\n",
        );
        assert_eq!(
            (head.get("As of"), head.get("Origin")),
            (Some("2026"), Some("a: b"))
        );
        assert_eq!(head.get("Derived"), None);
        assert_eq!(
            rows.collect::<Vec<_>>(),
            [["1", "2", "3"], ["5", "6", "seven, eight"]]
        );
    }
}
