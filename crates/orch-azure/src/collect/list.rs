//! What the collectors of Resource Manager lists have in common: a declaration in, resources out.

use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::Method;
use futures::future::{BoxFuture, try_join_all};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use orch_collect::{
    Batch, Charge, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec,
    Disposition, Estimate, Operation,
};
use orch_model::{Cause, Field, Gap, Resource, Scope, Text, Uid};
use serde_json::Value;

use super::{Decoded, Entry};
use crate::call::{Ask, Caller, elements};
use crate::client::Client;
use crate::error::Failure;
use crate::graph;
use crate::names::{self, Names};
use crate::node::{Malformed, Node};
use crate::provider::Azure;

/// Resources of one list whose parts are asked for at the same time.
const AT_ONCE: usize = 8;

/// A free operation: everything in Resource Manager is.
pub(super) const fn free(name: &'static str) -> Operation {
    Operation {
        name,
        charge: Charge::Free,
    }
}

/// A request that is declared, so that the list of requests and the role follow from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// How it is asked.
    pub(crate) method: Method,
    /// The action that a role must allow: `Microsoft.Compute/disks/read`.
    pub(crate) operation: &'static str,
    /// Its path. `{subscription}` is the account; `{id}` at its beginning is the resource it is asked for.
    pub(crate) path: &'static str,
    /// The version of the API.
    pub(crate) version: &'static str,
    /// What else is asked for.
    pub(crate) query: &'static [(&'static str, &'static str)],
    /// The question, where Resource Graph is asked.
    pub(crate) graph: Option<&'static str>,
}

impl Source {
    /// A plain GET.
    pub(crate) const fn get(
        operation: &'static str,
        path: &'static str,
        version: &'static str,
    ) -> Self {
        Self {
            method: Method::Get,
            operation,
            path,
            version,
            query: &[],
            graph: None,
        }
    }

    /// The same with more to ask for.
    pub(crate) const fn with(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    /// Its path as the list of operations has it, asked for a resource with the pattern `of`.
    #[cfg(test)]
    pub(crate) fn pattern(&self, of: &str) -> String {
        self.path.replace("{id}", of)
    }

    /// As a question about a subscription, or about a resource in it.
    pub(crate) fn ask(&self, client: &Client, account: &str, id: &str) -> Ask {
        self.about(client, account, id, &[], None)
    }

    /// The same with what is only known when it is asked.
    pub(crate) fn about(
        &self,
        client: &Client,
        account: &str,
        id: &str,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Ask {
        let path = self
            .path
            .replace("{subscription}", account)
            .replace("{id}", id.trim_end_matches('/'));
        let query = self.query.iter().chain(query).copied();
        Ask::new(client, self, &path, query, body)
    }
}

/// What the ids of a list look like, as the list of operations has it.
#[cfg(test)]
fn instance(list: &str) -> String {
    let in_group = list.replacen(
        "/subscriptions/{subscription}/providers/",
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/",
        1,
    );
    format!("{in_group}/{{name}}")
}

/// Whether a part is a list of things or one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Pages of elements.
    List,
    /// One answer, which is the only element.
    One,
}

/// Something that must be asked for each resource of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// What the decoder calls it.
    pub(super) name: &'static str,
    /// What is asked; its path begins with `{id}`.
    pub(super) source: Source,
    /// What comes back.
    pub(super) shape: Shape,
    /// For which resources it is asked.
    pub(super) when: fn(&Around<'_>, Node<'_>) -> bool,
    /// Whether 404 says that there is none.
    pub(super) none_on_404: bool,
    /// The fields that it tells, by their paths (`body.allowed`). None when it brings resources of their own:
    /// then the whole read is incomplete without it.
    pub(super) fields: &'static [&'static str],
    /// What must be asked for each of its elements.
    pub(super) parts: &'static [Self],
}

impl Part {
    /// A list that is asked for every resource.
    pub(super) const fn list(name: &'static str, source: Source) -> Self {
        Self {
            name,
            source,
            shape: Shape::List,
            when: |_, _| true,
            none_on_404: false,
            fields: &[],
            parts: &[],
        }
    }

    /// One thing that is asked for every resource.
    pub(super) const fn one(name: &'static str, source: Source) -> Self {
        Self {
            shape: Shape::One,
            ..Self::list(name, source)
        }
    }
}

/// A list of the subscription that is read beside the list itself, to look things up in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    /// What the decoder calls it.
    pub(super) name: &'static str,
    /// What is asked.
    pub(super) source: Source,
    /// Whether other collectors look things up in it too: then it is read once for all of them.
    pub(super) shared: bool,
    /// The fields that it tells, by their paths.
    pub(super) fields: &'static [&'static str],
}

/// A list of the subscription: one request, page after page, and what belongs to its elements.
pub(super) trait ArmList: Send + Sync + 'static {
    /// What its collector is; its operations are those of all sources.
    const SPEC: &'static CollectorSpec;
    /// The list.
    const LIST: Source;
    /// Whether other collectors look things up in it: then it is read once for all of them.
    const SHARED: bool = false;
    /// What must be asked for each element.
    const PARTS: &'static [Part] = &[];
    /// What is read beside it.
    const BESIDE: &'static [Beside] = &[];

    /// What an element is. Nothing of an element whose decoding fails is kept.
    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed>;
}

/// An element of a list, with its parts.
#[derive(Debug)]
pub(super) struct Element {
    value: Value,
    parts: BTreeMap<&'static str, Result<Vec<Self>, Gap>>,
}

impl Element {
    /// One whose parts were not asked for.
    pub(super) fn bare(value: Value) -> Self {
        Self {
            value,
            parts: BTreeMap::new(),
        }
    }

    pub(super) fn node(&self) -> Node<'_> {
        Node::of(&self.value)
    }

    /// The elements of a part; none when it was not asked for or not read.
    pub(super) fn part(&self, name: &str) -> Option<&[Self]> {
        self.parts.get(name)?.as_deref().ok()
    }
}

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

    /// All of a list.
    pub(super) fn all(&self, list: &str) -> Field<impl Iterator<Item = Node<'_>> + use<'_>> {
        match self.beside.get(list) {
            Some(list) if list.gap.is_none() => Field::Value(list.nodes()),
            _ => Field::NotRead,
        }
    }
}

/// The line of a list in the table of collectors.
pub(super) const fn listed<L: ArmList>() -> Entry {
    Entry {
        spec: L::SPEC,
        make: |azure| Box::new(Listed::<L>(azure.clone(), PhantomData)),
        decode: decode::<L>,
        #[cfg(test)]
        sources: sources::<L>,
    }
}

/// Decodes a page without asking anybody.
fn decode<L: ArmList>(scope: &Scope, body: Value) -> Decoded {
    let around = Around::bare(scope);
    let mut decoded = Decoded::default();
    let values = match elements(&body) {
        Some(values) => values.to_vec(),
        None => vec![body],
    };
    for (place, value) in values.into_iter().enumerate() {
        match L::resources(&around, &Element::bare(value)) {
            Ok(resources) => decoded.resources.extend(resources),
            Err(malformed) => {
                let gap = malformed_at(L::LIST.operation, place, &malformed);
                decoded.gap.get_or_insert(gap);
            }
        }
    }
    decoded
}

#[cfg(test)]
fn sources<L: ArmList>() -> Vec<(String, Source)> {
    fn of(parts: &[Part], parent: &str, found: &mut Vec<(String, Source)>) {
        for part in parts {
            let pattern = part.source.pattern(parent);
            found.push((pattern.clone(), part.source));
            let below = match part.shape {
                Shape::List => format!("{pattern}/{{name}}"),
                Shape::One => pattern,
            };
            of(part.parts, &below, found);
        }
    }
    let mut found = vec![(L::LIST.pattern(""), L::LIST)];
    found.extend(
        L::BESIDE
            .iter()
            .map(|beside| (beside.source.pattern(""), beside.source)),
    );
    of(L::PARTS, &instance(L::LIST.path), &mut found);
    found
}

/// The gap that an element leaves which could not be decoded.
fn malformed_at(operation: &str, place: usize, malformed: &Malformed) -> Gap {
    Failure::undecodable(operation, format!("value[{place}].{}", malformed.0)).gap()
}

/// The collector of a list.
struct Listed<L>(Arc<Azure>, PhantomData<L>);

#[async_trait]
impl<L: ArmList> Collector for Listed<L> {
    fn spec(&self) -> &CollectorSpec {
        L::SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        let each = if L::PARTS.is_empty() {
            ""
        } else {
            ", and for each resource"
        };
        Estimate {
            calls: 1 + L::BESIDE.len() as u64,
            assumption: format!("one more free call for each further page of a list{each}"),
            ..Estimate::default()
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let caller = Caller::collector(L::SPEC.name, ctx);
        let azure = &*self.0;
        let around = around(azure, &caller, ctx, L::BESIDE, out).await?;
        if L::SHARED {
            let lookup = azure.shared(&caller, &ctx.scope.account, &L::LIST).await?;
            self.take(&caller, &around, lookup.values.clone(), out)
                .await?;
            return lookup.gap.clone().map_or(Ok(()), |gap| Err(gap.into()));
        }
        let client = &azure.client;
        let ask = L::LIST.ask(client, &ctx.scope.account, "");
        let mut list = caller.list(client, ask);
        while let Some(values) = list.page().await? {
            self.take(&caller, &around, values, out).await?;
        }
        Ok(())
    }
}

impl<L: ArmList> Listed<L> {
    /// Asks for the parts of a page's elements, and hands over what they are.
    async fn take(
        &self,
        caller: &Caller,
        around: &Around<'_>,
        values: Vec<Value>,
        out: &mut Batch,
    ) -> Result<(), CollectError> {
        let azure = &*self.0;
        let mut elements = stream::iter(values)
            .map(|value| element(azure, caller, around, L::PARTS, value))
            .buffered(AT_ONCE);
        let mut place = 0;
        while let Some((element, gaps)) = elements.try_next().await? {
            for gap in gaps {
                out.not_read(gap);
            }
            match L::resources(around, &element) {
                Ok(resources) => {
                    for (nth, mut resource) in resources.into_iter().enumerate() {
                        let own = if nth == 0 { L::PARTS } else { &[] };
                        note_gaps(&mut resource, own, &element, L::BESIDE, around);
                        azure.push(resource, out);
                    }
                }
                Err(malformed) => {
                    out.not_read(malformed_at(L::LIST.operation, place, &malformed));
                }
            }
            place += 1;
        }
        Ok(())
    }
}

/// Notes on a resource why fields of it were not read.
fn note_gaps(
    resource: &mut Resource,
    parts: &[Part],
    element: &Element,
    beside: &[Beside],
    around: &Around<'_>,
) {
    let of_parts = parts.iter().filter_map(|part| {
        let gap = element.parts.get(part.name)?.as_ref().err()?;
        Some((part.fields, gap))
    });
    let of_beside = beside.iter().filter_map(|beside| {
        let gap = around.beside.get(beside.name)?.gap.as_ref()?;
        Some((beside.fields, gap))
    });
    let mut gaps: BTreeMap<Text, Gap> = BTreeMap::new();
    for (fields, gap) in of_parts.chain(of_beside) {
        for field in fields {
            gaps.entry(Text::new_static(field))
                .or_insert_with(|| gap.clone());
        }
    }
    if !gaps.is_empty() {
        resource.not_read.get_or_insert_default().append(&mut gaps);
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
fn gap_of(error: CollectError) -> Result<Gap, CollectError> {
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

fn is_refusal(gap: &Gap) -> bool {
    matches!(gap.cause, Cause::Denied | Cause::Disabled)
}

/// An element with its parts, and the gaps that make the read incomplete.
fn element<'f>(
    azure: &'f Azure,
    caller: &'f Caller,
    around: &'f Around<'_>,
    parts: &'static [Part],
    value: Value,
) -> BoxFuture<'f, Result<(Element, Vec<Gap>), CollectError>> {
    async move {
        let mut element = Element::bare(value);
        let mut gaps = Vec::new();
        for part in parts {
            let id = match element.node().text("id") {
                Ok(Some(id)) if (part.when)(around, element.node()) => id.to_owned(),
                _ => continue,
            };
            let values = match values(azure, caller, around, part, &id).await {
                Ok(values) => values,
                Err(error) => {
                    let gap = gap_of(error)?;
                    if part.fields.is_empty() || !is_refusal(&gap) {
                        gaps.push(gap.clone());
                    }
                    element.parts.insert(part.name, Err(gap));
                    continue;
                }
            };
            let mut below = Vec::with_capacity(values.len());
            for value in values {
                let (one, more) = self::element(azure, caller, around, part.parts, value).await?;
                below.push(one);
                gaps.extend(more);
            }
            element.parts.insert(part.name, Ok(below));
        }
        Ok((element, gaps))
    }
    .boxed()
}

/// The elements of a part.
async fn values(
    azure: &Azure,
    caller: &Caller,
    around: &Around<'_>,
    part: &Part,
    id: &str,
) -> Result<Vec<Value>, CollectError> {
    let client = &azure.client;
    let account = &around.names.global().account;
    let ask = part.source.ask(client, account, id);
    if part.shape == Shape::List {
        let mut list = caller.list(client, ask);
        let mut values = Vec::new();
        while let Some(page) = list.page().await? {
            values.extend(page);
        }
        return Ok(values);
    }
    match caller.call(client, &ask, None, |_| 1).await {
        Ok(answer) if answer.empty => Ok(Vec::new()),
        Ok(answer) => Ok(vec![answer.body]),
        Err(failure) if part.none_on_404 && failure.status == Some(404) => Ok(Vec::new()),
        Err(failure) => Err(failure.into()),
    }
}
