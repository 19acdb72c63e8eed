//! Which subscriptions there are: those that the credentials see, and of them those of a management group.

use std::collections::BTreeSet;

use orch_collect::Pages;
use orch_model::{Gap, Text};
use serde_json::Value;

use crate::auth_error::AzureAuthError;
use crate::call::{Ask, Caller, elements, link};
use crate::client::Client;
use crate::collect::Source;
use crate::error::Failure;
use crate::names;
use crate::node::{Malformed, Node};

pub(crate) const SUBSCRIPTIONS: Source = Source::get(
    "Microsoft.Resources/subscriptions/read",
    "/subscriptions",
    "2022-12-01",
);

/// Everything below a management group, at any depth.
pub(crate) const DESCENDANTS: Source = Source::get(
    "Microsoft.Management/managementGroups/descendants/read",
    "{id}/descendants",
    "2020-05-01",
);

/// What the list of descendants calls a subscription, and what it calls a group.
const HELD: [&str; 2] = [
    "/subscriptions",
    "Microsoft.Management/managementGroups/subscriptions",
];
const GROUPS: [&str; 2] = ["Microsoft.Management/managementGroups", names::GROUPS];

/// Real ids have 36 letters. What is far longer is none.
const LONGEST_ID: usize = 64;

/// A subscription as Azure describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) id: Text,
    pub(crate) value: Value,
}

/// The subscriptions to read.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) subscriptions: Vec<Subscription>,
    /// Those of a management group that the credentials do not see, sorted.
    pub(crate) unseen: Vec<Text>,
    /// Those that are being deleted: they hold nothing that can be read.
    gone: BTreeSet<Text>,
    /// Why they may not be all.
    pub(crate) gap: Option<Gap>,
}

/// What a management group holds.
#[derive(Debug, Default)]
pub(crate) struct Held {
    ids: BTreeSet<Text>,
    /// Why that may not be all.
    gap: Option<Gap>,
}

/// The subscriptions that the credentials see.
pub(crate) async fn visible(client: &Client, caller: &Caller) -> Result<Found, Failure> {
    let mut found = Found::default();
    let ask = SUBSCRIPTIONS.ask(client, "", "");
    found.gap = list(client, caller, ask, SUBSCRIPTIONS.operation, |told| {
        let one = Node::of(told);
        let id = id(one, "subscriptionId")?;
        if one.text("state")? == Some("Deleted") {
            found.gone.insert(id);
        } else {
            let value = told.clone();
            found.subscriptions.push(Subscription { id, value });
        }
        Ok(())
    })
    .await?;
    let told = &mut found.subscriptions;
    told.sort_by(|one, other| one.id.cmp(&other.id));
    told.dedup_by(|one, other| one.id == other.id);
    Ok(found)
}

/// The subscriptions that a management group holds, those of the groups in it too.
pub(crate) async fn held(client: &Client, caller: &Caller, group: &str) -> Result<Held, Failure> {
    let mut held = Held::default();
    let ask = DESCENDANTS.ask(client, "", &names::group(group));
    held.gap = list(client, caller, ask, DESCENDANTS.operation, |told| {
        let one = Node::of(told);
        let kind = one.required("type")?;
        let is_one_of = |kinds: &[&str]| kinds.iter().any(|known| known.eq_ignore_ascii_case(kind));
        if is_one_of(&HELD) {
            held.ids.insert(id(one, "name")?);
        } else if !is_one_of(&GROUPS) {
            // It may hold subscriptions that nobody told.
            return Err(one.bad("type"));
        }
        Ok(())
    })
    .await?;
    Ok(held)
}

impl Found {
    /// Only what a management group holds.
    ///
    /// # Errors
    /// When that is nothing, or nothing that the credentials see.
    pub(crate) fn within(mut self, held: Held, group: &str) -> Result<Self, AzureAuthError> {
        let Held { mut ids, gap } = held;
        ids.retain(|id| !self.gone.contains(id));
        self.subscriptions.retain(|one| ids.remove(&one.id));
        self.unseen = ids.into_iter().collect();
        self.gap = self.gap.or(gap);
        let group = group.to_owned();
        match (self.subscriptions.is_empty(), &self.gap) {
            (false, _) => Ok(self),
            (true, _) if !self.unseen.is_empty() => Err(AzureAuthError::GroupUnseen {
                group,
                held: self.unseen,
            }),
            (true, Some(gap)) => Err(AzureAuthError::Unreadable { gap: gap.clone() }),
            (true, None) => Err(AzureAuthError::GroupEmpty { group }),
        }
    }
}

/// Reads a list to its end and tells why it may not be whole: what was told counts, even if nobody can tell what
/// comes after it.
async fn list(
    client: &Client,
    caller: &Caller,
    first: Ask,
    operation: &'static str,
    mut take: impl FnMut(&Value) -> Result<(), Malformed>,
) -> Result<Option<Gap>, Failure> {
    let mut ask = Some(first);
    let mut pages = Pages::new(operation);
    let mut gap = None;
    while let Some(asked) = ask.take() {
        let count = |body: &Value| elements(body).map_or(0, <[Value]>::len);
        let answer = caller.call(client, &asked, None, count).await?;
        if answer.empty {
            break;
        }
        let listed = elements(&answer.body)
            .ok_or_else(|| Failure::undecodable(operation, "value is no list"))?;
        for (place, one) in listed.iter().enumerate() {
            if let Err(Malformed(what)) = take(one) {
                let what = format!("value[{place}].{what}");
                gap.get_or_insert(Failure::undecodable(operation, what).gap());
            }
        }
        let next = link(operation, &answer.body, "nextLink").and_then(|link| {
            let ended = |error| Failure::of_pages(operation, &error);
            let link = pages.follow(link).map_err(ended)?;
            link.map(|link| asked.follow(client, &link)).transpose()
        });
        match next {
            Ok(next) => ask = next,
            Err(failure) => {
                gap.get_or_insert(failure.gap());
            }
        }
    }
    Ok(gap)
}

/// The id of a subscription. It becomes a part of addresses.
fn id(told: Node<'_>, member: &str) -> Result<Text, Malformed> {
    let id = told.required(member)?;
    let is_id = id.len() <= LONGEST_ID
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_id {
        Ok(Text::from(id.to_ascii_lowercase()))
    } else {
        Err(told.bad(member))
    }
}
