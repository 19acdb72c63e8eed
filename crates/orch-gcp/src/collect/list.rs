//! The collector that a list by itself makes: pages in, resources out, as each page arrives.

use std::marker::PhantomData;

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::Resource;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reading::{self, Reader, Reading};
use super::{Decoder, Entry};
use crate::convert::Malformed;
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::Api;
use crate::page::{Found, Read, Shape};

/// The largest page of Compute Engine, and how it is asked for.
pub(super) const COMPUTE_PAGE: (&str, u64) = ("maxResults", 500);

/// A list that holds all it tells of its resources.
pub(super) trait Listed: Send + Sync + 'static {
    /// What its collector is.
    const SPEC: &'static CollectorSpec;
    /// The call; `{project}` in its path is filled in.
    const API: Api;
    /// Where its elements stand in a page.
    const SHAPE: Shape;
    /// The parameter that asks for the largest page, and its size.
    const PAGE: (&'static str, u64) = COMPUTE_PAGE;
    /// Further parameters.
    const QUERY: &'static [(&'static str, &'static str)] = &[];
    /// One element; every member may be missing or null.
    type Element: DeserializeOwned + Send;

    /// What an element is, or none where it is nothing that we keep.
    fn resources(names: Names<'_>, found: Found<Self::Element>)
    -> Result<Vec<Resource>, Malformed>;
}

/// The line of a list in the table of collectors.
pub(super) const fn listed<L: Listed>() -> Entry {
    reading::read::<Of<L>>()
}

/// A list as a collector.
struct Of<L>(PhantomData<L>);

impl<L: Listed> Reader for Of<L> {
    const SPEC: &'static CollectorSpec = L::SPEC;
    const DECODE: Option<Decoder> = Some(decoded::<L>);

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1,
            assumption: format!(
                "at most {} in a project; one more free call for each {} beyond",
                L::PAGE.1,
                L::PAGE.1
            ),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let mut ask = reading.ask(L::API).query(L::PAGE.0, L::PAGE.1.to_string());
        if let Shape::Aggregated(_) = L::SHAPE {
            // A zone that is down is told as such, and does not take the others with it.
            ask = ask.query("returnPartialSuccess", "true");
        }
        for (name, value) in L::QUERY {
            ask = ask.query(name, *value);
        }
        let mut list = reading.caller.list(ask, L::SHAPE, Some(L::PAGE.1));
        while let Some(page) = list.page().await? {
            let decoded = made::<L>(reading.names, page);
            decoded
                .resources
                .into_iter()
                .for_each(|one| reading.push(one));
            if let Some(gap) = decoded.gap {
                reading.not_read(gap);
            }
        }
        Ok(())
    }
}

/// What a body is.
fn decoded<L: Listed>(names: Names<'_>, body: Value) -> Decoded {
    made::<L>(names, Read::of(L::API.permission, body, L::SHAPE))
}

/// The resources of a page.
fn made<L: Listed>(names: Names<'_>, page: Read) -> Decoded {
    Decoded::of(L::API.permission, page.decoded(), |found| {
        L::resources(names, found)
    })
}
