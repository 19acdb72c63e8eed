//! What a decoder knows beside its element: the subscription, and lists to look other resources up in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::try_join_all;
use orch_collect::{Batch, CollectContext, CollectError, Disposition};
use orch_model::{Cause, Field, Gap, Scope, Uid};
use serde_json::Value;

use super::source::{Beside, Source};
use crate::call::Caller;
use crate::client::Client;
use crate::graph;
use crate::names::{self, Names};
use crate::node::Node;
use crate::provider::Azure;

/// A list to look things up in.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    values: Vec<Value>,
    by_id: HashMap<Uid, usize>,
    gap: Option<Gap>,
}

impl Lookup {
    fn of(values: Vec<Value>, gap: Option<Gap>) -> Self {
        let by_id = values
            .iter()
            .enumerate()
            .filter_map(|(place, value)| Some((names::uid(value.get("id")?.as_str()?), place)))
            .collect();
        Self { values, by_id, gap }
    }

    /// Why not all of it was read, if it was not.
    pub(crate) fn gap(&self) -> Option<&Gap> {
        self.gap.as_ref()
    }

    /// What was read, as it came.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    /// What was read.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.values.iter().map(Node::of)
    }

    /// A text of every element; none when not all of them were read.
    pub(crate) fn texts(&self, path: &str) -> Option<impl Iterator<Item = &str>> {
        let complete = self.gap.is_none();
        complete.then(|| {
            self.nodes()
                .filter_map(move |node| node.text(path).ok().flatten())
        })
    }
}

/// What a decoder knows beside its element.
#[derive(Debug)]
pub(super) struct Around<'a> {
    /// The subscription.
    pub(super) names: Names<'a>,
    beside: BTreeMap<&'static str, Arc<Lookup>>,
}

impl<'a> Around<'a> {
    /// Of a subscription, without anything beside.
    pub(super) fn bare(scope: &'a Scope) -> Self {
        Self {
            names: Names::new(scope),
            beside: BTreeMap::new(),
        }
    }

    /// Looks a resource up: none when the list was read and does not have it.
    pub(super) fn find(&self, list: &str, uid: &Uid) -> Field<Node<'_>> {
        let Some(list) = self.beside.get(list) else {
            return Field::NotRead;
        };
        match list
            .by_id
            .get(uid)
            .and_then(|place| list.values.get(*place))
        {
            Some(value) => Field::Value(Node::of(value)),
            None if list.gap.is_some() => Field::NotRead,
            None => Field::None,
        }
    }

    /// Why not all of a list was read, if it was not.
    pub(super) fn gap(&self, list: &str) -> Option<&Gap> {
        self.beside.get(list)?.gap()
    }

    /// All of a list.
    pub(super) fn all(&self, list: &str) -> Field<impl Iterator<Item = Node<'_>> + use<'_>> {
        match self.beside.get(list) {
            Some(list) if list.gap.is_none() => Field::Value(list.nodes()),
            _ => Field::NotRead,
        }
    }
}

/// Reads the lists beside.
pub(super) async fn around<'a>(
    azure: &Azure,
    caller: &Caller,
    ctx: &'a CollectContext,
    beside: &[Beside],
    out: &mut Batch,
) -> Result<Around<'a>, CollectError> {
    let account = ctx.scope.account.as_str();
    let lookups = beside.iter().map(|one| async move {
        let lookup = if one.shared {
            azure.shared(caller, account, &one.source).await?
        } else {
            Arc::new(look(&azure.client, caller, account, &one.source).await?)
        };
        Ok::<_, CollectError>((one.name, lookup))
    });
    let mut around = Around::bare(&ctx.scope);
    for (name, lookup) in try_join_all(lookups).await? {
        if let Some(gap) = &lookup.gap {
            note(gap, out);
        }
        around.beside.insert(name, lookup);
    }
    Ok(around)
}

/// Reads a list to look things up in. What was read before it failed is kept.
///
/// # Errors
/// When the credentials do not hold any longer.
pub(crate) async fn look(
    client: &Client,
    caller: &Caller,
    account: &str,
    source: &Source,
) -> Result<Lookup, CollectError> {
    if source.graph.is_some() {
        let (rows, failure) = graph::rows(client, caller, &[account], source).await;
        let gap = failure.map(|failure| gap_of(failure.into())).transpose()?;
        return Ok(Lookup::of(rows, gap));
    }
    let mut list = caller.list(client, source.ask(client, account, ""));
    let mut values = Vec::new();
    loop {
        match list.page().await {
            Ok(Some(page)) => values.extend(page),
            Ok(None) => return Ok(Lookup::of(values, None)),
            Err(error) => return Ok(Lookup::of(values, Some(gap_of(error)?))),
        }
    }
}

/// The gap of an error, unless it ends everything.
pub(super) fn gap_of(error: CollectError) -> Result<Gap, CollectError> {
    if error.disposition() == Disposition::Abort {
        Err(error)
    } else {
        Ok(error.recorded().clone())
    }
}

/// What a failed call for a part of what is read leaves. Where asking again may help the read is not complete,
/// so that a resumed collection asks again; a refusal stays with the fields.
pub(super) fn note(gap: &Gap, out: &mut Batch) {
    if !is_refusal(gap) {
        out.not_read(gap.clone());
    }
}

pub(super) fn is_refusal(gap: &Gap) -> bool {
    matches!(gap.cause, Cause::Denied | Cause::Disabled)
}
