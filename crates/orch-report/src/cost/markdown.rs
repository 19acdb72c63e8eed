//! A bill as Markdown.

use std::io;

use super::CostView;
use super::rows::sections;
use super::v1::CostAnalysis;
use crate::visible;

pub(super) fn write(
    analysis: &CostAnalysis,
    view: &CostView,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "# Cost analysis, {} to {}", analysis.from, analysis.to)?;
    if analysis.bills.is_empty() {
        writeln!(out, "\nNo charge could be read for these days.")?;
    }
    for section in sections(analysis, view.top) {
        writeln!(out, "\n## {}\n", text(&section.title))?;
        let columns = section
            .rows
            .iter()
            .map(Vec::len)
            .max()
            .unwrap_or(0)
            .max(section.head.len());
        let line = |cells: &[String]| {
            let cell = |i| {
                cells
                    .get(i)
                    .map_or(String::new(), |cell: &String| text(cell))
            };
            let cells: Vec<String> = (0..columns).map(cell).collect();
            format!("| {} |", cells.join(" | "))
        };
        writeln!(out, "{}", line(&section.head))?;
        let rule = (0..columns).map(|i| {
            if section.right.contains(&i) {
                "---:"
            } else {
                "---"
            }
        });
        writeln!(out, "| {} |", rule.collect::<Vec<_>>().join(" | "))?;
        for row in &section.rows {
            writeln!(out, "{}", line(row))?;
        }
    }
    for note in &analysis.notes {
        writeln!(out, "\n> {}", text(note))?;
    }
    Ok(())
}

/// Text that Markdown shows as it is: what would be a sign of it, a tag or an entity is escaped.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' | '$'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    // An address would become a link of its own accord.
    out.replace("://", "\\://").replace("www.", "www\\.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_text() {
        assert_eq!(text("a|b"), "a\\|b");
        assert_eq!(text("<script>"), "\\<script\\>");
        assert_eq!(text("[x](http://a)"), "\\[x\\](http\\://a)");
        assert_eq!(text("a\nb"), "a\\\\nb");
    }
}
