//! Literals, lists and maps.

use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr};
use orch_model::Text;

use super::checker::{Checked, Checker};
use crate::lang::node::Node;
use crate::lang::types::{Member, StructType, Type};
use crate::value::Value;

impl Checker<'_> {
    pub(super) fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue) -> Checked {
        let (value, ty) = match literal {
            LiteralValue::Boolean(value) => (Value::Bool(*value.inner()), Type::Bool),
            LiteralValue::Int(value) => (Value::Int(*value.inner()), Type::Int),
            LiteralValue::Double(value) => (Value::Double(*value.inner()), Type::Double),
            LiteralValue::String(value) => (Value::Text(Text::new(value.inner())), Type::Text),
            LiteralValue::Null => (Value::Null, Type::Null),
            LiteralValue::UInt(_) => {
                let help = Some("write the number without `u`".to_owned());
                return self.wrong_at(node, "there are no unsigned numbers here".to_owned(), help);
            }
            LiteralValue::Bytes(_) => {
                let help = Some("write text without `b` in front".to_owned());
                return self.wrong_at(node, "there are no bytes here".to_owned(), help);
            }
        };
        Checked::new(Node::Const(value), ty)
    }

    pub(super) fn list(&mut self, node: &IdedExpr, list: &ListExpr) -> Checked {
        if !list.optional_indices.is_empty() {
            return self.wrong_at(
                node,
                "a list has no optional elements here".to_owned(),
                None,
            );
        }
        let elements: Vec<_> = list
            .elements
            .iter()
            .map(|element| self.operand(element))
            .collect();
        let constant = elements.iter().all(|element| element.constant().is_some());
        let mut ty = Type::Any;
        for (element, at) in elements.iter().zip(&list.elements) {
            match ty.unify(&element.ty) {
                Some(both) => ty = both,
                None => {
                    let message = format!(
                        "a list holds one type, but here are {ty} and {}",
                        element.ty
                    );
                    self.error(self.parsed.span(at), message, None);
                }
            }
        }
        let nodes = elements.into_iter().map(|element| element.node).collect();
        Checked::new(Self::folded(Node::List(nodes), constant), ty.listed())
    }

    pub(super) fn map(&mut self, node: &IdedExpr, map: &MapExpr) -> Checked {
        let mut entries = Vec::new();
        for entry in &map.entries {
            match &entry.expr {
                EntryExpr::MapEntry(entry) if !entry.optional => entries.push(entry),
                _ => {
                    let message = "a map has no optional entries here".to_owned();
                    return self.wrong_at(node, message, None);
                }
            }
        }
        let names: Option<Vec<_>> = entries
            .iter()
            .map(|entry| match &entry.key.expr {
                Expr::Literal(LiteralValue::String(name)) => Some(name.inner()),
                _ => None,
            })
            .collect();
        let values: Vec<_> = entries
            .iter()
            .map(|entry| self.operand(&entry.value))
            .collect();
        match names {
            Some(names) if !names.is_empty() => {
                let mut members: Vec<Member> = Vec::new();
                for ((name, value), entry) in names.iter().zip(&values).zip(&entries) {
                    if members.iter().any(|member| member.name == **name) {
                        let message = format!("the key `{name}` is there twice");
                        self.error(self.parsed.span(&entry.key), message, None);
                    }
                    members.push(Member::new(*name, value.ty.clone()));
                }
                let constant = values.iter().all(|value| value.constant().is_some());
                let nodes = values.into_iter().map(|value| value.node).collect();
                let ty = Type::Struct(Arc::new(StructType::new("this map", members)));
                Checked::new(Self::folded(Node::Record(nodes), constant), ty)
            }
            _ => {
                let mut ty = Type::Any;
                let mut nodes = Vec::new();
                for (entry, value) in entries.iter().zip(values) {
                    let key = self.operand(&entry.key);
                    let key_ty = self.there(&entry.key, &key);
                    if !key_ty.is_text() && key_ty != Type::Any {
                        let message = format!("a key of a map is text, but this is {key_ty}");
                        self.error(self.parsed.span(&entry.key), message, None);
                    }
                    match ty.unify(&value.ty) {
                        Some(both) => ty = both,
                        None => {
                            let message =
                                format!("a map holds one type, but here are {ty} and {}", value.ty);
                            self.error(self.parsed.span(&entry.value), message, None);
                        }
                    }
                    nodes.push((key.node, value.node));
                }
                Checked::new(Node::Map(nodes.into()), Type::Map(Arc::new(ty)))
            }
        }
    }
}
