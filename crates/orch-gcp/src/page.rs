//! What one page of a list holds: its elements one by one, and the parts that Google could not tell.

use orch_model::{Cause, Gap, Text};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::convert::{Base, word};

/// Where the elements of a page stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// In an array of this name.
    Items(&'static str),
    /// Zone by zone and region by region below `items`, each with an array of this name or a warning.
    Aggregated(&'static str),
    /// The answer itself is the one element.
    Single,
}

/// How many elements a page holds.
pub(crate) fn count(page: &Value, shape: Shape) -> usize {
    let of = |items: &Value| items.as_array().map_or(0, Vec::len);
    match shape {
        Shape::Items(name) => of(&page[name]),
        Shape::Aggregated(name) => page["items"]
            .as_object()
            .into_iter()
            .flat_map(|places| places.values())
            .map(|place| of(&place[name]))
            .sum(),
        Shape::Single => 1,
    }
}

/// One element as it arrived.
#[derive(Debug)]
pub(crate) struct Element {
    /// The zone or region of an aggregated list: `zones/europe-west1-b`.
    place: Option<Text>,
    /// The member it stands in.
    member: &'static str,
    index: Option<usize>,
    value: Value,
}

/// One page.
#[derive(Debug, Default)]
pub(crate) struct Read {
    operation: &'static str,
    elements: Vec<Element>,
    /// What the page says, or shows, that it does not tell; the first of each sort.
    gap: Option<Gap>,
}

impl Read {
    /// Takes a page apart.
    pub(crate) fn of(operation: &'static str, mut page: Value, shape: Shape) -> Self {
        let mut read = Self {
            operation,
            ..Self::default()
        };
        match shape {
            Shape::Items(member) => {
                read.take(None, member, page.get_mut(member).map(Value::take));
                read.warned(None, &page["warning"]);
            }
            Shape::Aggregated(member) => match page.get_mut("items").map(Value::take) {
                None | Some(Value::Null) => {}
                Some(Value::Object(places)) => {
                    for (place, mut held) in places {
                        let place = word(&place);
                        read.warned(Some(&place), &held["warning"]);
                        match &mut held {
                            Value::Object(held) => {
                                read.take(Some(place), member, held.remove(member));
                            }
                            Value::Null => {}
                            _ => read.broken(&format!("items.{place}")),
                        }
                    }
                }
                Some(_) => read.broken("items"),
            },
            Shape::Single => read.elements.push(Element {
                place: None,
                member: "",
                index: None,
                value: page.take(),
            }),
        }
        // What a query over many machines could not work out.
        if page["executionErrors"]
            .as_array()
            .is_some_and(|errors| !errors.is_empty())
        {
            read.missing(Cause::ServerError, "executionErrors");
        }
        // Zones and regions that did not answer, where a list tells them beside its elements.
        for name in ["unreachable", "unreachables"] {
            if let Some(place) = page[name].as_array().and_then(|places| places.first()) {
                let place = word(place.as_str().unwrap_or_default());
                read.missing(Cause::ServerError, &format!("{place} unreachable"));
            }
        }
        read
    }

    fn take(&mut self, place: Option<Text>, member: &'static str, items: Option<Value>) {
        match items {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                let items = items.into_iter().enumerate();
                self.elements.extend(items.map(|(index, value)| Element {
                    place: place.clone(),
                    member,
                    index: Some(index),
                    value,
                }));
            }
            Some(_) => self.broken(&path(place.as_deref(), member, None)),
        }
    }

    /// A warning instead of elements, or beside them.
    fn warned(&mut self, place: Option<&str>, warning: &Value) {
        let Some(code) = warning["code"].as_str() else {
            return;
        };
        if code != "NO_RESULTS_ON_PAGE" {
            let place = place.map(|place| format!("{place} ")).unwrap_or_default();
            self.missing(Cause::ServerError, &format!("{place}{}", word(code)));
        }
    }

    fn broken(&mut self, path: &str) {
        self.missing(Cause::Undecodable, path);
    }

    fn missing(&mut self, cause: Cause, what: &str) {
        self.gap
            .get_or_insert_with(|| Gap::new(cause, format!("{} {what}", self.operation)));
    }

    /// Its elements; those that cannot be read are left out, and the gap says where the first one stands.
    pub(crate) fn decoded<T: DeserializeOwned>(self) -> Whole<T> {
        let mut whole = Whole {
            found: Vec::with_capacity(self.elements.len()),
            gap: self.gap,
        };
        for element in self.elements {
            match element.decoded(self.operation) {
                Ok(found) => whole.found.push(found),
                Err(gap) => {
                    whole.gap.get_or_insert(gap);
                }
            }
        }
        whole
    }
}

/// One element with what every resource of Google Cloud has.
#[derive(Debug, Clone)]
pub(crate) struct Found<T> {
    /// Name, labels, dates, place.
    pub(crate) base: Base,
    /// What only it has.
    pub(crate) own: T,
}

/// Elements that were read, and why they may not be all.
#[derive(Debug)]
pub(crate) struct Whole<T> {
    pub(crate) found: Vec<Found<T>>,
    pub(crate) gap: Option<Gap>,
}

impl<T> Default for Whole<T> {
    fn default() -> Self {
        Self {
            found: Vec::new(),
            gap: None,
        }
    }
}

impl<T> Whole<T> {
    /// Adds another page.
    pub(crate) fn add(&mut self, page: Self) {
        self.found.extend(page.found);
        self.gap = self.gap.take().or(page.gap);
    }
}

impl Element {
    fn decoded<T: DeserializeOwned>(self, operation: &str) -> Result<Found<T>, Gap> {
        let at = |error: serde_path_to_error::Error<serde_json::Error>| {
            let mut path = path(self.place.as_deref(), self.member, self.index);
            for segment in error.path() {
                inside(&mut path, segment);
            }
            Gap::new(Cause::Undecodable, format!("{operation} {path}"))
        };
        let mut base: Base = serde_path_to_error::deserialize(&self.value).map_err(at)?;
        let own = serde_path_to_error::deserialize(&self.value).map_err(at)?;
        base.place = self.place;
        Ok(Found { base, own })
    }
}

/// One answer that is no list.
pub(crate) fn decode<T: DeserializeOwned>(operation: &str, answer: Value) -> Result<Found<T>, Gap> {
    Element {
        place: None,
        member: "",
        index: None,
        value: answer,
    }
    .decoded(operation)
}

/// Where an element stands in its page.
fn path(place: Option<&str>, member: &str, index: Option<usize>) -> String {
    let place = place
        .map(|place| format!("items.{place}."))
        .unwrap_or_default();
    let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
    format!("{place}{member}{index}")
}

/// Adds one step of the way into an element. Keys of maps are the customer's words: those that do not look
/// like names of members are not told.
fn inside(path: &mut String, segment: &Segment) {
    match segment {
        Segment::Seq { index } => path.push_str(&format!("[{index}]")),
        Segment::Map { key } | Segment::Enum { variant: key } => {
            let name = key.len() <= 40 && key.bytes().all(|byte| byte.is_ascii_alphabetic());
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(if name { key } else { "*" });
        }
        Segment::Unknown => path.push('?'),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Sample {
        size: Option<i64>,
    }

    fn read(page: Value, shape: Shape) -> Whole<Sample> {
        Read::of("compute.samples.list", page, shape).decoded()
    }

    #[test]
    fn one_broken_element_leaves_the_others_and_says_where_it_stands() {
        let page = json!({"items": [
            {"name": "a", "size": 1},
            {"name": "b", "size": "secret"},
            {"name": "c", "size": null, "new": {"x": [1]}},
            7,
        ]});
        let whole = read(page, Shape::Items("items"));
        let names: Vec<_> = whole
            .found
            .iter()
            .map(|found| (found.base.name(), found.own.size))
            .collect();
        assert_eq!(names, [("a".into(), Some(1)), ("c".into(), None)]);
        assert_eq!(
            whole.gap,
            Some(Gap::new(
                Cause::Undecodable,
                "compute.samples.list items[1].size"
            ))
        );
    }

    #[test]
    fn a_zone_that_did_not_answer_is_named() {
        let page = json!({"items": {
            "zones/a-b1-a": {"samples": [{"name": "x"}]},
            "zones/a-b1-b": {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "m"}},
            "zones/a-b1-c": {"warning": {"code": "UNREACHABLE", "message": "secret words"}},
        }});
        assert_eq!(count(&page, Shape::Aggregated("samples")), 1);
        let whole = read(page, Shape::Aggregated("samples"));
        assert_eq!(whole.found.len(), 1);
        assert_eq!(whole.found[0].base.place.as_deref(), Some("zones/a-b1-a"));
        assert_eq!(
            whole.gap,
            Some(Gap::new(
                Cause::ServerError,
                "compute.samples.list zones/a-b1-c UNREACHABLE"
            ))
        );
        let partial = json!({"items": {}, "unreachables": ["zones/a-b1-d"]});
        let gap = read(partial, Shape::Aggregated("samples")).gap.unwrap();
        assert_eq!(gap.detail, "compute.samples.list zones/a-b1-d unreachable");
    }

    #[test]
    fn a_list_of_the_wrong_type_is_a_gap_and_a_missing_one_is_empty() {
        for (page, shape) in [
            (json!({"items": "many"}), Shape::Items("items")),
            (json!({"items": ["x"]}), Shape::Aggregated("samples")),
            (
                json!({"items": {"zones/z": 1}}),
                Shape::Aggregated("samples"),
            ),
            (
                json!({"items": {"zones/z": {"samples": {}}}}),
                Shape::Aggregated("samples"),
            ),
        ] {
            let whole = read(page.clone(), shape);
            assert_eq!(whole.gap.unwrap().cause, Cause::Undecodable, "{page}");
        }
        for page in [json!({}), json!({"items": null})] {
            for shape in [Shape::Items("items"), Shape::Aggregated("samples")] {
                assert_eq!(read(page.clone(), shape).gap, None);
            }
        }
    }
}
