//! From Google's words to ours, where several collectors need it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use orch_model::{Body, Cause, Cidr, Field, Gap, Link, Relation, Resource, Scope, Text, Time, Uid};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// An element that lacks what it must have, in a few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl Malformed {
    /// The gap that the element leaves.
    pub(crate) fn of(self, operation: &str) -> Gap {
        Gap::new(Cause::Undecodable, format!("{operation} {}", self.0))
    }
}

/// What every resource of Google Cloud has.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Base {
    id: Option<Id>,
    name: Option<Text>,
    description: Option<Text>,
    #[serde(alias = "createTime", alias = "timeCreated")]
    creation_timestamp: Option<Text>,
    labels: Option<BTreeMap<Text, Option<Text>>>,
    zone: Option<Text>,
    region: Option<Text>,
    /// Where an aggregated list told it: `zones/europe-west1-b`.
    #[serde(skip)]
    pub(crate) place: Option<Text>,
}

impl Base {
    /// Its name, without what stands before the last slash; empty where it has none.
    pub(crate) fn name(&self) -> Text {
        Text::new(last(self.name.as_deref().unwrap_or_default()))
    }

    /// Its name as it came, which in newer APIs is a whole path.
    pub(crate) fn full_name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Its number.
    pub(crate) fn id(&self) -> Option<Text> {
        self.id.as_ref().map(|id| id.0.clone())
    }

    /// What its owner wrote about it.
    pub(crate) fn description(&self) -> Field<Text> {
        optional(self.description.as_deref())
    }

    /// When it was made.
    pub(crate) fn created_at(&self) -> Field<Time> {
        Field::seen(self.creation_timestamp.as_deref().and_then(time))
    }

    /// Its labels; an answer without labels says that there are none.
    pub(crate) fn labels(&self) -> Field<BTreeMap<Text, Text>> {
        let labels = self.labels.iter().flatten();
        Field::Value(
            labels
                .map(|(key, value)| (key.clone(), value.clone().unwrap_or_default()))
                .collect(),
        )
    }

    /// Its zone or region; none when it is global.
    pub(crate) fn location(&self) -> Option<&str> {
        let place = self.place.as_deref().filter(|place| *place != "global");
        [self.zone.as_deref(), self.region.as_deref(), place]
            .into_iter()
            .flatten()
            .map(last)
            .find(|place| !place.is_empty())
    }

    /// Its zone.
    pub(crate) fn zone(&self) -> Option<&str> {
        let place = self.place.as_deref();
        self.zone
            .as_deref()
            .or_else(|| place.and_then(|place| place.strip_prefix("zones/")))
            .map(last)
            .filter(|zone| !zone.is_empty())
    }
}

/// A number as an identity: Google writes them as text, and small ones sometimes as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) Text);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
                Ok(Id(Text::from(number.to_string())))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
                Ok(Id(Text::new(text)))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A whole number: as such, as text (Google writes those of 64 bits that way), or with a point and nothing
/// behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(pub(crate) i64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(i64::try_from(number).unwrap_or(i64::MAX)))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                if number.fract() == 0.0 && number.abs() < 9.0e15 {
                    Ok(Number(number as i64))
                } else {
                    Err(E::custom("not a whole number"))
                }
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                let number = text.trim().parse();
                number
                    .map(Number)
                    .map_err(|_| E::custom("not a whole number"))
            }
        }
        deserializer.deserialize_any(Whole)
    }
}

impl From<Number> for i64 {
    fn from(number: Number) -> Self {
        number.0
    }
}

/// A word of the wire as far as it may stand in a gap: letters, digits and what joins them.
pub(crate) fn word(text: &str) -> Text {
    text.chars()
        .filter(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '/' | '.'))
        .take(80)
        .collect::<String>()
        .into()
}

/// What stands behind the last slash.
pub(crate) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// An instant.
pub(crate) fn time(text: &str) -> Option<Time> {
    chrono::DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|time| time.to_utc())
}

/// An address block.
pub(crate) fn cidr(text: &str) -> Result<Cidr, Malformed> {
    text.trim().parse().map_err(|_| Malformed("address block"))
}

/// Address blocks, sorted, each once.
pub(crate) fn cidrs<'a>(texts: impl IntoIterator<Item = &'a Text>) -> Result<Vec<Cidr>, Malformed> {
    let mut blocks = texts
        .into_iter()
        .map(|text| cidr(text))
        .collect::<Result<Vec<_>, _>>()?;
    blocks.sort_unstable();
    blocks.dedup();
    Ok(blocks)
}

/// Addresses, sorted, each once; a length behind a slash is left out.
pub(crate) fn addresses<'a>(
    texts: impl IntoIterator<Item = Option<&'a str>>,
) -> Result<Vec<IpAddr>, Malformed> {
    let mut addresses = texts
        .into_iter()
        .flatten()
        .map(|text| text.split('/').next().unwrap_or(text))
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().map_err(|_| Malformed("address")))
        .collect::<Result<Vec<IpAddr>, _>>()?;
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

/// Something the answer must have.
pub(crate) fn required<T>(value: Option<T>, what: &'static str) -> Result<T, Malformed> {
    value.ok_or(Malformed(what))
}

/// A text that the API leaves out, or leaves empty, where there is none.
pub(crate) fn optional(text: Option<&str>) -> Field<Text> {
    Field::read(text.filter(|text| !text.is_empty()).map(Text::new))
}

/// A protocol by name: `tcp`, `udp`, `icmp`, `icmpv6`, `all`, else its number.
pub(crate) fn protocol(text: &str) -> Text {
    let text = text.trim().to_ascii_lowercase();
    match text.as_str() {
        "all" => Text::new_static("all"),
        "1" => Text::new_static("icmp"),
        "6" => Text::new_static("tcp"),
        "17" => Text::new_static("udp"),
        "58" | "ipv6-icmp" => Text::new_static("icmpv6"),
        "esp" => Text::new_static("50"),
        "ah" => Text::new_static("51"),
        "sctp" => Text::new_static("132"),
        "ipip" => Text::new_static("94"),
        "gre" => Text::new_static("47"),
        _ => Text::from(text),
    }
}

/// First and last port of `22` or `8000-9000`.
pub(crate) fn ports(text: &str) -> Result<(i64, i64), Malformed> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| {
        text.trim()
            .parse::<u16>()
            .map(i64::from)
            .map_err(|_| Malformed("port"))
    };
    Ok((port(from)?, port(to)?))
}

/// Whether a text of metadata says yes.
pub(crate) fn is_true(text: &str) -> bool {
    matches!(
        text.trim().to_ascii_lowercase().as_str(),
        "true" | "yes" | "y" | "1"
    )
}

/// Identities, sorted, each once.
pub(crate) fn sorted<T: Ord>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.into_iter().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Links of one relation.
pub(crate) fn links<'a>(
    relation: Relation,
    to: impl IntoIterator<Item = &'a Uid>,
) -> impl Iterator<Item = Link> {
    to.into_iter().map(move |to| Link {
        relation,
        to: to.clone(),
    })
}

/// A resource of a scope, its links sorted, each once.
pub(crate) fn resource(
    scope: Scope,
    uid: Uid,
    base: &Base,
    body: impl Into<Body>,
    links: impl IntoIterator<Item = Link>,
) -> Resource {
    let name = base.name();
    let name = if name.is_empty() {
        Text::new(uid.short())
    } else {
        name
    };
    Resource {
        name,
        uid,
        scope,
        tags: base.labels(),
        created_at: base.created_at(),
        body: body.into(),
        links: sorted(links),
        seen_from: Vec::new(),
        not_read: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_three_spellings() {
        let read = |json: &str| serde_json::from_str::<Option<Number>>(json);
        for json in ["12", "\"12\"", "12.0", "1.2e1"] {
            assert_eq!(read(json).unwrap(), Some(Number(12)), "{json}");
        }
        assert_eq!(read("null").unwrap(), None);
        for json in ["12.5", "\"many\"", "true", "[]"] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn what_every_resource_has_may_be_missing() {
        let base: Base = serde_json::from_str(
            r#"{"id":"42","name":"web","zone":"https://x/zones/us-east1-b","labels":{"env":"dev","x":null},
                "creationTimestamp":"2019-02-11T10:33:23.311-08:00","new":[1]}"#,
        )
        .unwrap();
        assert_eq!(
            (base.location(), base.zone()),
            (Some("us-east1-b"), Some("us-east1-b"))
        );
        assert_eq!(
            base.created_at().value().unwrap().to_rfc3339(),
            "2019-02-11T18:33:23.311+00:00"
        );
        assert_eq!(base.labels().value().unwrap().len(), 2);
        let none: Base = serde_json::from_str(r#"{"id":7,"name":null,"labels":null}"#).unwrap();
        assert_eq!((none.location(), none.created_at()), (None, Field::NotRead));
        assert_eq!(
            (none.id().as_deref(), none.description()),
            (Some("7"), Field::None)
        );
    }

    #[test]
    fn protocols_and_ports_have_one_spelling() {
        let names: Vec<Text> = ["all", "6", "17", "1", "58", "TCP", "esp", "50"]
            .map(protocol)
            .to_vec();
        assert_eq!(
            names,
            ["all", "tcp", "udp", "icmp", "icmpv6", "tcp", "50", "50"]
        );
        assert_eq!(ports("22"), Ok((22, 22)));
        assert_eq!(ports("8000-9000"), Ok((8000, 9000)));
        assert!(ports("70000").is_err() && ports("").is_err());
    }

    #[test]
    fn addresses_are_sorted_and_broken_ones_are_no_answer() {
        let all = addresses([
            Some("10.0.0.9"),
            None,
            Some("2001:db8::1/96"),
            Some("10.0.0.1"),
        ]);
        let texts: Vec<String> = all.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["10.0.0.1", "10.0.0.9", "2001:db8::1"]);
        assert_eq!(addresses([Some("10.0.0")]), Err(Malformed("address")));
    }
}
