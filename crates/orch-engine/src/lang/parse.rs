//! From text to CEL's syntax tree, and from a node of the tree back to its place in the text.

use std::ops::Range;

use cel::Env;
use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};

use super::{Diagnostic, limits};

/// A parsed expression. Macros (`has`, `exists`, …) are still calls in it.
pub(crate) struct Parsed {
    pub(crate) tree: IdedExpr,
    info: SourceInfo,
    source: String,
}

/// How the parser says that it met its own limit, in a message that is meant for its authors.
const PARSER_GAVE_UP: &str = "Recursion limit";

/// Parses within the limits.
pub(crate) fn parse(source: &str) -> Result<Parsed, Vec<Diagnostic>> {
    limits::check(source).map_err(|error| vec![error])?;
    if source.trim().is_empty() {
        return Err(vec![Diagnostic {
            message: "the expression is empty".to_owned(),
            span: 0..source.len(),
            help: None,
        }]);
    }
    let parser = Env::default().parser().enable_ident_escape_syntax(true);
    let (tree, info) = parser.parse_with_source_info(source).map_err(|errors| {
        let errors = errors.errors.iter();
        if errors
            .clone()
            .any(|error| error.msg.contains(PARSER_GAVE_UP))
        {
            return vec![Diagnostic {
                message: "the expression nests too deeply to be read".to_owned(),
                span: 0..source.len(),
                help: Some("split the rule".to_owned()),
            }];
        }
        let mut all: Vec<_> = errors
            .map(|error| syntax_error(source, &error.msg, error.pos))
            .collect();
        all.dedup();
        all
    })?;
    if depth(&tree) > limits::DEPTH {
        return Err(vec![Diagnostic {
            message: format!(
                "the expression nests too deeply; {} is the limit",
                limits::DEPTH
            ),
            span: 0..source.len(),
            help: Some("split the rule".to_owned()),
        }]);
    }
    Ok(Parsed {
        tree,
        info,
        source: source.to_owned(),
    })
}

/// Whether an expression reads the resource or what is derived from it. One that cannot be parsed does not:
/// what is wrong with it is told when it is compiled.
pub(crate) fn reads_a_resource(source: &str) -> bool {
    parse(source).is_ok_and(|parsed| {
        let names = parsed.tree.references();
        ["resource", "facts"]
            .iter()
            .any(|root| names.has_variable(root))
    })
}

fn syntax_error(source: &str, message: &str, (line, column): (isize, isize)) -> Diagnostic {
    let line = usize::try_from(line - 1).unwrap_or(0);
    let column = usize::try_from(column - 1).unwrap_or(0);
    let before: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = source.get(before..).unwrap_or_default();
    let at = before
        + rest
            .char_indices()
            .nth(column)
            .map_or(rest.len(), |(at, _)| at);
    let width = source
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    let message = message.trim_start_matches("Syntax error: ");
    let quoted = message.split('\'').nth(1).unwrap_or_default().trim();
    let (message, help) = match (message, quoted) {
        (_, "<EOF>") => ("the expression ends too early".to_owned(), None),
        (_, "and" | "or" | "not") => {
            let help = "write `&&`, `||`, `!` for and, or, not";
            (
                format!("`{quoted}` does not fit here"),
                Some(help.to_owned()),
            )
        }
        (_, "&" | "|" | "=") => (
            format!("`{quoted}` is no operator"),
            Some(format!("write `{quoted}{quoted}`")),
        ),
        (message, quoted) if message.starts_with("token recognition") => {
            (format!("`{quoted}` is no part of the language"), None)
        }
        (message, quoted)
            if message.starts_with("mismatched input")
                || message.starts_with("extraneous input") =>
        {
            (format!("`{quoted}` does not fit here"), None)
        }
        // The list of all tokens that could stand here helps nobody.
        (message, _) => (
            message
                .split(" expecting {")
                .next()
                .unwrap_or(message)
                .to_owned(),
            None,
        ),
    };
    Diagnostic {
        message,
        span: at..at + width,
        help,
    }
}

/// The name after the dot that a node stands for: `a.name`, `a.?name`.
fn member_name(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Select(select) => Some(&select.field),
        Expr::Call(call) if call.func_name == operators::OPT_SELECT => {
            match call.args.get(1).map(|name| &name.expr) {
                Some(Expr::Literal(LiteralValue::String(name))) => Some(name.inner()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The nodes right below a node.
fn children<'t>(node: &'t IdedExpr, out: &mut Vec<&'t IdedExpr>) {
    match &node.expr {
        Expr::Call(call) => out.extend(call.target.as_deref().into_iter().chain(&call.args)),
        Expr::List(list) => out.extend(&list.elements),
        Expr::Map(map) => {
            for entry in &map.entries {
                match &entry.expr {
                    EntryExpr::MapEntry(entry) => out.extend([&entry.key, &entry.value]),
                    EntryExpr::StructField(field) => out.push(&field.value),
                }
            }
        }
        Expr::Struct(literal) => {
            for entry in &literal.entries {
                if let EntryExpr::StructField(field) = &entry.expr {
                    out.push(&field.value);
                }
            }
        }
        Expr::Select(select) => out.push(&select.operand),
        Expr::Comprehension(_) | Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
    }
}

fn depth(tree: &IdedExpr) -> usize {
    let mut level = vec![tree];
    let mut depth = 0;
    while !level.is_empty() {
        depth += 1;
        let mut next = Vec::new();
        for node in level {
            children(node, &mut next);
        }
        level = next;
    }
    depth
}

impl Parsed {
    /// Where a node stands in the source, with everything below it.
    pub(crate) fn span(&self, node: &IdedExpr) -> Range<usize> {
        let mut span: Option<Range<usize>> = None;
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if let Some((start, stop)) = self.info.offset_for(node.id) {
                let (start, dot) = (start as usize, stop as usize + 1);
                let stop = member_name(node).map_or(dot, |name| self.name_end(dot, name));
                span = Some(match span {
                    Some(known) => known.start.min(start)..known.end.max(stop),
                    None => start..stop,
                });
            }
            children(node, &mut open);
        }
        let span = span.unwrap_or(0..self.source.len());
        let start = if let Expr::Call(call) = &node.expr
            && call.target.is_none()
            && self
                .source
                .get(..span.start)
                .is_some_and(|head| head.ends_with(&call.func_name))
        {
            span.start - call.func_name.len()
        } else {
            span.start
        };
        self.closed(start, span.end)
    }

    /// The source of a node.
    pub(crate) fn text(&self, node: &IdedExpr) -> &str {
        self.source.get(self.span(node)).unwrap_or(&self.source)
    }

    /// A select's own token is its dot: the name comes after it.
    fn name_end(&self, dot_end: usize, name: &str) -> usize {
        let rest = self.source.get(dot_end..).unwrap_or_default();
        let skipped = rest.len() - rest.trim_start_matches(['?', '`', ' ', '\n', '\t']).len();
        let named = rest
            .get(skipped..)
            .is_some_and(|rest| rest.starts_with(name));
        if named {
            let end = dot_end + skipped + name.len();
            if self
                .source
                .get(end..)
                .is_some_and(|rest| rest.starts_with('`'))
            {
                end + 1
            } else {
                end
            }
        } else {
            dot_end
        }
    }

    /// Widens to the brackets that close what is opened between `start` and `end`, and that open what is
    /// closed there.
    fn closed(&self, start: usize, end: usize) -> Range<usize> {
        let bytes = self.source.as_bytes();
        let (mut start, mut at, mut open) = (start, start, 0_usize);
        while at < bytes.len() && (at < end || open > 0) {
            match bytes.get(at) {
                Some(b'\'' | b'"') => {
                    at = limits::string_end(bytes, at).unwrap_or(at + 1);
                    continue;
                }
                Some(b'(' | b'[' | b'{') => open += 1,
                Some(b')' | b']' | b'}') if open > 0 => open -= 1,
                Some(b')' | b']' | b'}') => {
                    let head = self.source.get(..start).unwrap_or_default();
                    start = head.rfind(['(', '[', '{']).unwrap_or(start);
                }
                _ => {}
            }
            at += 1;
        }
        start..at.max(end)
    }
}
