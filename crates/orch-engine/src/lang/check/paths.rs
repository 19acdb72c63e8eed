//! Names, members, keys and indexes.

use std::sync::Arc;

use cel::common::ast::{Expr, IdedExpr, LiteralValue};

use super::checker::{Checked, Checker, ROOTS, nearest};
use super::flow::Path;
use crate::lang::node::Node;
use crate::lang::types::{StructType, Type};
use crate::value::Value;

impl Checker<'_> {
    /// The type of a path, without none where a guard excludes it.
    fn at(&self, path: &Path, ty: Type) -> Type {
        match ty {
            Type::Nullable(inner) if self.known.contains(path) => inner.as_ref().clone(),
            ty => ty,
        }
    }

    pub(super) fn name(&mut self, node: &IdedExpr, name: &str) -> Checked {
        let local = self
            .locals
            .iter()
            .enumerate()
            .find(|(_, local)| local.name == name);
        if let Some((level, local)) = local {
            let path = Path::of(name);
            return Checked {
                ty: self.at(&path, local.ty.clone()),
                shape: local.shape,
                path: Some(path),
                ..Checked::new(Node::Local(level), Type::Any)
            };
        }
        match (name, self.roots.key) {
            ("now", _) => {
                self.uses.now = true;
                Checked::new(Node::Now, Type::Time)
            }
            ("key", Some(ty)) => {
                self.uses.key = true;
                Checked {
                    path: Some(Path::of(name)),
                    ..Checked::new(Node::Key, ty.clone())
                }
            }
            ("key", None) => self.wrong_at(
                node,
                "there is no `key` here".to_owned(),
                Some(
                    "a rule has `key` in message, evidence and saving once it defines one"
                        .to_owned(),
                ),
            ),
            ("resource" | "facts" | "params", _) => self.wrong_at(
                node,
                format!("`{name}` is no value of its own"),
                Some(format!("name a member of it: `{name}.…`")),
            ),
            _ => {
                let known = self
                    .locals
                    .iter()
                    .map(|local| local.name.as_str())
                    .chain(ROOTS);
                let help = nearest(name, known).map(|known| format!("did you mean `{known}`?"));
                self.wrong_at(node, format!("there is no name `{name}`"), help)
            }
        }
    }

    /// Whether a node is one of the names that have members but no value.
    fn root<'n>(&self, node: &'n IdedExpr) -> Option<&'n str> {
        match &node.expr {
            Expr::Ident(name)
                if matches!(name.as_str(), "resource" | "facts" | "params")
                    && !self.locals.iter().any(|local| local.name == *name) =>
            {
                Some(name)
            }
            _ => None,
        }
    }

    /// `of.field`; with `safe`, none has none as its members.
    pub(super) fn select(
        &mut self,
        node: &IdedExpr,
        of: &IdedExpr,
        field: &str,
        safe: bool,
    ) -> Checked {
        if let Some(root) = self.root(of) {
            return self.root_member(node, root, field);
        }
        let base = self.expression(of);
        self.select_of(node, of, base, field, safe)
    }

    /// `has(a.b.c)` looks at each part of the path without a guard.
    pub(super) fn select_safely(&mut self, node: &IdedExpr) -> Checked {
        match &node.expr {
            Expr::Select(select) if self.root(&select.operand).is_none() => {
                let base = self.select_safely(&select.operand);
                self.select_of(node, &select.operand, base, &select.field, true)
            }
            _ => self.expression(node),
        }
    }

    fn root_member(&mut self, node: &IdedExpr, root: &str, field: &str) -> Checked {
        let path = Path::of(root).member(field);
        match root {
            "params" => match self.roots.params.get_key_value(field) {
                Some((name, param)) => {
                    self.uses.params.insert(name.clone());
                    Checked {
                        path: Some(path),
                        ..Checked::new(Node::Const(param.value.clone()), param.ty.clone())
                    }
                }
                None => {
                    let known = self.roots.params.keys().map(|name| name.as_str());
                    let help = nearest(field, known)
                        .map(|known| format!("did you mean `{known}`?"))
                        .or_else(|| {
                            Some("list it under `params` with type, default and about".into())
                        });
                    self.wrong_at(node, format!("the rule has no parameter `{field}`"), help)
                }
            },
            "facts" => {
                let facts = Arc::clone(self.layout.facts_type());
                match facts.member(field) {
                    Some((_, member)) => {
                        let (slot, shape) = self.layout.fact_slot(field);
                        self.uses.facts.insert(member.name.clone());
                        Checked {
                            ty: self.at(&path, member.ty.clone()),
                            shape: Some(shape),
                            path: Some(path),
                            ..Checked::new(Node::Fact(slot), Type::Any)
                        }
                    }
                    None => {
                        let on = Arc::clone(self.layout.resource_type());
                        self.no_member(node, (&facts, on.name()), field, "fact")
                    }
                }
            }
            _ => {
                let resource = Arc::clone(self.layout.resource_type());
                match resource.member(field) {
                    Some((index, member)) => {
                        let (slot, shape) = self.layout.slot(index);
                        self.note_resource(&path);
                        Checked {
                            ty: self.at(&path, member.ty.clone()),
                            shape: Some(shape),
                            path: Some(path),
                            ..Checked::new(Node::Slot(slot), Type::Any)
                        }
                    }
                    None => self.no_member(node, (&resource, resource.name()), field, "field"),
                }
            }
        }
    }

    fn no_member(
        &mut self,
        node: &IdedExpr,
        (of, called): (&StructType, &str),
        field: &str,
        noun: &str,
    ) -> Checked {
        let known = of.members().iter().map(|member| member.name.as_str());
        let message = match nearest(field, known.clone()) {
            Some(known) => {
                format!("no {noun} `{field}` on {called}; did you mean `{known}`?")
            }
            None => format!("no {noun} `{field}` on {called}"),
        };
        let known: Vec<_> = known.collect();
        let help = (!known.is_empty()).then(|| format!("it has: {}", known.join(", ")));
        self.wrong_at(node, message, help)
    }

    fn select_of(
        &mut self,
        node: &IdedExpr,
        of: &IdedExpr,
        base: Checked,
        field: &str,
        safe: bool,
    ) -> Checked {
        let none = safe && base.ty.can_be_none();
        let ty = if safe {
            base.ty.strip_null().clone()
        } else {
            self.there(of, &base)
        };
        let path = base.path.as_ref().map(|path| path.member(field));
        let constant = base.constant().is_some();
        let (found, shape, op) = match &ty {
            Type::Struct(known) => match known.member(field) {
                Some((index, member)) => {
                    let part = base.shape.map(|shape| self.layout.member(shape, index));
                    let op = Node::Member {
                        of: Box::new(base.node),
                        index,
                        part: part.map_or(index, |(part, _)| part),
                        safe,
                    };
                    (member.ty.clone(), part.map(|(_, shape)| shape), op)
                }
                None => return self.no_member(node, (known, known.name()), field, "field"),
            },
            Type::Map(value) => {
                self.read(&base);
                let key = Box::new(Node::Const(Value::Text(field.into())));
                let of = Box::new(base.node);
                (
                    value.as_ref().clone().or_null(),
                    None,
                    Node::Entry { of, key, safe },
                )
            }
            Type::Any => return Checked::wrong(),
            Type::Null => (Type::Null, None, Node::Const(Value::Null)),
            ty => {
                let text = self.parsed.text(of).to_owned();
                return self.wrong_at(
                    node,
                    format!("`{text}` is {ty} and has no member `{field}`"),
                    matches!(ty, Type::List(_))
                        .then(|| format!("ask its elements: `{text}.exists(x, x.{field} …)`")),
                );
            }
        };
        self.reached(
            Self::folded(op, constant),
            if none { found.or_null() } else { found },
            shape,
            path,
        )
    }

    fn reached(
        &mut self,
        node: Node,
        ty: Type,
        shape: Option<crate::slots::ShapeId>,
        path: Option<Path>,
    ) -> Checked {
        if let Some(path) = &path {
            self.note_resource(path);
        }
        let ty = path
            .as_ref()
            .map_or_else(|| ty.clone(), |path| self.at(path, ty.clone()));
        Checked {
            shape,
            path,
            ..Checked::new(node, ty)
        }
    }

    /// `of[index]`; with `safe` (`of[?index]`) none where there is no such element.
    pub(super) fn index(
        &mut self,
        node: &IdedExpr,
        of: &IdedExpr,
        index: &IdedExpr,
        safe: bool,
    ) -> Checked {
        // `resource["name"]` is the same as `resource.name`.
        if let Expr::Literal(LiteralValue::String(field)) = &index.expr
            && self.root(of).is_some()
        {
            return self.select(node, of, field.inner(), safe);
        }
        let base = self.expression(of);
        if let (Expr::Literal(LiteralValue::String(field)), Type::Struct(_)) =
            (&index.expr, base.ty.strip_null())
        {
            return self.select_of(node, of, base, field.inner(), safe);
        }
        let at = self.operand(index);
        let none = safe && base.ty.can_be_none();
        let ty = if safe {
            base.ty.strip_null().clone()
        } else {
            self.there(of, &base)
        };
        let wanted = match &ty {
            Type::List(_) => Type::Int,
            Type::Map(_) => Type::Text,
            Type::Any => return Checked::wrong(),
            Type::Struct(known) => {
                let message = format!("a member of {} is named, not computed", known.name());
                return self.wrong_at(node, message, Some("write `.name`".to_owned()));
            }
            ty => {
                let text = self.parsed.text(of).to_owned();
                return self.wrong_at(node, format!("`{text}` is {ty} and has no elements"), None);
            }
        };
        let at_ty = self.there(index, &at);
        if !(at_ty == wanted || at_ty.is_text() && wanted == Type::Text || at_ty == Type::Any) {
            let text = self.parsed.text(node).to_owned();
            let message = format!("`{text}` looks for {at_ty} in {ty}; it takes {wanted}");
            return self.wrong_at(node, message, None);
        }
        let path = match (&base.path, at.constant()) {
            (Some(path), Some(Value::Int(at))) => Some(path.index(*at)),
            (Some(path), Some(Value::Text(key))) => Some(path.member(key)),
            _ => None,
        };
        let (shape, found) = match &ty {
            Type::List(element) => {
                let shape = base.shape.map(|shape| self.layout.element(shape));
                let element = element.as_ref().clone();
                (shape, if safe { element.or_null() } else { element })
            }
            Type::Map(value) => {
                self.read(&base);
                (None, value.as_ref().clone().or_null())
            }
            _ => (None, Type::Any),
        };
        let constant = base.constant().is_some() && at.constant().is_some();
        let (of, key) = (Box::new(base.node), Box::new(at.node));
        let op = if wanted == Type::Int {
            Node::Element {
                of,
                index: key,
                safe,
            }
        } else {
            Node::Entry { of, key, safe }
        };
        let found = if none { found.or_null() } else { found };
        self.reached(Self::folded(op, constant), found, shape, path)
    }
}
