//! monitor.log-sink: sinks of Cloud Logging with what they leave out and how long their store keeps it.

use std::collections::BTreeMap;

use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::MonitorLogSink;
use orch_model::{Dataset, Field, Gap, Kind, Reach, Resource, Text};
use serde::Deserialize;
use serde_json::Value;

use super::parts::{made, unread};
use super::reading::{Reader, Reading};
use crate::convert::{Malformed, Number, required, resource};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "logging.sinks.list",
    "logging.googleapis.com/v2/projects/{project}/sinks",
);
const STORES: Api = get(
    "logging.buckets.list",
    "logging.googleapis.com/v2/projects/{project}/locations/-/buckets",
);

/// The host that the stores of Cloud Logging itself are named below.
const OWN: &str = "logging.googleapis.com/";

/// Sinks.
pub(super) struct LogSinks;

/// A sink as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sink {
    destination: Option<Text>,
    filter: Option<Text>,
    disabled: Option<bool>,
    exclusions: Option<Vec<Exclusion>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Exclusion {
    filter: Option<Text>,
    disabled: Option<bool>,
}

/// A store of logs.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Store {
    retention_days: Option<Number>,
}

/// Days that each store keeps logs, by its name.
type Stores = Result<BTreeMap<Text, Option<i64>>, Gap>;

impl Reader for LogSinks {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "logging.sinks",
        service: "logging",
        datasets: &[Dataset::Kind(Kind::MonitorLogSink)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST), free(STORES)],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let page = |ask: crate::call::Ask| ask.query("pageSize", "1000");
        let ask = page(reading.ask(LIST));
        let sinks = reading
            .list::<Sink>(ask, Shape::Items("sinks"), Some(1_000))
            .await?;
        let ask = page(reading.ask(STORES));
        let stores = reading
            .part::<Store>(ask, Shape::Items("buckets"), Some(1_000))
            .await?;
        let stores = match stores.gap {
            Some(gap) => Err(gap),
            None => Ok(stores
                .found
                .into_iter()
                .map(|store| {
                    let days = store.own.retention_days.map(i64::from);
                    (Text::new(store.base.full_name()), days)
                })
                .collect()),
        };
        for sink in sinks {
            let made = one(reading.names, sink, &stores);
            reading.push_all(LIST.permission, made.map(|sink| vec![sink]));
        }
        Ok(())
    }
}

/// The sinks alone: of their stores the list tells nothing.
fn decoded(names: Names<'_>, body: Value) -> Decoded {
    made(LIST, Shape::Items("sinks"), body, |found| {
        Ok(vec![one(names, found, &Ok(BTreeMap::new()))?])
    })
}

/// One sink.
fn one(names: Names<'_>, found: Found<Sink>, stores: &Stores) -> Result<Resource, Malformed> {
    let (base, own) = (&found.base, &found.own);
    let destination = required(own.destination.clone(), "sink without destination")?;
    let store = destination.strip_prefix(OWN);
    let (days, gap) = match (store, stores) {
        // How long other stores keep it is told by them.
        (None, _) => (None, None),
        (Some(_), Err(gap)) => (None, Some(gap.clone())),
        (Some(store), Ok(stores)) => (stores.get(store).copied().flatten(), None),
    };
    let body = MonitorLogSink {
        source: Text::new(names.account().as_str()),
        destinations: vec![destination],
        categories: Field::None,
        filter: Field::read(filter(own)),
        enabled: Field::Value(own.disabled != Some(true)),
        retention_days: Field::seen(days),
    };
    let uid = names.of("logging", &format!("sinks/{}", base.name()));
    let mut sink = resource(names.at(None), uid, base, body, []);
    unread(&mut sink, "body.retention_days", gap);
    Ok(sink)
}

/// What passes a sink, exclusions counted in; none when everything does.
fn filter(own: &Sink) -> Option<Text> {
    let present = |filter: &Text| !filter.trim().is_empty();
    let own_filter = own.filter.clone().filter(present);
    let exclusions = own.exclusions.iter().flatten();
    let mut left_out = exclusions
        .filter(|exclusion| exclusion.disabled != Some(true))
        .filter_map(|exclusion| exclusion.filter.as_ref().filter(|filter| present(filter)))
        .map(|filter| format!("NOT ({filter})"))
        .peekable();
    if left_out.peek().is_none() {
        return own_filter;
    }
    let all = own_filter
        .map(|filter| format!("({filter})"))
        .into_iter()
        .chain(left_out);
    Some(Text::from(all.collect::<Vec<_>>().join(" AND ")))
}

#[cfg(test)]
mod tests {
    use orch_model::{Body, Cause};
    use serde_json::json;

    use super::*;
    use crate::provider::global;

    fn sink(own: Value, stores: &Stores) -> Resource {
        let mut sink = json!({"name": "s", "destination": "logging.googleapis.com/projects/p/locations/global/buckets/_Default"});
        sink.as_object_mut()
            .unwrap()
            .extend(own.as_object().unwrap().clone());
        one(
            Names::new(&global("p")),
            crate::page::decode("x", sink).unwrap(),
            stores,
        )
        .unwrap()
    }

    fn body(resource: &Resource) -> &MonitorLogSink {
        match &resource.body {
            Body::MonitorLogSink(sink) => sink,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_sink_without_filter_takes_everything_unless_something_is_left_out() {
        let none = Ok(BTreeMap::new());
        let filter = |own| body(&sink(own, &none)).filter.clone();
        assert_eq!(filter(json!({})), Field::None);
        assert_eq!(filter(json!({"filter": " "})), Field::None);
        assert_eq!(
            filter(json!({"filter": "severity>=ERROR"})),
            Field::Value("severity>=ERROR".into())
        );
        assert_eq!(
            filter(json!({"exclusions": [{"filter": "a", "disabled": true}]})),
            Field::None
        );
        assert_eq!(
            filter(json!({"filter": "x OR y", "exclusions": [{"filter": "a"}, {"filter": "b"}]})),
            Field::Value("(x OR y) AND NOT (a) AND NOT (b)".into())
        );
    }

    #[test]
    fn the_store_tells_how_long_it_keeps() {
        let stores = BTreeMap::from([(
            "projects/p/locations/global/buckets/_Default".into(),
            Some(400),
        )]);
        assert_eq!(
            body(&sink(json!({}), &Ok(stores))).retention_days,
            Field::Value(400)
        );
        let gap = Gap::new(Cause::Denied, "logging.buckets.list IAM_PERMISSION_DENIED");
        let refused = sink(json!({}), &Err(gap.clone()));
        assert_eq!(body(&refused).retention_days, Field::NotRead);
        assert_eq!(
            refused.not_read.unwrap().get("body.retention_days"),
            Some(&gap)
        );
        let elsewhere = sink(
            json!({"destination": "storage.googleapis.com/b", "disabled": true}),
            &Err(gap),
        );
        assert_eq!(
            (body(&elsewhere).enabled, &elsewhere.not_read),
            (Field::Value(false), &None)
        );
    }

    #[test]
    fn a_sink_that_leads_nowhere_is_a_gap() {
        let decoded = crate::decode("logging.sinks", br#"{"sinks":[{"name":"s"}]}"#).unwrap();
        assert_eq!(
            decoded.gap.unwrap().detail,
            "logging.sinks.list sink without destination"
        );
    }
}
