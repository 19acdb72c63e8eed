//! From Azure's words to ours, where several collectors need it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use orch_model::{Body, Field, Link, Relation, Resource, Scope, Text, Time, Uid};

use crate::names::{self, Names};
use crate::node::{Malformed, Node};

/// The resource that an element of a list is: its id, name, location and tags are where they always are.
pub(crate) fn resource(
    names: Names<'_>,
    found: Node<'_>,
    created_at: Field<Time>,
    body: impl Into<Body>,
    links: impl IntoIterator<Item = Link>,
) -> Result<Resource, Malformed> {
    let id = found.required("id")?;
    let uid = names::uid(id);
    let scope = names.scope(found.text("location")?);
    let tags = Field::Value(tags(found)?);
    let name = name(found, id)?;
    Ok(part(scope, uid, name, tags, created_at, body, links))
}

/// A resource that lies in another one, which tells where it is.
pub(crate) fn part(
    scope: Scope,
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
        scope,
        name,
        tags,
        created_at,
        body: body.into(),
        links,
        seen_from: Vec::new(),
        not_read: None,
    }
}

/// What people call it: its name, or the last part of its id.
pub(crate) fn name(found: Node<'_>, id: &str) -> Result<Text, Malformed> {
    let last = id.trim_end_matches('/').rsplit('/').next().unwrap_or(id);
    Ok(Text::new(found.text("name")?.unwrap_or(last)))
}

/// Tags by key. An answer without tags says that there are none.
pub(crate) fn tags(found: Node<'_>) -> Result<BTreeMap<Text, Text>, Malformed> {
    found
        .members("tags")?
        .map(|(key, value)| {
            Ok((
                Text::new(key),
                Text::new(value.text("")?.unwrap_or_default()),
            ))
        })
        .collect()
}

/// A protocol by name: `tcp`, `udp`, `icmp`, `icmpv6`, `all`, else as Azure words it, in lower case.
pub(crate) fn protocol(text: &str) -> Text {
    let word = text.trim().to_ascii_lowercase();
    match word.as_str() {
        "*" | "all" | "any" => Text::new_static("all"),
        "6" => Text::new_static("tcp"),
        "17" => Text::new_static("udp"),
        "1" => Text::new_static("icmp"),
        "58" | "icmpv6" => Text::new_static("icmpv6"),
        // Tunnelling protocols have names in Azure and numbers here.
        "esp" => Text::new_static("50"),
        "ah" => Text::new_static("51"),
        _ => Text::from(word),
    }
}

/// Addresses, sorted, each once.
pub(crate) fn addresses(found: impl IntoIterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = found.into_iter().collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// Identities, sorted, each once.
pub(crate) fn sorted(uids: impl IntoIterator<Item = Uid>) -> Vec<Uid> {
    let mut uids: Vec<Uid> = uids.into_iter().collect();
    uids.sort_unstable();
    uids.dedup();
    uids
}

/// The ids of a list of references: `[{"id": …}]`.
pub(crate) fn references(found: Node<'_>, path: &str) -> Result<Vec<Uid>, Malformed> {
    let ids = found
        .list(path)?
        .filter_map(|one| one.uid("id").transpose())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(sorted(ids))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn protocols_have_names() {
        let names: Vec<Text> = ["*", "Tcp", "UDP", "Icmp", "Esp", "Ah", "All", "17"]
            .map(protocol)
            .to_vec();
        assert_eq!(
            names,
            ["all", "tcp", "udp", "icmp", "50", "51", "all", "udp"]
        );
    }

    #[test]
    fn a_resource_without_tags_has_none_and_one_with_odd_tags_is_malformed() {
        let body = json!({ "id": "/A/B" });
        assert_eq!(tags(Node::of(&body)), Ok(BTreeMap::new()));
        assert_eq!(name(Node::of(&body), "/A/B").as_deref(), Ok("B"));
        let body = json!({ "tags": { "env": "prod", "owner": null } });
        let known = tags(Node::of(&body)).unwrap();
        assert_eq!(known.get("env").map(Text::as_str), Some("prod"));
        assert_eq!(known.get("owner").map(Text::as_str), Some(""));
        let body = json!({ "tags": { "env": 1 } });
        assert_eq!(tags(Node::of(&body)), Err(Malformed("tags.env".into())));
    }
}
