//! One thing in a cloud.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Body, Field, Gap, Kind, Scope, Time, Uid};

/// How one resource stands to another.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// It is a part of the other: a subnet of a network.
    PartOf,
    /// It is attached to the other: a volume to an instance.
    AttachedTo,
    /// It is guarded by the other: an interface by a firewall.
    GuardedBy,
    /// It names the other in a rule: a security group that admits another.
    Refers,
    /// It was made from the other: a snapshot from a volume.
    MadeFrom,
}

/// A directed relation. Its target may lie outside the snapshot: then the target is Unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// How.
    pub relation: Relation,
    /// To what.
    pub to: Uid,
}

/// One resource of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Its identity.
    pub uid: Uid,
    /// Where it was read.
    pub scope: Scope,
    /// What people call it, in its own spelling; the short id where it has no name.
    pub name: SmolStr,
    /// Tags (AWS, Azure) or labels (Google Cloud). A completely read map lacks a key as none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub tags: Field<BTreeMap<SmolStr, SmolStr>>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub created_at: Field<Time>,
    /// What only its kind has.
    pub body: Body,
    /// Its relations, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Every account that saw it, when more than one did; the owner's reading wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen_from: Vec<Scope>,
    /// Why a field was not read, by its path (`tags`, `body.public`), where a call of its own failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_read: Option<Box<BTreeMap<SmolStr, Gap>>>,
}

impl Resource {
    /// The kind of its body.
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// The value of a tag: none when the tags were read and lack it.
    pub fn tag(&self, key: &str) -> Field<&str> {
        match &self.tags {
            Field::Value(tags) => Field::read(tags.get(key).map(SmolStr::as_str)),
            Field::None => Field::None,
            Field::NotRead => Field::NotRead,
        }
    }

    /// The targets of one relation.
    pub fn linked(&self, relation: Relation) -> impl Iterator<Item = &Uid> {
        self.links
            .iter()
            .filter(move |link| link.relation == relation)
            .map(|link| &link.to)
    }
}
