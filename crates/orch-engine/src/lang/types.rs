//! The types of the language, and how they are read from a kind's JSON schema.

use std::fmt;
use std::sync::{Arc, LazyLock};

use orch_model::{Kind, Provider, Text};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value as Json;

use crate::value::Value;

/// The type of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// A floating-point number.
    Double,
    /// Text.
    Text,
    /// Text that is one of these words.
    Word(Arc<[Text]>),
    /// An instant in UTC.
    Time,
    /// A span of time.
    Duration,
    /// An exact amount of money.
    Money,
    /// An IP address.
    Ip,
    /// A block of IP addresses.
    Cidr,
    /// Values of one type in order.
    List(Arc<Self>),
    /// Values of one type by text. A key that is not there is none.
    Map(Arc<Self>),
    /// Members by name.
    Struct(Arc<StructType>),
    /// The type, or none.
    Nullable(Arc<Self>),
    /// None and nothing else.
    Null,
    /// Fits every other type: the element of an empty list, the type of a part that is already reported.
    Any,
}

/// The members of a struct.
#[derive(Debug, Clone, PartialEq)]
pub struct StructType {
    name: Text,
    members: Vec<Member>,
}

/// One member of a struct.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: Text,
    /// Its type.
    pub ty: Type,
    /// Its sentence of documentation, if it has one.
    pub about: Text,
    /// What it is when it is left out; nothing when that means that it was not read.
    pub missing: Option<Value>,
}

impl StructType {
    /// A struct type; its name is used in messages.
    pub fn new(name: impl Into<Text>, members: Vec<Member>) -> Self {
        Self {
            name: name.into(),
            members,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its members; values hold them in this order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The place and description of a member.
    pub fn member(&self, name: &str) -> Option<(usize, &Member)> {
        self.members
            .iter()
            .enumerate()
            .find(|(_, member)| member.name == name)
    }
}

impl Member {
    /// A member that is always there when it was read.
    pub fn new(name: impl Into<Text>, ty: Type) -> Self {
        Self {
            name: name.into(),
            ty,
            about: Text::default(),
            missing: None,
        }
    }
}

/// What every resource has besides the members of its kind.
pub(crate) const COMMON: [&str; 8] = [
    "uid",
    "name",
    "account",
    "region",
    "provider",
    "kind",
    "tags",
    "created_at",
];

impl Type {
    /// The type of `resource` for a kind: what every resource has, and the members of the kind's body.
    pub fn of_kind(kind: Kind) -> Self {
        let words: Arc<[Text]> = Provider::ALL
            .iter()
            .map(|provider| Text::new(provider.as_str()))
            .collect();
        let mut members: Vec<_> = COMMON
            .iter()
            .map(|name| {
                let ty = match *name {
                    "provider" => Self::Word(Arc::clone(&words)),
                    "kind" => Self::Word(Arc::from([Text::new(kind.as_str())])),
                    "tags" => Self::Map(Arc::new(Self::Text)),
                    "created_at" => Self::Time.or_null(),
                    _ => Self::Text,
                };
                Member::new(*name, ty)
            })
            .collect();
        if let Self::Struct(body) = Self::of_schema(&kind.schema()) {
            members.extend(body.members.iter().cloned());
        }
        Self::Struct(Arc::new(StructType::new(kind.as_str(), members)))
    }

    /// The type of a Rust type by its JSON schema, members inline.
    pub fn of<T: JsonSchema>() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
        });
        Self::of_schema(&settings.into_generator().into_root_schema_for::<T>())
    }

    /// The type that a JSON schema describes. What it cannot describe becomes [`Type::Any`].
    pub fn of_schema(schema: &Schema) -> Self {
        read(schema.as_value(), schema.as_value(), "struct", 0)
    }

    /// A struct type from its members.
    pub fn structure(name: &str, members: impl IntoIterator<Item = (Text, Self)>) -> Self {
        let members = members
            .into_iter()
            .map(|(name, ty)| Member::new(name, ty))
            .collect();
        Self::Struct(Arc::new(StructType::new(name, members)))
    }

    /// A list of this.
    pub fn listed(self) -> Self {
        Self::List(Arc::new(self))
    }

    /// This or none.
    #[must_use]
    pub fn or_null(self) -> Self {
        match self {
            Self::Nullable(_) | Self::Null | Self::Any => self,
            other => Self::Nullable(Arc::new(other)),
        }
    }

    /// The type without none.
    pub fn strip_null(&self) -> &Self {
        if let Self::Nullable(inner) = self {
            inner
        } else {
            self
        }
    }

    /// Whether it can be none.
    pub fn can_be_none(&self) -> bool {
        matches!(self, Self::Nullable(_) | Self::Null)
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Double | Self::Money)
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Word(_))
    }

    /// Whether a part of it could not be read from a schema.
    pub fn has_any(&self) -> bool {
        match self {
            Self::Any => true,
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.has_any(),
            Self::Struct(members) => members.members.iter().any(|member| member.ty.has_any()),
            _ => false,
        }
    }

    /// The one type that holds the values of both, if there is one.
    pub(crate) fn unify(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (left, right) if left == right => left.clone(),
            (Self::Any, known) | (known, Self::Any) => known.clone(),
            (Self::Null, known) | (known, Self::Null) => known.clone().or_null(),
            (Self::Nullable(left), right) | (right, Self::Nullable(left)) => {
                left.unify(right.strip_null())?.or_null()
            }
            (left, right) if left.is_text() && right.is_text() => Self::Text,
            (Self::List(left), Self::List(right)) => left.unify(right)?.listed(),
            (Self::Map(left), Self::Map(right)) => Self::Map(Arc::new(left.unify(right)?)),
            _ => return None,
        })
    }

    /// Whether `==` between both can ever be true.
    pub(crate) fn comparable(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any | Self::Null, _) | (_, Self::Any | Self::Null) => true,
            (Self::Nullable(inner), other) | (other, Self::Nullable(inner)) => {
                inner.comparable(other)
            }
            (Self::List(left), Self::List(right)) | (Self::Map(left), Self::Map(right)) => {
                left.comparable(right)
            }
            (left, right) => (left.is_number() && right.is_number()) || left.unify(right).is_some(),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Double => f.write_str("double"),
            Self::Text | Self::Word(_) => f.write_str("text"),
            Self::Time => f.write_str("time"),
            Self::Duration => f.write_str("duration"),
            Self::Money => f.write_str("money"),
            Self::Ip => f.write_str("ip"),
            Self::Cidr => f.write_str("cidr"),
            Self::List(inner) => write!(f, "list<{inner}>"),
            Self::Map(inner) => write!(f, "map<{inner}>"),
            Self::Struct(members) => f.write_str(&members.name),
            Self::Nullable(inner) => write!(f, "{inner} or none"),
            Self::Null => f.write_str("none"),
            Self::Any => f.write_str("any"),
        }
    }
}

/// How deep a schema may nest; kinds are inline and finite, this holds for schemas given by others.
const DEEPEST: usize = 24;

fn read(schema: &Json, root: &Json, name: &str, depth: usize) -> Type {
    if depth > DEEPEST {
        return Type::Any;
    }
    if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
        let found = target
            .strip_prefix('#')
            .and_then(|pointer| root.pointer(pointer));
        return found.map_or(Type::Any, |found| read(found, root, name, depth + 1));
    }
    if schema.get("x-orch-money").is_some() || is_decimal(schema) {
        return Type::Money;
    }
    if let Some(forms) = schema
        .get("anyOf")
        .or_else(|| schema.get("oneOf"))
        .and_then(Json::as_array)
    {
        return read_forms(forms, root, name, depth);
    }
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return read_words(words.iter());
    }
    if let Some(word) = schema.get("const") {
        return read_words(std::iter::once(word));
    }
    match schema.get("type") {
        Some(Json::String(ty)) => read_typed(ty, schema, root, name, depth),
        Some(Json::Array(types)) => {
            let null = types.iter().any(|ty| ty == "null");
            let mut others = types
                .iter()
                .filter_map(Json::as_str)
                .filter(|ty| *ty != "null");
            match (others.next(), others.next()) {
                (Some(ty), None) => {
                    let ty = read_typed(ty, schema, root, name, depth);
                    if null { ty.or_null() } else { ty }
                }
                _ => Type::Any,
            }
        }
        _ => Type::Any,
    }
}

fn read_forms(forms: &[Json], root: &Json, name: &str, depth: usize) -> Type {
    let is_null = |form: &&Json| form.get("type").is_some_and(|ty| ty == "null");
    let null = forms.iter().any(|form| is_null(&form));
    let mut types = forms
        .iter()
        .filter(|form| !is_null(form))
        .map(|form| read(form, root, name, depth + 1));
    let Some(mut ty) = types.next() else {
        return Type::Null;
    };
    for other in types {
        ty = match (ty, other) {
            (Type::Word(left), Type::Word(right)) => {
                Type::Word(left.iter().chain(right.iter()).cloned().collect())
            }
            (left, right) if left == right => left,
            _ => return Type::Any,
        };
    }
    if null { ty.or_null() } else { ty }
}

fn read_words<'s>(words: impl Iterator<Item = &'s Json>) -> Type {
    words
        .map(|word| word.as_str().map(Text::new))
        .collect::<Option<Arc<[Text]>>>()
        .map_or(Type::Any, Type::Word)
}

fn read_typed(ty: &str, schema: &Json, root: &Json, name: &str, depth: usize) -> Type {
    match ty {
        "boolean" => Type::Bool,
        "integer" => Type::Int,
        "number" => Type::Double,
        "null" => Type::Null,
        "string"
            if schema
                .get("format")
                .is_some_and(|format| format == "date-time") =>
        {
            Type::Time
        }
        "string" => Type::Text,
        "array" => schema
            .get("items")
            .map_or(Type::Any, |items| read(items, root, name, depth + 1))
            .listed(),
        "object" => match (schema.get("properties"), schema.get("additionalProperties")) {
            (Some(Json::Object(properties)), _) => {
                let title = schema.get("title").and_then(Json::as_str).unwrap_or(name);
                let members = properties
                    .iter()
                    .map(|(name, property)| read_member(name, property, root, depth))
                    .collect();
                Type::Struct(Arc::new(StructType::new(title, members)))
            }
            (_, Some(values @ Json::Object(_))) => {
                Type::Map(Arc::new(read(values, root, name, depth + 1)))
            }
            _ => Type::Any,
        },
        _ => Type::Any,
    }
}

fn read_member(name: &str, property: &Json, root: &Json, depth: usize) -> Member {
    let ty = read(property, root, name, depth + 1);
    let missing = if property.get("x-orch-field").is_some() {
        None
    } else {
        match &ty {
            Type::Nullable(_) | Type::Null => Some(Value::Null),
            Type::List(_) => Some(Value::list([])),
            Type::Map(_) => Some(Value::map([])),
            _ => match property.get("default") {
                Some(Json::Bool(value)) => Some(Value::Bool(*value)),
                Some(Json::String(value)) => Some(Value::Text(Text::new(value))),
                Some(Json::Number(value)) => value.as_i64().map(Value::Int),
                _ => None,
            },
        }
    };
    let about = property
        .get("description")
        .and_then(Json::as_str)
        .unwrap_or_default();
    Member {
        name: Text::new(name),
        ty,
        about: Text::new(about),
        missing,
    }
}

/// Exact amounts are text of this pattern in every schema that `rust_decimal` describes.
fn is_decimal(schema: &Json) -> bool {
    static PATTERN: LazyLock<Option<Json>> = LazyLock::new(|| {
        schemars::schema_for!(rust_decimal::Decimal)
            .as_value()
            .get("pattern")
            .cloned()
    });
    PATTERN.is_some() && schema.get("pattern") == PATTERN.as_ref()
}
