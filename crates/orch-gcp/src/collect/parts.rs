//! What collectors of several calls share: lists that are asked place by place, fields whose own call failed,
//! and what one body of a list makes.

use orch_collect::CollectError;
use orch_model::{Field, Gap, Resource, Text};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reading::Reading;
use crate::call::Ask;
use crate::convert::Malformed;
use crate::decode::Decoded;
use crate::operations::Api;
use crate::page::{Found, Read, Shape, Whole};
use crate::regions;

/// A place that a service is offered in.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Place {
    location_id: Option<Text>,
}

/// The places of a service, without those that the user left out.
///
/// # Errors
/// When there is no such list, or the credentials do not hold any longer.
pub(super) async fn places(reading: &mut Reading<'_>, api: Api) -> Result<Vec<Text>, CollectError> {
    let ask = reading.ask(api).query("pageSize", "200");
    let found = reading
        .list::<Place>(ask, Shape::Items("locations"), None)
        .await?;
    let all = found.into_iter().filter_map(|place| place.own.location_id);
    let gcp = reading.gcp;
    Ok(all
        .filter(|place| regions::of(place).is_none_or(|region| gcp.keeps(&region)))
        .collect())
}

/// Reads lists that make one list only together. Each that is missing leaves the read incomplete, whatever
/// the reason: what it would have told is lost.
///
/// # Errors
/// When nothing was read, with the first gap; when the credentials do not hold any longer.
pub(super) async fn together<T: DeserializeOwned>(
    reading: &mut Reading<'_>,
    asks: Vec<Ask>,
    shape: Shape,
    most: Option<u64>,
) -> Result<Vec<Whole<T>>, CollectError> {
    let wholes = reading.children::<T>(asks, shape, most).await?;
    let first = wholes.iter().find_map(|whole| whole.gap.clone());
    if let Some(gap) = first {
        if wholes.iter().all(|whole| whole.found.is_empty()) {
            return Err(gap.into());
        }
        reading.not_read(gap);
    }
    Ok(wholes)
}

/// Place and own name of something whose name is a path: `projects/p/locations/l/services/s`.
pub(super) fn located<'a>(
    path: &'a str,
    collection: &str,
) -> Result<(&'a str, &'a str), Malformed> {
    let mut parts = path
        .split('/')
        .skip_while(|part| *part != "locations")
        .skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(location), Some(kind), Some(name)) if kind == collection && !name.is_empty() => {
            Ok((location, name))
        }
        _ => Err(Malformed("name that is no path to a place")),
    }
}

/// The one answer of a call that is no list.
pub(super) fn single<T>(whole: Whole<T>) -> Result<T, Gap> {
    match (whole.found.into_iter().next(), whole.gap) {
        (_, Some(gap)) => Err(gap),
        (Some(found), None) => Ok(found.own),
        (None, None) => Err(Malformed("empty answer").of("")),
    }
}

/// A field that a call of its own tells, and the reason where it does not.
pub(super) fn told<T>(answer: &Result<T, Gap>) -> (Option<&T>, Option<Gap>) {
    match answer {
        Ok(answer) => (Some(answer), None),
        Err(gap) => (None, Some(gap.clone())),
    }
}

/// Notes why a field of a resource was not read.
pub(super) fn unread(resource: &mut Resource, path: &'static str, gap: Option<Gap>) {
    if let Some(gap) = gap {
        let gaps = resource.not_read.get_or_insert_default();
        gaps.insert(Text::new_static(path), gap);
    }
}

/// What a message of the wire says of a switch: the APIs of today leave out what is off, but not the message
/// it stands in.
pub(super) fn switch<M>(message: Option<&M>, on: impl Fn(&M) -> Option<bool>) -> Field<bool> {
    Field::seen(message.map(|message| on(message) == Some(true)))
}

/// What one body of a list makes.
pub(super) fn made<T: DeserializeOwned>(
    api: Api,
    shape: Shape,
    body: Value,
    make: impl Fn(Found<T>) -> Result<Vec<Resource>, Malformed>,
) -> Decoded {
    let whole = Read::of(api.permission, body, shape).decoded::<T>();
    let mut decoded = Decoded {
        resources: Vec::with_capacity(whole.found.len()),
        gap: whole.gap,
    };
    for found in whole.found {
        match make(found) {
            Ok(resources) => decoded.resources.extend(resources),
            Err(malformed) => {
                decoded.gap.get_or_insert(malformed.of(api.permission));
            }
        }
    }
    decoded
}

/// The body of one of the exchanges that stand for a project's services.
#[cfg(test)]
pub(super) fn wire(name: &str) -> Vec<u8> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/wire/gcp/services"
    );
    let ends = format!("-{name}.json");
    let mut files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    // `01-name.json`: two digits stand before it.
    let file = files.find(|file| {
        file.to_string_lossy()[..].ends_with(&ends)
            && file.file_name().unwrap().len() == ends.len() + 2
    });
    let exchange: Value = serde_json::from_slice(&std::fs::read(file.unwrap()).unwrap()).unwrap();
    exchange["body"].to_string().into_bytes()
}
