//! No answer, however odd, makes a decoder panic, and one odd element takes no other with it.

use std::path::Path;

use orch_model::Cause;
use orch_testkit::fuzz::{bodies, executions, run};
use orch_testkit::mutate::other_types;
use orch_testkit::replay::Cloud;
use serde_json::Value;

use crate::{decode, specs};

fn all() -> Vec<Value> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    bodies(Cloud::Gcp, &project).unwrap()
}

#[test]
fn fuzz_no_body_makes_a_decoder_panic() {
    let empty = |name: &&str| decode(name, b"{}").is_some();
    let names: Vec<&str> = specs().map(|spec| spec.name).filter(empty).collect();
    let done = run(&all(), &names, executions(), |name, body| {
        decode(name, body).unwrap_or_default().resources.len()
    });
    assert_eq!(done, executions() * names.len() as u64);
    assert!(names.len() > 20);
}

/// What is read as one document: something odd in it leaves all of it unread.
const DOCUMENTS: [&str; 1] = ["iam.grants"];

/// The first list of several things in a body.
fn elements(body: &mut Value) -> Option<&mut Vec<Value>> {
    match body {
        Value::Array(items) if items.len() > 1 && items.iter().all(Value::is_object) => Some(items),
        Value::Object(members) => members.values_mut().find_map(elements),
        _ => None,
    }
}

#[test]
fn one_odd_element_keeps_the_others() {
    let mut lists = 0;
    for body in all() {
        for spec in specs().filter(|spec| !DOCUMENTS.contains(&spec.name)) {
            let mut odd = body.clone();
            let Some(list) = elements(&mut odd) else {
                continue;
            };
            let Some(whole) = decode(spec.name, body.to_string().as_bytes()) else {
                continue;
            };
            let several = list.len();
            if whole.gap.is_some() || whole.resources.len() < several {
                continue;
            }
            let more = other_types(&list[0]);
            list.push(more);
            let with = decode(spec.name, odd.to_string().as_bytes()).unwrap();
            // Several elements may make one resource.
            if with.gap.is_none() {
                continue;
            }
            assert_eq!(with.resources, whole.resources, "{}", spec.name);
            assert_eq!(with.gap.unwrap().cause, Cause::Undecodable, "{}", spec.name);
            lists += 1;
        }
    }
    assert!(lists >= 10, "{lists}");
}
