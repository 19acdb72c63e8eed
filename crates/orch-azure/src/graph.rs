//! Resource Graph: one question about many resources, answered in rows.

use azure_core::http::Method;
use orch_collect::Pages;
use serde_json::{Value, json};

use crate::call::Caller;
use crate::client::Client;
use crate::collect::Source;
use crate::error::Failure;
use crate::node::{Malformed, Node};

const OPERATION: &str = "Microsoft.ResourceGraph/resources/read";

/// The most rows that one answer holds.
const PAGE: u64 = 1_000;

/// A question in the language of Resource Graph.
pub(crate) const fn question(query: &'static str) -> Source {
    Source {
        method: Method::Post,
        operation: OPERATION,
        path: "/providers/Microsoft.ResourceGraph/resources",
        version: "2022-10-01",
        query: &[],
        graph: Some(query),
    }
}

/// The rows of an answer about these subscriptions. What was read before a failure comes with it.
pub(crate) async fn rows(
    client: &Client,
    caller: &Caller,
    accounts: &[&str],
    source: &Source,
) -> (Vec<Value>, Option<Failure>) {
    let mut rows = Vec::new();
    let mut pages = Pages::new(OPERATION);
    let mut token: Option<String> = None;
    loop {
        match page(client, caller, accounts, source, token.take(), &mut rows).await {
            Ok(None) => return (rows, None),
            Ok(next) => match pages.follow(next.as_deref()) {
                Ok(next) => token = next,
                Err(error) => return (rows, Some(Failure::of_pages(OPERATION, &error))),
            },
            Err(failure) => return (rows, Some(failure)),
        }
    }
}

/// Reads one page; tells the token of the next.
async fn page(
    client: &Client,
    caller: &Caller,
    accounts: &[&str],
    source: &Source,
    token: Option<String>,
    rows: &mut Vec<Value>,
) -> Result<Option<String>, Failure> {
    let mut options = json!({ "resultFormat": "objectArray", "$top": PAGE });
    let page = orch_model::Page {
        most: Some(PAGE),
        first: token.is_none(),
    };
    if let Some(token) = token {
        options["$skipToken"] = json!(token);
    }
    let body = json!({
        "subscriptions": accounts,
        "query": source.graph.unwrap_or_default(),
        "options": options,
    });
    let ask = source.about(client, "", "", &[], Some(body));
    let count = |body: &Value| {
        body.get("data")
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    let mut answer = caller.call(client, &ask, Some(page), count).await?;
    let undecodable = |Malformed(place)| Failure::undecodable(OPERATION, place);
    let next = Node::of(&answer.body)
        .text("$skipToken")
        .map_err(undecodable)?
        .map(str::to_owned);
    match answer.body.get_mut("data").map(Value::take) {
        Some(Value::Array(data)) => rows.extend(data),
        _ => return Err(Failure::undecodable(OPERATION, "data is no list")),
    }
    Ok(next.filter(|token| !token.is_empty()))
}
