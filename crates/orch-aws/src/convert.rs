//! From the SDK's words to ours, where several collectors need it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use aws_sdk_ec2::types::Tag;
use aws_smithy_types::DateTime;
use orch_model::{Body, Cidr, Field, Link, Relation, Resource, Text, Time, Uid};

use crate::error::Failure;
use crate::names::Names;

/// An answer that lacks what it must have, in a few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl Malformed {
    /// As the failure of the call that answered it.
    pub(crate) fn of(self, operation: &str) -> Failure {
        Failure::undecodable(operation, self.0)
    }
}

/// Tags by key. An answer without tags says that there are none.
pub(crate) fn tags(tags: &[Tag]) -> BTreeMap<Text, Text> {
    tags.iter()
        .filter_map(|tag| {
            Some((
                Text::new(tag.key()?),
                Text::new(tag.value().unwrap_or_default()),
            ))
        })
        .collect()
}

/// What people call a resource: its `Name` tag, or its id.
pub(crate) fn name(tags: &BTreeMap<Text, Text>, id: &str) -> Text {
    match tags.get("Name") {
        Some(name) if !name.is_empty() => name.clone(),
        _ => Text::new(id),
    }
}

/// An instant.
pub(crate) fn time(time: &DateTime) -> Option<Time> {
    chrono::DateTime::from_timestamp(time.secs(), time.subsec_nanos())
}

/// An address block.
pub(crate) fn cidr(text: &str) -> Result<Cidr, Malformed> {
    text.trim().parse().map_err(|_| Malformed("address block"))
}

/// Addresses, sorted, each once.
pub(crate) fn addresses<'a>(
    texts: impl IntoIterator<Item = Option<&'a str>>,
) -> Result<Vec<IpAddr>, Malformed> {
    let mut addresses = texts
        .into_iter()
        .flatten()
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
pub(crate) fn optional_text(text: Option<&str>) -> Field<Text> {
    Field::read(text.filter(|text| !text.is_empty()).map(Text::new))
}

/// A protocol by name: `tcp`, `udp`, `icmp`, `icmpv6`, `all`, else its number.
pub(crate) fn protocol(text: &str) -> Text {
    match text {
        "-1" | "all" => Text::new_static("all"),
        "1" => Text::new_static("icmp"),
        "6" => Text::new_static("tcp"),
        "17" => Text::new_static("udp"),
        "58" => Text::new_static("icmpv6"),
        other => Text::from(other.to_ascii_lowercase()),
    }
}

/// Identities, sorted, each once.
pub(crate) fn sorted(uids: impl IntoIterator<Item = Uid>) -> Vec<Uid> {
    let mut uids: Vec<Uid> = uids.into_iter().collect();
    uids.sort_unstable();
    uids.dedup();
    uids
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

/// A resource of the scope that is read, its links sorted, each once.
pub(crate) fn resource(
    names: Names<'_>,
    uid: Uid,
    name: Text,
    tags: Field<BTreeMap<Text, Text>>,
    created_at: Field<Time>,
    body: impl Into<Body>,
    links: impl IntoIterator<Item = Link>,
) -> Resource {
    let mut links: Vec<Link> = links.into_iter().collect();
    links.sort_unstable();
    links.dedup();
    Resource {
        uid,
        scope: names.scope().clone(),
        name,
        tags,
        created_at,
        body: body.into(),
        links,
        seen_from: Vec::new(),
        not_read: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_tag_or_the_id() {
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        assert_eq!(name(&tags(&[tag("Name", "web")]), "i-1"), "web");
        assert_eq!(
            name(&tags(&[tag("Name", ""), tag("name", "x")]), "i-1"),
            "i-1"
        );
    }

    #[test]
    fn addresses_are_sorted_and_broken_ones_are_no_answer() {
        let sorted = addresses([Some("10.0.0.9"), None, Some("10.0.0.1"), Some("10.0.0.9")]);
        let texts: Vec<String> = sorted.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["10.0.0.1", "10.0.0.9"]);
        assert_eq!(addresses([Some("10.0.0")]), Err(Malformed("address")));
        assert!(cidr("0.0.0.0/33").is_err());
    }

    #[test]
    fn protocols_have_names() {
        let names: Vec<Text> = ["-1", "6", "17", "1", "58", "TCP", "50"]
            .map(protocol)
            .to_vec();
        assert_eq!(names, ["all", "tcp", "udp", "icmp", "icmpv6", "tcp", "50"]);
    }
}
