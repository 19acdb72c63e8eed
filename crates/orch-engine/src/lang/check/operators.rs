//! Logic, comparison, arithmetic, `in`.

use cel::common::ast::IdedExpr;

use super::checker::{Checked, Checker, nearest};
use super::flow::{Facts, Path};
use crate::lang::arithmetic;
use crate::lang::node::{Compare, Node};
use crate::lang::types::Type;
use crate::value::Value;

impl Checker<'_> {
    /// Checks with more paths known not to be none.
    fn knowing<T>(&mut self, paths: &[Path], check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.known.len();
        self.known.extend_from_slice(paths);
        let checked = check(self);
        self.known.truncate(before);
        checked
    }

    pub(super) fn and_or(&mut self, left: &IdedExpr, right: &IdedExpr, and: bool) -> Checked {
        let operator = if and { "`&&`" } else { "`||`" };
        let left = self.condition(left, operator);
        let paths = if and {
            left.flow.when_true.clone()
        } else {
            left.flow.when_false.clone()
        };
        let right = self.knowing(&paths, |checker| checker.condition(right, operator));
        let flow = if and {
            left.flow.and(&right.flow)
        } else {
            left.flow.or(&right.flow)
        };
        let mut terms = Vec::new();
        for node in [left.node, right.node] {
            match (node, and) {
                (Node::And(inner), true) | (Node::Or(inner), false) => terms.extend(inner),
                (node, _) => terms.push(node),
            }
        }
        let terms = terms.into_boxed_slice();
        let node = if and {
            Node::And(terms)
        } else {
            Node::Or(terms)
        };
        Checked {
            flow,
            ..Checked::new(node, Type::Bool)
        }
    }

    pub(super) fn not(&mut self, of: &IdedExpr) -> Checked {
        let of = self.condition(of, "`!`");
        let constant = of.constant().is_some();
        let node = Self::folded(Node::Not(Box::new(of.node)), constant);
        Checked {
            flow: of.flow.not(),
            ..Checked::new(node, Type::Bool)
        }
    }

    pub(super) fn conditional(
        &mut self,
        node: &IdedExpr,
        condition: &IdedExpr,
        yes: &IdedExpr,
        no: &IdedExpr,
    ) -> Checked {
        let condition = self.condition(condition, "`?:`");
        let yes = self.knowing(&condition.flow.when_true.clone(), |checker| {
            checker.operand(yes)
        });
        let no = self.knowing(&condition.flow.when_false.clone(), |checker| {
            checker.operand(no)
        });
        match yes.ty.unify(&no.ty) {
            Some(ty) => {
                let parts = Box::new((condition.node, yes.node, no.node));
                Checked::new(Node::If(parts), ty)
            }
            None => {
                let message = format!(
                    "both sides of `?:` need one type, but they are {} and {}",
                    yes.ty, no.ty
                );
                self.wrong_at(node, message, None)
            }
        }
    }

    /// A word that a field never has is a mistake.
    fn known_word(&mut self, at: &IdedExpr, of: &IdedExpr, ty: &Type, constant: Option<&Value>) {
        let Type::Word(words) = ty.strip_null() else {
            return;
        };
        let used: Vec<_> = match constant {
            Some(value @ Value::Text(_)) => vec![value],
            Some(Value::List(items)) => items.iter().collect(),
            _ => return,
        };
        for value in used {
            let Value::Text(word) = value else { continue };
            if words.contains(word) {
                continue;
            }
            let field = self.parsed.text(of).to_owned();
            let known = words.iter().map(|word| word.as_str());
            let message = match nearest(word, known.clone()) {
                Some(near) => format!("`{field}` is never `{word}`; did you mean `{near}`?"),
                None => format!("`{field}` is never `{word}`"),
            };
            let known: Vec<_> = known.collect();
            self.error(
                self.parsed.span(at),
                message,
                Some(format!("it is one of: {}", known.join(", "))),
            );
        }
    }

    pub(super) fn equality(
        &mut self,
        node: &IdedExpr,
        left_at: &IdedExpr,
        right_at: &IdedExpr,
        negated: bool,
    ) -> Checked {
        let (left, right) = (self.expression(left_at), self.expression(right_at));
        if right.ty == Type::Null {
            return Self::none(left, negated);
        }
        if left.ty == Type::Null {
            return Self::none(right, negated);
        }
        self.read(&left);
        self.read(&right);
        if !left.ty.comparable(&right.ty) {
            return self.incomparable(node, &left, &right);
        }
        self.known_word(right_at, left_at, &left.ty, right.constant());
        self.known_word(left_at, right_at, &right.ty, left.constant());
        let constants = (left.constant().is_some(), right.constant().is_some());
        let path = match constants {
            (false, true) => left.path.as_ref(),
            (true, false) => right.path.as_ref(),
            _ => None,
        };
        let flow = Facts::not_none(path, !negated);
        let pair = Box::new((left.node, right.node));
        let node = if negated {
            Node::Differs(pair)
        } else {
            Node::Same(pair)
        };
        let node = Self::folded(node, constants == (true, true));
        Checked {
            flow,
            ..Checked::new(node, Type::Bool)
        }
    }

    /// Only whether it is there is asked: nothing below it is read.
    fn none(of: Checked, negated: bool) -> Checked {
        let flow = Facts::not_none(of.path.as_ref(), negated);
        let constant = of.constant().is_some();
        let of = Box::new(of.node);
        let node = if negated {
            Node::NotNull(of)
        } else {
            Node::IsNull(of)
        };
        Checked {
            flow,
            ..Checked::new(Self::folded(node, constant), Type::Bool)
        }
    }

    fn incomparable(&mut self, node: &IdedExpr, left: &Checked, right: &Checked) -> Checked {
        let text = self.parsed.text(node).to_owned();
        let (one, two) = (left.ty.strip_null(), right.ty.strip_null());
        let number = [left, right]
            .into_iter()
            .filter_map(|side| side.constant())
            .find_map(|value| {
                if let Value::Text(text) = value {
                    Some(text)
                } else {
                    None
                }
            })
            .filter(|text| text.parse::<f64>().is_ok() && (one.is_number() || two.is_number()));
        let help = number.map(|number| format!("write {number} without quotes"));
        self.wrong_at(node, format!("`{text}` compares {one} with {two}"), help)
    }

    pub(super) fn order(
        &mut self,
        node: &IdedExpr,
        left_at: &IdedExpr,
        right_at: &IdedExpr,
        compare: Compare,
    ) -> Checked {
        let (left, right) = (self.operand(left_at), self.operand(right_at));
        let (one, two) = (self.there(left_at, &left), self.there(right_at, &right));
        let ordered = one == Type::Any
            || two == Type::Any
            || one.is_number() && two.is_number()
            || one.is_text() && two.is_text()
            || one == two && matches!(one, Type::Bool | Type::Time | Type::Duration);
        if !ordered {
            if one == two {
                let message = format!("{one} has no order");
                return self.wrong_at(node, message, None);
            }
            return self.incomparable(node, &left, &right);
        }
        let constant = left.constant().is_some() && right.constant().is_some();
        let pair = Box::new((left.node, right.node));
        let node = if one == Type::Int && two == Type::Int {
            Node::OrderInts(compare, pair)
        } else {
            Node::Order(compare, pair)
        };
        Checked::new(Self::folded(node, constant), Type::Bool)
    }

    pub(super) fn contained(
        &mut self,
        node: &IdedExpr,
        needle_at: &IdedExpr,
        list_at: &IdedExpr,
    ) -> Checked {
        let (needle, list) = (self.operand(needle_at), self.operand(list_at));
        let constants = (needle.constant().is_some(), list.constant().is_some());
        match self.there(list_at, &list) {
            Type::List(element) => {
                if !needle.ty.comparable(&element) {
                    let text = self.parsed.text(node).to_owned();
                    let message = format!("`{text}` looks for {} in list<{element}>", needle.ty);
                    return self.wrong_at(node, message, None);
                }
                self.known_word(list_at, needle_at, &needle.ty, list.constant());
                self.known_word(needle_at, list_at, &element, needle.constant());
                let whole = constants.1 && !element.can_be_none();
                let flow = Facts::not_none(needle.path.as_ref().filter(|_| whole), true);
                let node = Node::In(Box::new((needle.node, list.node)));
                let node = Self::folded(node, constants == (true, true));
                Checked {
                    flow,
                    ..Checked::new(node, Type::Bool)
                }
            }
            Type::Map(_) => {
                let key = self.there(needle_at, &needle);
                if !key.is_text() && key != Type::Any {
                    let message = format!("a key of a map is text, but this is {key}");
                    return self.wrong_at(needle_at, message, None);
                }
                let path = match (&list.path, needle.constant()) {
                    (Some(path), Some(Value::Text(key))) => Some(path.member(key)),
                    _ => None,
                };
                let flow = Facts::not_none(path.as_ref(), true);
                let node = Node::InMap(Box::new((needle.node, list.node)));
                let node = Self::folded(node, constants == (true, true));
                Checked {
                    flow,
                    ..Checked::new(node, Type::Bool)
                }
            }
            Type::Any => Checked::new(Node::Never, Type::Bool),
            ty => {
                let text = self.parsed.text(list_at).to_owned();
                let help = ty
                    .is_text()
                    .then(|| "for a part of a text write `x.contains(y)`".to_owned());
                self.wrong_at(
                    node,
                    format!("`in` takes a list or a map, but `{text}` is {ty}"),
                    help,
                )
            }
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        node: &IdedExpr,
        left_at: &IdedExpr,
        right_at: &IdedExpr,
        operator: char,
    ) -> Checked {
        let (left, right) = (self.operand(left_at), self.operand(right_at));
        let (one, two) = (self.there(left_at, &left), self.there(right_at, &right));
        if one == Type::Any || two == Type::Any {
            return Checked::wrong();
        }
        let Some((run, ty)) = arithmetic::binary(operator, &one, &two) else {
            let text = self.parsed.text(node).to_owned();
            let help = match (&one, &two) {
                (Type::Int, Type::Double) | (Type::Double, Type::Int) => {
                    Some("turn the int into a double: `double(…)`".to_owned())
                }
                (text, _) | (_, text) if text.is_text() && operator == '+' => {
                    Some("turn the other into text: `string(…)`".to_owned())
                }
                _ => None,
            };
            let message = format!("`{text}`: there is no {one} {operator} {two}");
            return self.wrong_at(node, message, help);
        };
        let constant = left.constant().is_some() && right.constant().is_some();
        let node = Node::Call2(run, Box::new((left.node, right.node)));
        Checked::new(Self::folded(node, constant), ty)
    }

    pub(super) fn negative(&mut self, node: &IdedExpr, of_at: &IdedExpr) -> Checked {
        let of = self.operand(of_at);
        let ty = self.there(of_at, &of);
        if !ty.is_number() && ty != Type::Any {
            return self.wrong_at(node, format!("{ty} has no sign"), None);
        }
        let constant = of.constant().is_some();
        Checked::new(
            Self::folded(Node::Call1(arithmetic::negate, Box::new(of.node)), constant),
            ty,
        )
    }
}
