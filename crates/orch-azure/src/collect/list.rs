//! What the collectors of Resource Manager lists have in common: a declaration in, resources out.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate, Pages,
};
use orch_model::{Gap, Page, Resource, Scope, Text};
use serde_json::{Value, json};

use super::lookup::{around, gap_of, is_refusal};
#[cfg(test)]
use super::source::instance;
use super::{Decoded, Entry};
use crate::call::{Caller, elements, link};
use crate::client::Client;
use crate::error::Failure;
use crate::node::{Malformed, Node};
use crate::provider::Azure;

pub(super) use super::lookup::{Around, look, note};
pub(super) use super::source::{Beside, Part, Shape, Source, free};

/// Resources of one list whose parts are asked for at the same time.
const AT_ONCE: usize = 8;

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
                Shape::List | Shape::Tokens => format!("{pattern}/{{name}}"),
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
            self.take(&caller, &around, lookup.values().to_vec(), out)
                .await?;
            return lookup.gap().map_or(Ok(()), |gap| Err(gap.clone().into()));
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
                        let own: &[Part] = if nth == 0 { L::PARTS } else { &[] };
                        let of_beside = L::BESIDE
                            .iter()
                            .filter_map(|beside| Some((beside.fields, around.gap(beside.name)?)));
                        note_gaps(&mut resource, gaps_of(own, &element).chain(of_beside));
                        for gap in not_brought(own, &resource) {
                            out.not_read(gap.clone());
                        }
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
fn note_gaps<'g>(
    resource: &mut Resource,
    gaps: impl Iterator<Item = (&'static [&'static str], &'g Gap)>,
) {
    let mut found: BTreeMap<Text, Gap> = BTreeMap::new();
    for (fields, gap) in gaps {
        for field in fields {
            found
                .entry(Text::new_static(field))
                .or_insert_with(|| gap.clone());
        }
    }
    if !found.is_empty() {
        resource.not_read.get_or_insert_default().append(&mut found);
    }
}

/// The fields of an element that parts of it would have told, and why they did not.
fn gaps_of<'e>(
    parts: &'static [Part],
    element: &'e Element,
) -> impl Iterator<Item = (&'static [&'static str], &'e Gap)> {
    parts.iter().filter_map(|part| {
        let gap = element.parts.get(part.name)?.as_ref().err()?;
        Some((part.fields, gap))
    })
}

/// Why resources of a part are not there: what stands at the fields that the part tells too.
fn not_brought<'r>(
    parts: &'static [Part],
    resource: &'r Resource,
) -> impl Iterator<Item = &'r Gap> {
    let bring = parts.iter().filter(|part| part.brings);
    bring
        .flat_map(|part| part.fields)
        .filter_map(|field| resource.not_read.as_ref()?.get(*field))
}

/// A resource that is a part of another one, with why fields of it were not read.
pub(super) fn noted(mut resource: Resource, parts: &'static [Part], element: &Element) -> Resource {
    note_gaps(&mut resource, gaps_of(parts, element));
    resource
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
    let answered = match part.shape {
        Shape::List => {
            let mut list = caller.list(client, part.source.ask(client, account, id));
            let mut values = Vec::new();
            while let Some(page) = list.page().await? {
                values.extend(page);
            }
            return Ok(values);
        }
        Shape::Tokens => {
            return match token_pages(client, caller, account, part, id).await {
                Err(failure) if part.none_on_404 && failure.status == Some(404) => Ok(Vec::new()),
                pages => Ok(pages?),
            };
        }
        Shape::One => {
            let ask = part.source.ask(client, account, id);
            caller.call(client, &ask, None, |_| 1).await
        }
    };
    match answered {
        Ok(answer) if answer.empty => Ok(Vec::new()),
        Ok(answer) if answer.body.is_object() => Ok(vec![answer.body]),
        Ok(_) => Err(Failure::undecodable(part.source.operation, "answer is no object").into()),
        Err(failure) if part.none_on_404 && failure.status == Some(404) => Ok(Vec::new()),
        Err(failure) => Err(failure.into()),
    }
}

/// The elements of a list that is asked for by POST, page after page, with the token of the page before.
async fn token_pages(
    client: &Client,
    caller: &Caller,
    account: &str,
    part: &Part,
    id: &str,
) -> Result<Vec<Value>, Failure> {
    let operation = part.source.operation;
    let mut seen = Pages::new(operation);
    let mut values = Vec::new();
    let mut body = json!({});
    loop {
        let page = Page {
            most: None,
            first: values.is_empty(),
        };
        let ask = part.source.about(client, account, id, &[], Some(body));
        let count = |body: &Value| elements(body).map_or(0, <[Value]>::len);
        let answer = caller.call(client, &ask, Some(page), count).await?;
        if answer.empty {
            return Ok(values);
        }
        let found = elements(&answer.body)
            .ok_or_else(|| Failure::undecodable(operation, "value is no list"))?;
        values.extend_from_slice(found);
        let token = link(operation, &answer.body, "skipToken")?;
        let next = seen
            .follow(token)
            .map_err(|error| Failure::of_pages(operation, &error))?;
        match next {
            Some(token) => body = json!({ "skipToken": token }),
            None => return Ok(values),
        }
    }
}
