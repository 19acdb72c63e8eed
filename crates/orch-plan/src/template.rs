//! How templates of `reports/templates` become Markdown in which no text from outside is markup.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value};
use orch_report::visible;
use serde::Serialize;

use crate::embedded;

/// A template that cannot be rendered, which tests rule out.
#[derive(Debug, thiserror::Error)]
#[error("failed to render the template `{name}`: {why}")]
pub struct TemplateError {
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub why: String,
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::SemiStrict);
    environment.add_filter("md", |text: &Value| escape(&told(text)));
    environment.add_filter("said", |text: &Value| said(&told(text)));
    environment.add_filter("code", |text: &Value| code(&told(text)));
    environment.add_filter("cell", |text: &Value| code(&told(text)).replace('|', "\\|"));
    environment.add_filter("block", |text: &Value, language: &str| {
        block(&told(text), language)
    });
    environment.add_filter("money", |amount: &Value, currency: &Value| {
        format!("{} {}", escape(&told(amount)), escape(&told(currency)))
    });
    for (name, text) in embedded::TEMPLATES {
        // A template that does not parse is missing when it is asked for, and says so there.
        let _ = environment.add_template(name, text);
    }
    environment
});

/// Renders a template; what it leaves out leaves no more than one empty line.
///
/// # Errors
/// A template that there is not, or one that asks for what the context does not have.
pub(crate) fn render(name: &str, context: &impl Serialize) -> Result<String, TemplateError> {
    let fail = |error: minijinja::Error| TemplateError {
        name: name.to_owned(),
        why: format!("{error:#}"),
    };
    let template = TEMPLATES.get_template(name).map_err(fail)?;
    let text = template.render(minijinja::value::Serde(context));
    text.map(|text| tidy(&text)).map_err(fail)
}

/// At most one empty line in a row, none at the ends.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut empty, mut fence) = (true, None::<usize>);
    for line in text.lines() {
        let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(open) if ticks >= open && line.len() == ticks => fence = None,
            _ => {}
        }
        let line = if fence.is_some() {
            line
        } else {
            line.trim_end()
        };
        if line.is_empty() && empty && fence.is_none() {
            continue;
        }
        empty = line.is_empty();
        out.push_str(line);
        out.push('\n');
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}

fn told(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Text in a paragraph or a cell of a table: what would be markup shows as it was written.
fn escape(text: &str) -> String {
    let text = visible(text);
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    for (place, c) in chars.iter().copied().enumerate() {
        let before = place.checked_sub(1).and_then(|place| chars.get(place));
        let after = chars.get(place + 1);
        let within = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
        let marks = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' => true,
            '&' => within(after) || after == Some(&'#'),
            '_' => !(within(before) && within(after)),
            '#' | '+' | '-' | '=' => place == 0,
            '.' | ')' => {
                let number = place > 0 && chars[..place].iter().all(char::is_ascii_digit);
                number && after.is_none_or(|c| *c == ' ')
            }
            // A link that readers' programs would make of it.
            ':' => after == Some(&'/') && chars.get(place + 2) == Some(&'/'),
            '@' => within(before) && within(after),
            _ => false,
        };
        if marks {
            out.push('\\');
        }
        out.push(c);
    }
    out.replace("www.", "www\\.")
}

/// A sentence of ours with text from outside in it: like [`escape`], but what stands between two backticks and is made of
/// harmless characters only stays code.
fn said(text: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || " -_./=…\"':,%$()[]".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, behind)) = after.split_once('`') else {
            break;
        };
        out.push_str(&escape(before));
        if !code.is_empty() && !behind.starts_with('`') && code.chars().all(harmless) {
            out.push_str(&format!("`{code}`"));
            rest = behind;
        } else {
            out.push_str("\\`");
            rest = after;
        }
    }
    out.push_str(&escape(rest));
    out
}

/// Text as code within a line; in a cell of a table its bars are escaped as well.
fn code(text: &str) -> String {
    let text = visible(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Text as lines of code.
fn block(text: &str, language: &str) -> String {
    let lines: Vec<_> = text.lines().map(visible).collect();
    let text = lines.join("\n");
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}{language}\n{text}\n{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_never_markup() {
        for (text, shown) in [
            ("shop_web-1", "shop_web-1"),
            ("*bold* `x` <b>", "\\*bold\\* \\`x\\` \\<b\\>"),
            ("a | b", "a \\| b"),
            ("# head", "\\# head"),
            ("1. one", "1\\. one"),
            ("see [x](http://y)", "see \\[x\\](http\\://y)"),
            ("two\nlines", "two\\\\nlines"),
        ] {
            assert_eq!(escape(text), shown);
        }
        assert_eq!(code("a`b|c"), "``a`b|c``");
        assert_eq!(block("x ``` y", "hcl"), "````hcl\nx ``` y\n````");
    }

    #[test]
    fn our_code_stays_code_and_theirs_does_not_become_markup() {
        for (text, shown) in [
            ("type `orch plan new`", "type `orch plan new`"),
            ("`a` and `b-2`", "`a` and `b-2`"),
            ("`<b>` x", "\\`\\<b\\>\\` x"),
            ("``x`` <b>", "\\`\\`x\\`\\` \\<b\\>"),
            ("one ` only", "one \\` only"),
        ] {
            assert_eq!(said(text), shown);
        }
    }

    #[test]
    fn every_template_parses() {
        for (name, text) in embedded::TEMPLATES {
            Environment::new().add_template(name, text).unwrap();
        }
    }
}
