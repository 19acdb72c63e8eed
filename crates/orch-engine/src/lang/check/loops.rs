//! `exists`, `all`, `exists_one`, `filter`, `map`.

use cel::common::ast::{Expr, IdedExpr};

use super::checker::{Checked, Checker, Local, ROOTS};
use crate::lang::fold::{Fold, Over};
use crate::lang::limits;
use crate::lang::node::Node;
use crate::lang::types::Type;
use crate::value::Value;

impl Checker<'_> {
    /// `list.name(variable, test)`, and `list.map(variable, test, to)`. Nothing if it is not one of them.
    pub(super) fn macro_call(
        &mut self,
        node: &IdedExpr,
        list_at: &IdedExpr,
        name: &str,
        args: &[IdedExpr],
    ) -> Option<Checked> {
        let (variable, test, to) = match (name, args) {
            ("exists" | "all" | "exists_one" | "existsOne" | "filter", [variable, test]) => {
                (variable, Some(test), None)
            }
            ("map", [variable, to]) => (variable, None, Some(to)),
            ("map", [variable, test, to]) => (variable, Some(test), Some(to)),
            ("exists" | "all" | "exists_one" | "existsOne" | "filter" | "map", _) => {
                let message = format!("`{name}` takes a variable and an expression");
                let help = Some(format!("write `list.{name}(x, …)`"));
                return Some(self.wrong_at(node, message, help));
            }
            _ => return None,
        };
        Some(self.over(node, list_at, name, variable, test, to))
    }

    fn variable(&mut self, at: &IdedExpr) -> Option<String> {
        let Expr::Ident(name) = &at.expr else {
            self.error(
                self.parsed.span(at),
                "this must be the name of a variable".to_owned(),
                None,
            );
            return None;
        };
        if ROOTS.contains(&name.as_str()) || self.locals.iter().any(|local| local.name == *name) {
            let help = Some("choose another name".to_owned());
            self.error(
                self.parsed.span(at),
                format!("`{name}` is already a name here"),
                help,
            );
            return None;
        }
        Some(name.clone())
    }

    fn over(
        &mut self,
        node: &IdedExpr,
        list_at: &IdedExpr,
        name: &str,
        variable: &IdedExpr,
        test: Option<&IdedExpr>,
        to: Option<&IdedExpr>,
    ) -> Checked {
        let list = self.expression(list_at);
        let (element, shape) = match self.there(list_at, &list) {
            Type::List(element) => {
                let shape = list.shape.map(|shape| self.layout.element(shape));
                (element.as_ref().clone(), shape)
            }
            Type::Map(_) => {
                self.read(&list);
                (Type::Text, None)
            }
            Type::Any => (Type::Any, None),
            ty => {
                let text = self.parsed.text(list_at).to_owned();
                let message = format!("`{name}` goes over a list or a map, but `{text}` is {ty}");
                return self.wrong_at(node, message, None);
            }
        };
        let Some(variable) = self.variable(variable) else {
            return Checked::wrong();
        };
        let level = self.locals.len();
        if level >= limits::LOOPS {
            let message = format!(
                "`{name}` nests too deeply; {} levels are the limit",
                limits::LOOPS
            );
            return self.wrong_at(node, message, Some("derive a fact instead".to_owned()));
        }
        self.locals.push(Local {
            name: variable,
            ty: element.clone(),
            shape,
        });
        let test = test.map(|test| self.condition(test, &format!("`{name}`")));
        let known = self.known.len();
        if let Some(test) = &test {
            self.known.extend(test.flow.when_true.iter().cloned());
        }
        let to = to.map(|to| self.operand(to));
        self.known.truncate(known);
        self.locals.pop();
        let (over, ty, shape) = match (name, to) {
            (_, Some(to)) => (Over::Map(to.node), to.ty.listed(), None),
            ("exists", None) => (Over::Exists, Type::Bool, None),
            ("all", None) => (Over::All, Type::Bool, None),
            ("filter", None) => {
                let of_list = matches!(list.ty, Type::List(_));
                (
                    Over::Filter,
                    element.listed(),
                    list.shape.filter(|_| of_list),
                )
            }
            _ => (Over::ExistsOne, Type::Bool, None),
        };
        let test = test.map_or(Node::Const(Value::Bool(true)), |test| test.node);
        let fold = Fold {
            over,
            list: list.node,
            level,
            test,
        };
        Checked {
            shape,
            ..Checked::new(Node::Fold(Box::new(fold)), ty)
        }
    }
}
