//! The state of a check, what a checked part is, and what every part goes through.

use std::cell::Cell;
use std::ops::Range;

use cel::common::ast::{Expr, IdedExpr};
use orch_model::{Text, Time};

use super::flow::{Facts, Path};
use crate::lang::node::{Env, Node, Val};
use crate::lang::parse::Parsed;
use crate::lang::types::Type;
use crate::lang::{Diagnostic, Roots, Uses, Want, limits};
use crate::slots::{Layout, ShapeId};
use crate::value::{Stop, Value};

/// A checked part of an expression.
pub(super) struct Checked {
    pub(super) node: Node,
    pub(super) ty: Type,
    /// Where its value lies in the resource, if it is read from there.
    pub(super) shape: Option<ShapeId>,
    /// How it is called, if it is a path.
    pub(super) path: Option<Path>,
    /// What cannot be none when this is true, and when it is false.
    pub(super) flow: Facts,
}

impl Checked {
    pub(super) fn new(node: Node, ty: Type) -> Self {
        Self {
            node,
            ty,
            shape: None,
            path: None,
            flow: Facts::default(),
        }
    }

    /// A part that is already reported, or that computes with an element of an empty list.
    pub(super) fn wrong() -> Self {
        Self::new(Node::Never, Type::Any)
    }

    pub(super) fn constant(&self) -> Option<&Value> {
        if let Node::Const(value) = &self.node {
            Some(value)
        } else {
            None
        }
    }
}

/// A variable of a loop.
pub(super) struct Local {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) shape: Option<ShapeId>,
}

/// The names that loops cannot use.
pub(super) const ROOTS: [&str; 5] = ["resource", "facts", "params", "key", "now"];

pub(super) struct Checker<'c> {
    pub(super) parsed: &'c Parsed,
    pub(super) roots: &'c Roots<'c>,
    pub(super) layout: &'c mut Layout,
    pub(super) locals: Vec<Local>,
    /// The paths that cannot be none here.
    pub(super) known: Vec<Path>,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) uses: Uses,
}

/// The nearest of some names, if it is near enough to be what was meant.
pub(super) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= (name.len().max(known.len()) / 3).max(1))
        .min()
        .map(|(_, known)| known)
}

/// Checks a whole expression.
pub(in crate::lang) fn check(
    parsed: &Parsed,
    roots: &Roots<'_>,
    layout: &mut Layout,
    want: Want,
) -> Result<(Node, Type, Uses), Vec<Diagnostic>> {
    let mut checker = Checker {
        parsed,
        roots,
        layout,
        locals: Vec::new(),
        known: Vec::new(),
        errors: Vec::new(),
        uses: Uses::default(),
    };
    let checked = checker.expression(&parsed.tree);
    checker.read(&checked);
    checker.wanted(&checked, want);
    if checker.errors.is_empty() {
        Ok((checked.node, checked.ty, checker.uses))
    } else {
        checker
            .errors
            .sort_by_key(|error| (error.span.start, error.span.end));
        checker.errors.dedup();
        Err(checker.errors)
    }
}

impl Checker<'_> {
    pub(super) fn error(&mut self, span: Range<usize>, message: String, help: Option<String>) {
        self.errors.push(Diagnostic {
            message,
            span,
            help,
        });
    }

    /// Reports a mistake at a node.
    pub(super) fn wrong_at(
        &mut self,
        node: &IdedExpr,
        message: String,
        help: Option<String>,
    ) -> Checked {
        self.error(self.parsed.span(node), message, help);
        Checked::wrong()
    }

    pub(super) fn wanted(&mut self, checked: &Checked, want: Want) {
        let span = self.parsed.span(&self.parsed.tree);
        let (fits, wanted) = match want {
            Want::Any => return,
            Want::Bool => (matches!(checked.ty, Type::Bool | Type::Any), "bool"),
            Want::Money => (
                matches!(
                    checked.ty.strip_null(),
                    Type::Money | Type::Any | Type::Null
                ),
                "money or none",
            ),
            Want::Key => {
                let element = match &checked.ty {
                    Type::List(element) => element,
                    ty => ty,
                };
                (
                    matches!(element, Type::Text | Type::Word(_) | Type::Int | Type::Any),
                    "text, int, or a list of one of them",
                )
            }
        };
        if !fits {
            let help = match (want, &checked.ty) {
                (Want::Bool, Type::Nullable(_)) => {
                    Some("say what none means: `… == true`, or `default(…, false)`".to_owned())
                }
                (Want::Key, Type::Nullable(_)) => {
                    Some("say what none means: `default(…, \"\")`".to_owned())
                }
                (Want::Money, Type::Int | Type::Double) => Some("write `money(…)`".to_owned()),
                _ => None,
            };
            self.error(
                span,
                format!("this must be {wanted}, but it is {}", checked.ty),
                help,
            );
        }
    }

    /// Its value is used, not only a member of it: everything below it is read.
    pub(super) fn read(&mut self, checked: &Checked) {
        if let Some(shape) = checked.shape {
            self.layout.read_whole(shape);
        }
    }

    pub(super) fn expression(&mut self, node: &IdedExpr) -> Checked {
        match &node.expr {
            Expr::Literal(literal) => self.literal(node, literal),
            Expr::Ident(name) => self.name(node, name),
            Expr::Select(select) => self.select(node, &select.operand, &select.field, false),
            Expr::Call(call) => self.call(node, call),
            Expr::List(list) => self.list(node, list),
            Expr::Map(map) => self.map(node, map),
            Expr::Struct(literal) => self.wrong_at(
                node,
                format!(
                    "`{}{{…}}` makes a message, which this language does not have",
                    literal.type_name
                ),
                Some("write a map: `{\"name\": value}`".to_owned()),
            ),
            Expr::Comprehension(_) | Expr::Unspecified => {
                self.wrong_at(node, "this is not an expression".to_owned(), None)
            }
        }
    }

    /// An expression whose whole value is used.
    pub(super) fn operand(&mut self, node: &IdedExpr) -> Checked {
        let checked = self.expression(node);
        self.read(&checked);
        checked
    }

    /// Refuses what can be none, and says how to guard it. Gives the type without none.
    pub(super) fn there(&mut self, node: &IdedExpr, checked: &Checked) -> Type {
        if checked.ty.can_be_none() {
            let text = self.parsed.text(node).to_owned();
            let help = if checked.path.is_some() {
                format!(
                    "guard it: `has({text}) && …`, or say what none means: `default({text}, …)`"
                )
            } else {
                "say what none means: `default(…, …)`".to_owned()
            };
            self.error(
                self.parsed.span(node),
                format!("`{text}` can be none here"),
                Some(help),
            );
            return match &checked.ty {
                Type::Nullable(inner) => inner.as_ref().clone(),
                _ => Type::Any,
            };
        }
        checked.ty.clone()
    }

    /// An expression that must be true or false.
    pub(super) fn condition(&mut self, node: &IdedExpr, operator: &str) -> Checked {
        let checked = self.operand(node);
        match self.there(node, &checked) {
            Type::Bool | Type::Any => {}
            ty => {
                let text = self.parsed.text(node).to_owned();
                self.error(
                    self.parsed.span(node),
                    format!("{operator} takes bool, but `{text}` is {ty}"),
                    None,
                );
            }
        }
        checked
    }

    /// Computes now what depends on nothing. What stops stays as it is, and stops each evaluation.
    pub(super) fn folded(node: Node, constant: bool) -> Node {
        if !constant {
            return node;
        }
        let steps = Cell::new(limits::FOLDING_STEPS);
        let null = Value::Null;
        let env = Env {
            resource: &[],
            facts: &[],
            key: &null,
            now: &Value::Time(Time::UNIX_EPOCH),
            locals: [&null; limits::LOOPS],
            steps: &steps,
        };
        let value = node.value(&env).map(Val::into_owned);
        match value {
            Ok(value) => Node::Const(value),
            Err(_) => node,
        }
    }

    /// Why a call with constant values can never work, if so.
    pub(super) fn constant_failure(node: &Node) -> Option<String> {
        let null = Value::Null;
        let steps = Cell::new(0);
        let env = Env {
            resource: &[],
            facts: &[],
            key: &null,
            now: &null,
            locals: [&null; limits::LOOPS],
            steps: &steps,
        };
        match node.value(&env) {
            Err(Stop::Error(message)) => Some(message.into()),
            _ => None,
        }
    }

    pub(super) fn note_resource(&mut self, path: &Path) {
        if path.root() == Some("resource") {
            let path = path.dotted_below_root();
            if !path.is_empty() {
                self.uses.resource.insert(Text::from(path));
            }
        }
    }
}
