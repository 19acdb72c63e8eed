//! Text laid into a given number of columns: wrapped at blanks, cut with an ellipsis.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns that a text takes.
pub(super) fn wide(text: &str) -> usize {
    text.width()
}

/// The text, cut with `…` if it takes more than `width` columns.
pub(super) fn clip(text: &str, width: usize) -> String {
    if wide(text) <= width {
        return text.to_owned();
    }
    format!("{}…", head(text, width.saturating_sub(1)))
}

/// The text in at most `most` lines, broken at blanks, and within a word only where the word is wider than a
/// line. `tail` ends it even where it is cut.
pub(super) fn wrap(text: &str, width: usize, most: usize, tail: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in format!("{text}{tail}").split(' ') {
        let last = lines.len() - 1;
        let used = wide(&lines[last]);
        let mut rest = word;
        if used > 0 && used + 1 + wide(word) <= width {
            lines[last].push(' ');
            lines[last].push_str(word);
            continue;
        }
        if used > 0 {
            lines.push(String::new());
        }
        while wide(rest) > width && lines.len() <= most {
            let line = head(rest, width.max(2));
            rest = &rest[line.len()..];
            let last = lines.len() - 1;
            lines[last].push_str(line);
            lines.push(String::new());
        }
        let last = lines.len() - 1;
        lines[last].push_str(rest);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(line) = lines.last_mut() {
                let room = width.saturating_sub(1 + wide(tail));
                *line = format!("{}…{tail}", head(line, room).trim_end());
            }
            break;
        }
    }
    lines
}

/// Parts with ` · ` between them, a part that does not fit on the next line; a part is cut, never broken.
pub(super) fn joined(parts: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let part = clip(part, width);
        match lines.last_mut() {
            Some(line) if wide(line) + 3 + wide(&part) <= width => {
                line.push_str(" · ");
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

/// The text with blanks up to `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(wide(text))))
}

/// As much of the beginning as fits.
fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (place, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            return &text[..place];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_are_cut_with_an_ellipsis() {
        assert_eq!(wrap("one two three", 8, 3, ""), ["one two", "three"]);
        assert_eq!(
            wrap("sg-0123456789 is open", 13, 3, ""),
            ["sg-0123456789", "is open"]
        );
        assert_eq!(wrap("abcdefgh", 3, 3, ""), ["abc", "def", "gh"]);
        let cut = wrap(&"x".repeat(5000), 10, 3, " ×2");
        assert_eq!(cut, ["xxxxxxxxxx", "xxxxxxxxxx", "xxxxxx… ×2"]);
        assert_eq!(wrap("one two three four", 5, 2, ""), ["one", "two…"]);
        assert_eq!(wrap("名前名前", 4, 3, ""), ["名前", "名前"]);
    }

    #[test]
    fn parts_are_never_broken() {
        let parts = ["name".to_owned(), "i-0123".to_owned(), "y".repeat(20)];
        assert_eq!(joined(&parts, 14), ["name · i-0123", "yyyyyyyyyyyyy…"]);
    }
}
