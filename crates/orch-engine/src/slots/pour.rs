//! One generic serializer that takes in what is read and skips everything else.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::str::FromStr as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use orch_model::{Reason, Text, Why};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::ser::{self, Impossible, Serialize, Serializer};
use smol_str::SmolStrBuilder;

use super::plan::{Plan, StructPlan, Written};
use crate::value::{Reasons, Value};

/// What the schema did not announce.
#[derive(Debug)]
pub(super) struct Mismatch;

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value does not have the form of its schema")
    }
}

impl std::error::Error for Mismatch {}

impl ser::Error for Mismatch {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cold]
fn unexpected(path: &str) -> Value {
    Value::Unknown(Arc::new(BTreeSet::from([Reason {
        what: Text::new(path),
        why: Why::Untold(Text::new_static("it does not have the form of its schema")),
    }])))
}

/// Converts one value.
pub(super) fn convert<'p>(
    plan: &'p Plan,
    write: impl FnOnce(Pour<'p, '_, '_>) -> Result<Value, Mismatch>,
    unread: &dyn Fn(&str) -> Option<Reasons>,
) -> Value {
    let mut scratch = Vec::new();
    write(Pour {
        plan,
        to: &mut Target {
            scratch: &mut scratch,
            unread,
        },
    })
    .unwrap_or_else(|Mismatch| unexpected(""))
}

/// Converts a struct whose members become the slots.
pub(super) fn into_slots<'p>(
    plan: &'p Plan,
    write: impl FnOnce(Pour<'p, '_, '_>) -> Result<Value, Mismatch>,
    unread: &dyn Fn(&str) -> Option<Reasons>,
    slots: &mut Vec<Value>,
) {
    let written = write(Pour {
        plan,
        to: &mut Target {
            scratch: slots,
            unread,
        },
    });
    if written.is_err()
        && let Plan::Slots(plan) = plan
    {
        slots.clear();
        slots.resize(plan.size, Value::Null);
        for field in &plan.fields {
            if let Some(slot) = slots.get_mut(field.index) {
                *slot = unexpected(&field.path);
            }
        }
    }
}

/// Where values are piled up until their list or struct is complete.
pub(super) struct Target<'t> {
    scratch: &'t mut Vec<Value>,
    unread: &'t dyn Fn(&str) -> Option<Reasons>,
}

impl Target<'_> {
    /// Takes what was piled up since `start`.
    fn take(&mut self, start: usize) -> Arc<[Value]> {
        self.scratch.drain(start..).collect()
    }
}

/// The serializer of one place.
pub(super) struct Pour<'p, 't, 'u> {
    plan: &'p Plan,
    to: &'t mut Target<'u>,
}

impl Pour<'_, '_, '_> {
    fn whole_number(&self, value: i64) -> Result<Value, Mismatch> {
        match self.plan {
            Plan::Int => Ok(Value::Int(value)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "the schema says that it is a double"
            )]
            Plan::Double => Ok(Value::Double(value as f64)),
            Plan::Money => Ok(Value::Money(Decimal::from(value))),
            Plan::Skip => Ok(Value::Null),
            _ => Err(Mismatch),
        }
    }
}

/// Parses what is written piece by piece, without a heap block.
struct Line {
    bytes: [u8; 40],
    length: usize,
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes
            .get_mut(self.length..end)
            .ok_or(fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }

    /// Times are written sign by sign.
    #[inline]
    fn write_char(&mut self, sign: char) -> fmt::Result {
        match (u8::try_from(sign), self.bytes.get_mut(self.length)) {
            (Ok(byte), Some(room)) if byte.is_ascii() => {
                *room = byte;
                self.length += 1;
                Ok(())
            }
            _ => self.write_str(sign.encode_utf8(&mut [0; 4])),
        }
    }
}

impl<'p, 't, 'u> Serializer for Pour<'p, 't, 'u> {
    type Ok = Value;
    type Error = Mismatch;
    type SerializeSeq = PourList<'p, 't, 'u>;
    type SerializeTuple = PourList<'p, 't, 'u>;
    type SerializeTupleStruct = PourList<'p, 't, 'u>;
    type SerializeTupleVariant = Impossible<Value, Mismatch>;
    type SerializeMap = PourMap<'p, 't, 'u>;
    type SerializeStruct = PourStruct<'p, 't, 'u>;
    type SerializeStructVariant = Impossible<Value, Mismatch>;

    fn serialize_bool(self, value: bool) -> Result<Value, Mismatch> {
        match self.plan {
            Plan::Bool => Ok(Value::Bool(value)),
            Plan::Skip => Ok(Value::Null),
            _ => Err(Mismatch),
        }
    }

    fn serialize_i8(self, value: i8) -> Result<Value, Mismatch> {
        self.whole_number(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Value, Mismatch> {
        self.whole_number(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Value, Mismatch> {
        self.whole_number(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Value, Mismatch> {
        self.whole_number(value)
    }

    fn serialize_u8(self, value: u8) -> Result<Value, Mismatch> {
        self.whole_number(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Value, Mismatch> {
        self.whole_number(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Value, Mismatch> {
        self.whole_number(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Value, Mismatch> {
        self.whole_number(i64::try_from(value).map_err(|_| Mismatch)?)
    }

    fn serialize_f32(self, value: f32) -> Result<Value, Mismatch> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Value, Mismatch> {
        match self.plan {
            Plan::Double => Ok(Value::Double(value)),
            Plan::Money => Decimal::from_f64(value).map(Value::Money).ok_or(Mismatch),
            Plan::Skip => Ok(Value::Null),
            _ => Err(Mismatch),
        }
    }

    fn serialize_char(self, value: char) -> Result<Value, Mismatch> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Value, Mismatch> {
        match self.plan {
            Plan::Text => Ok(Value::Text(Text::new(value))),
            Plan::Time => DateTime::parse_from_rfc3339(value)
                .map(|time| Value::Time(time.with_timezone(&Utc)))
                .map_err(|_| Mismatch),
            Plan::Money => Decimal::from_str(value)
                .map(Value::Money)
                .map_err(|_| Mismatch),
            Plan::Skip => Ok(Value::Null),
            _ => Err(Mismatch),
        }
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value, Mismatch> {
        Err(Mismatch)
    }

    fn serialize_none(self) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Mismatch> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Mismatch> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, Mismatch> {
        match self.plan {
            Plan::Text => Ok(Value::Text(Text::new_static(variant))),
            _ => self.serialize_str(variant),
        }
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Mismatch> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Mismatch> {
        Err(Mismatch)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<PourList<'p, 't, 'u>, Mismatch> {
        match self.plan {
            Plan::List(element) => Ok(PourList {
                element,
                start: self.to.scratch.len(),
                to: self.to,
            }),
            Plan::Skip => Ok(PourList {
                element: self.plan,
                start: self.to.scratch.len(),
                to: self.to,
            }),
            _ => Err(Mismatch),
        }
    }

    fn serialize_tuple(self, length: usize) -> Result<PourList<'p, 't, 'u>, Mismatch> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        length: usize,
    ) -> Result<PourList<'p, 't, 'u>, Mismatch> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Mismatch> {
        Err(Mismatch)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<PourMap<'p, 't, 'u>, Mismatch> {
        match self.plan {
            Plan::Map(values) => Ok(PourMap::Entries {
                values,
                entries: Vec::new(),
                key: Text::default(),
                to: self.to,
            }),
            Plan::Struct(_) | Plan::Part(_) | Plan::Slots(_) => Ok(PourMap::Members {
                members: self.members()?,
                key: Text::default(),
            }),
            _ => Err(Mismatch),
        }
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<PourStruct<'p, 't, 'u>, Mismatch> {
        self.members()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Mismatch> {
        Err(Mismatch)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<Value, Mismatch> {
        if matches!(self.plan, Plan::Time) {
            let mut line = Line {
                bytes: [0; 40],
                length: 0,
            };
            write!(line, "{value}").map_err(|_| Mismatch)?;
            let text = line
                .bytes
                .get(..line.length)
                .and_then(|text| std::str::from_utf8(text).ok());
            return self.serialize_str(text.ok_or(Mismatch)?);
        }
        let mut text = SmolStrBuilder::new();
        write!(text, "{value}").map_err(|_| Mismatch)?;
        match self.plan {
            Plan::Text => Ok(Value::Text(text.finish())),
            _ => self.serialize_str(&text.finish()),
        }
    }
}

impl<'p, 't, 'u> Pour<'p, 't, 'u> {
    fn members(self) -> Result<PourStruct<'p, 't, 'u>, Mismatch> {
        let (plan, form) = match self.plan {
            Plan::Struct(plan) => (plan, Form::Whole),
            Plan::Part(plan) => (plan, Form::Part),
            Plan::Slots(plan) => (plan, Form::Slots),
            _ => return Err(Mismatch),
        };
        let start = self.to.scratch.len();
        self.to
            .scratch
            .extend(std::iter::repeat_with(|| Value::Null).take(plan.size));
        Ok(PourStruct {
            plan,
            to: self.to,
            start,
            seen: 0,
            form,
            order: plan.order(),
            turn: 0,
            names: Vec::new(),
        })
    }
}

/// The serializer of a list.
pub(super) struct PourList<'p, 't, 'u> {
    element: &'p Plan,
    to: &'t mut Target<'u>,
    start: usize,
}

impl PourList<'_, '_, '_> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        let value = match self.element {
            Plan::Skip => Value::Null,
            plan => value.serialize(Pour { plan, to: self.to })?,
        };
        self.to.scratch.push(value);
        Ok(())
    }
}

macro_rules! as_list {
    ($($form:ident $method:ident,)*) => {
        $(impl ser::$form for PourList<'_, '_, '_> {
            type Ok = Value;
            type Error = Mismatch;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
                self.push(value)
            }

            fn end(self) -> Result<Value, Mismatch> {
                Ok(Value::List(self.to.take(self.start)))
            }
        })*
    };
}

as_list! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
}

fn bit(place: usize) -> u128 {
    u32::try_from(place)
        .ok()
        .and_then(|place| 1_u128.checked_shl(place))
        .unwrap_or(0)
}

/// What becomes of the members of a struct.
#[derive(Clone, Copy)]
enum Form {
    /// They stay piled up as slots.
    Slots,
    Whole,
    Part,
}

/// The serializer of a struct.
pub(super) struct PourStruct<'p, 't, 'u> {
    plan: &'p StructPlan,
    to: &'t mut Target<'u>,
    start: usize,
    /// The fields that were there, one bit each; no struct has more than this has room for.
    seen: u128,
    form: Form,
    /// What is known of the order of the names.
    order: &'p [Written],
    /// How many names were written.
    turn: usize,
    /// The names, while their order is not known.
    names: Vec<&'static str>,
}

impl PourStruct<'_, '_, '_> {
    /// The place of a field that is not written where it was the first time, if it is read.
    #[cold]
    fn look(&mut self, name: &'static str) -> Option<u8> {
        if self.order.is_empty() {
            self.names.push(name);
        }
        self.plan.find(name)
    }

    fn member<T: Serialize + ?Sized>(&mut self, place: u8, value: &T) {
        let Some(field) = self.plan.fields.get(usize::from(place)) else {
            return;
        };
        let top = self.to.scratch.len();
        let written = value.serialize(Pour {
            plan: &field.plan,
            to: self.to,
        });
        let value = written.unwrap_or_else(|Mismatch| {
            self.to.scratch.truncate(top);
            unexpected(&field.path)
        });
        if let Some(slot) = self.to.scratch.get_mut(self.start + field.index) {
            *slot = value;
        }
        self.seen |= 1_u128.checked_shl(place.into()).unwrap_or(0);
    }

    fn finish(self) -> Value {
        if self.seen.count_ones() as usize != self.plan.fields.len() {
            for (place, field) in self.plan.fields.iter().enumerate() {
                if self.seen & bit(place) == 0
                    && let Some(slot) = self.to.scratch.get_mut(self.start + field.index)
                {
                    *slot = match &field.missing {
                        Value::Unknown(untold) => {
                            let told = (self.to.unread)(&field.path);
                            Value::Unknown(told.unwrap_or_else(|| Reasons::clone(untold)))
                        }
                        value => value.clone(),
                    };
                }
            }
        }
        match self.form {
            Form::Slots => Value::Null,
            Form::Whole => Value::Struct(self.to.take(self.start)),
            Form::Part => Value::Part(self.to.take(self.start)),
        }
    }
}

impl ser::SerializeStruct for PourStruct<'_, '_, '_> {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Mismatch> {
        let written = self.order.get(self.turn);
        self.turn += 1;
        let place = match written.and_then(|written| written.place(name)) {
            Some(place) => place,
            None => self.look(name),
        };
        if let Some(place) = place {
            self.member(place, value);
        }
        Ok(())
    }

    fn skip_field(&mut self, name: &'static str) -> Result<(), Mismatch> {
        self.turn += 1;
        if self.order.is_empty() {
            self.look(name);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, Mismatch> {
        if self.order.is_empty() {
            self.plan.learn(&self.names);
        }
        Ok(self.finish())
    }
}

/// The serializer of a map, or of a struct that is written as one.
pub(super) enum PourMap<'p, 't, 'u> {
    Entries {
        values: &'p Plan,
        entries: Vec<(Text, Value)>,
        key: Text,
        to: &'t mut Target<'u>,
    },
    Members {
        members: PourStruct<'p, 't, 'u>,
        key: Text,
    },
}

impl ser::SerializeMap for PourMap<'_, '_, '_> {
    type Ok = Value;
    type Error = Mismatch;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Mismatch> {
        let mut scratch = Vec::new();
        let to = &mut Target {
            scratch: &mut scratch,
            unread: &|_| None,
        };
        let Value::Text(name) = name.serialize(Pour {
            plan: &Plan::Text,
            to,
        })?
        else {
            return Err(Mismatch);
        };
        match self {
            Self::Entries { key, .. } | Self::Members { key, .. } => *key = name,
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Mismatch> {
        match self {
            Self::Entries {
                values,
                entries,
                key,
                to,
            } => {
                let value = value.serialize(Pour { plan: values, to })?;
                entries.push((key.clone(), value));
            }
            Self::Members { members, key } => {
                if let Some(place) = members.plan.find(key) {
                    members.member(place, value);
                }
            }
        }
        Ok(())
    }

    fn end(self) -> Result<Value, Mismatch> {
        Ok(match self {
            Self::Entries { entries, .. } => Value::map(entries),
            Self::Members { members, .. } => members.finish(),
        })
    }
}
