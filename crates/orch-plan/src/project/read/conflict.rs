//! Merge conflicts in a file: where they are, and the file as one side has it.

use super::Mistake;

/// How a conflict begins, its middles, and how it ends.
const OPEN: &str = "<<<<<<<";
const BASE: &str = "|||||||";
const MIDDLE: &str = "=======";
const CLOSE: &str = ">>>>>>>";

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Both,
    Ours,
    Others,
}

/// The file with the first side of each conflict, every byte where it was, and a mistake for each conflict.
///
/// Markers and other sides become blanks, so that the rest of the file can be looked at too.
pub(super) fn resolve(text: &str) -> (String, Vec<Mistake>) {
    let mut out = String::with_capacity(text.len());
    let mut mistakes = Vec::new();
    let mut side = Side::Both;
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut span = 0..0;
    let mut at = 0;
    let mut in_text = false;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let marker = marker(line).filter(|marker| match *marker {
            OPEN | CLOSE => true,
            // Seven signs alone may underline a heading within a text of several lines.
            _ => side != Side::Both || !in_text,
        });
        if let Some(marker) = marker {
            if marker == OPEN && !lines.is_empty() {
                mistakes.push(told(&lines, span.clone(), false));
                lines.clear();
            }
            if lines.is_empty() {
                span = at..at + line.trim_end().len();
            }
            lines.push((number + 1, marker));
            side = match marker {
                OPEN => Side::Ours,
                CLOSE => Side::Both,
                // The other markers of it are gone.
                _ if side == Side::Both => Side::Both,
                _ => Side::Others,
            };
            if marker == CLOSE {
                mistakes.push(told(&lines, span.clone(), lines[0].1 == OPEN));
                lines.clear();
            }
        }
        if marker.is_some() || side == Side::Others {
            out.extend(line.bytes().map(|byte| match byte {
                b'\n' => '\n',
                _ => ' ',
            }));
        } else {
            out.push_str(line);
        }
        at += line.len();
        let quotes = line.matches("\"\"\"").count() + line.matches("'''").count();
        in_text ^= quotes % 2 == 1;
    }
    if !lines.is_empty() {
        mistakes.push(told(&lines, span, false));
    }
    (out, mistakes)
}

/// The marker that a line is.
fn marker(line: &str) -> Option<&'static str> {
    let line = line.trim_end_matches(['\n', '\r']);
    [OPEN, BASE, MIDDLE, CLOSE].into_iter().find(|marker| {
        line.strip_prefix(marker)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    })
}

fn told(lines: &[(usize, &str)], span: std::ops::Range<usize>, whole: bool) -> Mistake {
    let named: Vec<String> = lines
        .iter()
        .map(|(line, marker)| format!("{marker} in line {line}"))
        .collect();
    let help = if whole {
        "keep the lines of one side, or of both, and take the lines of the markers out"
    } else {
        "a part of the conflict was taken out and its markers were left: take them out too"
    };
    Mistake {
        message: format!("a merge conflict is not resolved: {}", named.join(", ")),
        help: Some(help.to_owned()),
        span,
    }
}
