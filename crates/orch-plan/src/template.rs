//! Templates of `reports/templates`, filled: every text from outside goes through the filter `md`.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::embedded;

/// A template that cannot be filled, which a test of each rules out.
#[derive(Debug, thiserror::Error)]
#[error("failed to fill the template `{name}`: {why}")]
pub struct TemplateError {
    /// The template.
    pub name: String,
    /// What is wrong, with its line.
    pub why: String,
}

/// Fills a template.
///
/// # Errors
/// A template that there is not, that is wrong, or that asks for what the context has not.
pub(crate) fn render(name: &str, context: &impl Serialize) -> Result<String, TemplateError> {
    let fail = |error: minijinja::Error| TemplateError {
        name: name.to_owned(),
        why: format!("{error:#}"),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.map_err(fail)?);
    environment.add_filter("md", |value: Value| md(&plain(&value)));
    environment.add_filter("said", |value: Value| said(&plain(&value)));
    environment.add_filter("money", |value: Value, currency: Option<String>| {
        money(&plain(&value), currency.as_deref())
    });
    for (id, text) in embedded::TEMPLATES {
        environment.add_template(id, text).map_err(fail)?;
    }
    let template = environment.get_template(name).map_err(fail)?;
    let text = template.render(Serde(context)).map_err(fail)?;
    Ok(one_blank_line(&text))
}

fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}

/// Text that means nothing but itself in Markdown, in a line and in the cell of a table.
pub(crate) fn md(text: &str) -> String {
    let shown = orch_report::visible(text);
    let mut out = String::with_capacity(shown.len());
    // A number and a dot, or a sign, at the beginning would be a list or a heading.
    let numbered = shown.trim_start_matches(|c: char| c.is_ascii_digit());
    let begins = numbered.len() < shown.len() && numbered.starts_with(['.', ')']);
    let digits = shown.len() - numbered.len();
    for (at, c) in shown.char_indices() {
        let special = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' => true,
            // A heading, a list, a line: only where a blank or the same sign follows.
            '#' | '+' | '-' | '=' => {
                at == 0
                    && shown[1..]
                        .chars()
                        .next()
                        .is_none_or(|next| next == c || next == ' ')
            }
            '.' | ')' => begins && at == digits,
            '!' => shown[at + 1..].starts_with('['),
            _ => false,
        };
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            c => {
                if special {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }
    out
}

/// A sentence of ours with text from outside in it: like [`md`], but what stands between two backticks and is made of
/// harmless characters only stays code.
pub(crate) fn said(text: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || " -_./=…\"':,%$()[]".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, behind)) = after.split_once('`') else {
            break;
        };
        let is_code = !code.is_empty() && !behind.starts_with('`') && code.chars().all(harmless);
        out.push_str(&md(before));
        if is_code {
            out.push_str(&format!("`{code}`"));
            rest = behind;
        } else {
            out.push_str("\\`");
            rest = after;
        }
    }
    out.push_str(&md(rest));
    out
}

/// An amount with its currency: two digits behind the point, groups of three before it.
pub(crate) fn money(amount: &str, currency: Option<&str>) -> String {
    let Ok(value) = amount.parse::<Decimal>() else {
        return md(amount);
    };
    let value = value.round_dp(2);
    let rounded = format!("{:.2}", value.abs());
    let (whole, cents) = rounded.split_once('.').unwrap_or((&rounded, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value.is_sign_negative() && !value.is_zero() {
        "-"
    } else {
        ""
    };
    match currency {
        Some(currency) => format!("{sign}{grouped}.{cents} {}", md(currency)),
        None => format!("{sign}{grouped}.{cents}"),
    }
}

/// No more than one empty line in a row, none at the beginning, and one line end at the end.
fn one_blank_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() && empty {
            continue;
        }
        empty = line.is_empty();
        out.push_str(line);
        out.push('\n');
    }
    let length = out.trim_end().len();
    out.truncate(length);
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        for (text, shown) in [
            ("plain – ü", "plain – ü"),
            ("a|b", "a\\|b"),
            ("# not a heading", "\\# not a heading"),
            ("1. no list", "1\\. no list"),
            ("- no list", "\\- no list"),
            ("---", "\\---"),
            ("-50 %", "-50 %"),
            ("<script>", "&lt;script\\>"),
            ("![x](http://y)", "\\!\\[x\\](http://y)"),
            ("two\nlines", "two\\\\nlines"),
            ("&lt;", "&amp;lt;"),
            ("`rm`", "\\`rm\\`"),
        ] {
            assert_eq!(md(text), shown);
        }
    }

    #[test]
    fn our_code_stays_code_and_theirs_does_not_become_markup() {
        for (text, shown) in [
            ("type `orch plan new`", "type `orch plan new`"),
            ("`a` and `b-2`", "`a` and `b-2`"),
            ("`<b>` x", "\\`&lt;b\\>\\` x"),
            ("``x`` <b>", "\\`\\`x\\`\\` &lt;b\\>"),
            ("one ` only", "one \\` only"),
        ] {
            assert_eq!(said(text), shown);
        }
    }

    #[test]
    fn amounts_are_grouped() {
        assert_eq!(money("1234567.5", Some("EUR")), "1,234,567.50 EUR");
        assert_eq!(money("-0.004", None), "0.00");
        assert_eq!(money("-1200", Some("USD")), "-1,200.00 USD");
    }
}
