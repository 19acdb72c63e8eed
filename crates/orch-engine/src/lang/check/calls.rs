//! Calls: operators by the names that the parser gives them, `has`, `default`, and the table of functions.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use regex::RegexBuilder;

use super::checker::{Checked, Checker, nearest};
use super::flow::Facts;
use crate::lang::functions::{self, Function, Run, Style};
use crate::lang::limits;
use crate::lang::node::{Compare, Node};
use crate::lang::types::Type;
use crate::value::Value;

impl Checker<'_> {
    pub(super) fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Checked {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, [left, right]) => self.and_or(left, right, true),
            (operators::LOGICAL_OR, [left, right]) => self.and_or(left, right, false),
            (operators::LOGICAL_NOT, [of]) => self.not(of),
            (operators::CONDITIONAL, [condition, yes, no]) => {
                self.conditional(node, condition, yes, no)
            }
            (operators::EQUALS, [left, right]) => self.equality(node, left, right, false),
            (operators::NOT_EQUALS, [left, right]) => self.equality(node, left, right, true),
            (operators::LESS, [left, right]) => self.order(node, left, right, Compare::Less),
            (operators::LESS_EQUALS, [left, right]) => {
                self.order(node, left, right, Compare::LessOrEqual)
            }
            (operators::GREATER, [left, right]) => self.order(node, left, right, Compare::Greater),
            (operators::GREATER_EQUALS, [left, right]) => {
                self.order(node, left, right, Compare::GreaterOrEqual)
            }
            (operators::IN, [needle, list]) => self.contained(node, needle, list),
            (operators::ADD, [left, right]) => self.arithmetic(node, left, right, '+'),
            (operators::SUBSTRACT, [left, right]) => self.arithmetic(node, left, right, '-'),
            (operators::MULTIPLY, [left, right]) => self.arithmetic(node, left, right, '*'),
            (operators::DIVIDE, [left, right]) => self.arithmetic(node, left, right, '/'),
            (operators::MODULO, [left, right]) => self.arithmetic(node, left, right, '%'),
            (operators::NEGATE, [of]) => self.negative(node, of),
            (operators::INDEX, [of, index]) => self.index(node, of, index, false),
            (operators::OPT_INDEX, [of, index]) => self.index(node, of, index, true),
            (operators::OPT_SELECT, [of, field]) => match &field.expr {
                Expr::Literal(LiteralValue::String(name)) => {
                    self.select(node, of, name.inner(), true)
                }
                _ => self.wrong_at(node, "a member is named, not computed".to_owned(), None),
            },
            (name, args) => match &call.target {
                Some(target) => self.method(node, target, name, args),
                None => self.global(node, name, args),
            },
        }
    }

    fn global(&mut self, node: &IdedExpr, name: &str, args: &[IdedExpr]) -> Checked {
        match (name, args) {
            ("has", [of]) => self.has(node, of),
            ("default", [of, other]) => self.or_value(node, of, other),
            ("sum", [list]) => self.sum(node, list),
            ("has" | "default" | "sum", _) => {
                let wanted = if name == "default" { 2 } else { 1 };
                self.wrong_at(node, format!("`{name}` takes {wanted} values"), None)
            }
            _ => self.function(node, Style::Global, name, args.iter().collect()),
        }
    }

    fn method(
        &mut self,
        node: &IdedExpr,
        target: &IdedExpr,
        name: &str,
        args: &[IdedExpr],
    ) -> Checked {
        if let Some(checked) = self.macro_call(node, target, name, args) {
            return checked;
        }
        if let Expr::Ident(namespace) = &target.expr
            && namespace == "math"
            && !self.locals.iter().any(|local| local.name == *namespace)
        {
            return self.math(node, name, args);
        }
        match (name, args) {
            ("orValue", [other]) => self.or_value(node, target, other),
            ("hasValue", []) => {
                let of = self.expression(target);
                let flow = Facts::not_none(of.path.as_ref(), true);
                Checked {
                    flow,
                    ..Checked::new(Node::NotNull(Box::new(of.node)), Type::Bool)
                }
            }
            ("matches", [pattern]) => self.matches(node, target, pattern),
            _ => {
                let args = std::iter::once(target).chain(args).collect();
                self.function(node, Style::Method, name, args)
            }
        }
    }

    fn has(&mut self, node: &IdedExpr, of: &IdedExpr) -> Checked {
        let is_path = match &of.expr {
            Expr::Select(_) => true,
            Expr::Call(call) => matches!(
                call.func_name.as_str(),
                operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT
            ),
            _ => false,
        };
        if !is_path {
            let help = Some("name a member: `has(resource.name)`".to_owned());
            return self.wrong_at(node, "`has` takes a member or an entry".to_owned(), help);
        }
        // Only whether it is there is asked: nothing below it is read.
        let of = self.select_safely(of);
        let flow = Facts::not_none(of.path.as_ref(), true);
        Checked {
            flow,
            ..Checked::new(Node::NotNull(Box::new(of.node)), Type::Bool)
        }
    }

    fn or_value(&mut self, node: &IdedExpr, of: &IdedExpr, other: &IdedExpr) -> Checked {
        let (value, other) = (self.operand(of), self.operand(other));
        let Some(ty) = value.ty.strip_null().unify(&other.ty) else {
            let message = format!(
                "the value for none must be {}, but it is {}",
                value.ty.strip_null(),
                other.ty
            );
            return self.wrong_at(node, message, None);
        };
        let constant = value.constant().is_some() && other.constant().is_some();
        let node = Node::Default(Box::new((value.node, other.node)));
        Checked::new(Self::folded(node, constant), ty)
    }

    fn sum(&mut self, node: &IdedExpr, list_at: &IdedExpr) -> Checked {
        let list = self.operand(list_at);
        let ty = self.there(list_at, &list);
        let Type::List(element) = &ty else {
            if ty == Type::Any {
                return Checked::wrong();
            }
            return self.wrong_at(
                node,
                format!("`sum` takes a list of numbers, not {ty}"),
                None,
            );
        };
        match functions::sum(element) {
            Some(run) => {
                let element = if **element == Type::Any {
                    Type::Int
                } else {
                    (**element).clone()
                };
                Checked::new(Node::Call1(run, Box::new(list.node)), element)
            }
            None => self.wrong_at(
                node,
                format!("`sum` takes a list of numbers, not {ty}"),
                None,
            ),
        }
    }

    /// `math.greatest` and `math.least` of values of one type, or of the elements of one list.
    fn math(&mut self, node: &IdedExpr, name: &str, args: &[IdedExpr]) -> Checked {
        let run = match name {
            "greatest" => functions::greatest,
            "least" => functions::least,
            _ => {
                let help = Some("there are `math.greatest` and `math.least`".to_owned());
                return self.wrong_at(node, format!("there is no `math.{name}`"), help);
            }
        };
        let values: Vec<_> = args.iter().map(|arg| self.operand(arg)).collect();
        let mut ty = Type::Any;
        for (value, at) in values.iter().zip(args) {
            let found = self.there(at, value);
            match ty.unify(&found) {
                Some(both) => ty = both,
                None => {
                    let message = format!("`math.{name}` takes one type, not {ty} and {found}");
                    return self.wrong_at(at, message, None);
                }
            }
        }
        if let ([_], Type::List(element)) = (args, &ty) {
            ty = element.as_ref().clone();
        }
        if !matches!(
            ty,
            Type::Int | Type::Double | Type::Money | Type::Time | Type::Duration | Type::Any
        ) || args.is_empty()
        {
            let message = format!("`math.{name}` takes numbers, times or durations, not {ty}");
            return self.wrong_at(node, message, None);
        }
        let constant = values.iter().all(|value| value.constant().is_some());
        let nodes = values.into_iter().map(|value| value.node).collect();
        Checked::new(Self::folded(Node::CallMany(run, nodes), constant), ty)
    }

    /// The pattern is known when the rule is loaded: compiled once, and of bounded size.
    fn matches(&mut self, node: &IdedExpr, of_at: &IdedExpr, pattern_at: &IdedExpr) -> Checked {
        let of = self.operand(of_at);
        let ty = self.there(of_at, &of);
        if !ty.is_text() && ty != Type::Any {
            return self.wrong_at(node, format!("`matches` takes text, not {ty}"), None);
        }
        let pattern = self.operand(pattern_at);
        let Some(Value::Text(pattern)) = pattern.constant() else {
            let help = Some("write it as text, or as a parameter".to_owned());
            return self.wrong_at(
                pattern_at,
                "a pattern must be constant text".to_owned(),
                help,
            );
        };
        let built = RegexBuilder::new(pattern)
            .size_limit(limits::PATTERN)
            .dfa_size_limit(limits::PATTERN)
            .nest_limit(32)
            .build();
        match built {
            Ok(pattern) => {
                let constant = of.constant().is_some();
                let node = Node::Matches(Box::new(of.node), Box::new(pattern));
                Checked::new(Self::folded(node, constant), Type::Bool)
            }
            Err(error) => {
                let error = error.to_string();
                let last = error
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ");
                self.wrong_at(pattern_at, format!("this is not a pattern: {last}"), None)
            }
        }
    }

    fn function(
        &mut self,
        node: &IdedExpr,
        style: Style,
        name: &str,
        at: Vec<&IdedExpr>,
    ) -> Checked {
        let values: Vec<_> = at.iter().map(|at| self.expression(at)).collect();
        // The size of a list does not read its elements.
        if name != "size" {
            for value in &values {
                self.read(value);
            }
        }
        let forms: Vec<_> = functions::all()
            .filter(|form| form.name == name && form.style == style)
            .collect();
        if forms.is_empty() {
            return self.no_function(node, style, name);
        }
        let types: Vec<_> = at
            .iter()
            .zip(&values)
            .map(|(at, value)| self.there(at, value))
            .collect();
        let form = forms.iter().find(|form| {
            form.takes.len() == types.len()
                && form
                    .takes
                    .iter()
                    .zip(&types)
                    .all(|(takes, ty)| takes.fits(ty))
        });
        let Some(form) = form else {
            return self.no_form(node, name, &forms, &types);
        };
        let constant = values.iter().all(|value| value.constant().is_some());
        let ty = form.gives.ty();
        let mut nodes = values.into_iter().map(|value| value.node);
        let call = match (form.run, nodes.next(), nodes.next(), nodes.next()) {
            (Run::Size, Some(one), None, None) => Node::Size(Box::new(one)),
            (Run::One(run), Some(one), None, None) => Node::Call1(run, Box::new(one)),
            (Run::Two(run), Some(one), Some(two), None) => Node::Call2(run, Box::new((one, two))),
            (Run::Three(run), Some(one), Some(two), Some(three)) => {
                Node::Call3(run, Box::new((one, two, three)))
            }
            _ => return self.wrong_at(node, format!("`{name}` takes other values"), None),
        };
        if constant && let Some(failure) = Self::constant_failure(&call) {
            return self.wrong_at(node, failure, None);
        }
        Checked::new(Self::folded(call, constant), ty)
    }

    fn no_form(
        &mut self,
        node: &IdedExpr,
        name: &str,
        forms: &[&Function],
        types: &[Type],
    ) -> Checked {
        let list = |types: Vec<String>| {
            if types.is_empty() {
                "nothing".into()
            } else {
                types.join(", ")
            }
        };
        let found = list(types.iter().map(ToString::to_string).collect());
        let mut taken: Vec<String> = forms
            .iter()
            .map(|form| {
                list(
                    form.takes
                        .iter()
                        .map(|takes| takes.noun().to_owned())
                        .collect(),
                )
            })
            .collect();
        taken.dedup();
        let message = format!("`{name}` does not take {found}");
        self.wrong_at(
            node,
            message,
            Some(format!("it takes: {}", taken.join("; or "))),
        )
    }

    fn no_function(&mut self, node: &IdedExpr, style: Style, name: &str) -> Checked {
        let other = functions::all().find(|form| form.name == name);
        let help = match (other, style) {
            (Some(_), Style::Global) => Some(format!("write `x.{name}(…)`")),
            (Some(_), Style::Method) => Some(format!("write `{name}(x)`")),
            (None, _) if name == "matches" => Some("write `x.matches(\"pattern\")`".to_owned()),
            (None, _) => {
                let known = functions::all()
                    .map(|form| form.name)
                    .chain(functions::SPECIAL);
                nearest(name, known).map(|known| format!("did you mean `{known}`?"))
            }
        };
        self.wrong_at(
            node,
            format!("there is no function `{name}` of this form"),
            help,
        )
    }
}
