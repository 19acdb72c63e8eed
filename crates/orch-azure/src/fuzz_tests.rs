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
    bodies(Cloud::Azure, &project).unwrap()
}

#[test]
fn fuzz_no_body_makes_a_decoder_panic() {
    let names: Vec<&str> = specs().map(|spec| spec.name).collect();
    let done = run(&all(), &names, executions(), |name, body| {
        decode(name, body).resources.len()
    });
    assert_eq!(done, executions() * names.len() as u64);
}

/// The list of a body, if it is one of several elements.
fn elements(body: &mut Value) -> Option<&mut Vec<Value>> {
    let list = body.get_mut("value")?.as_array_mut()?;
    (list.len() > 1 && list.iter().all(Value::is_object)).then_some(list)
}

#[test]
fn one_odd_element_keeps_the_others() {
    let mut lists = 0;
    for body in all() {
        for spec in specs() {
            let mut body = body.clone();
            let Some(list) = elements(&mut body) else {
                continue;
            };
            let last = list.len() - 1;
            let odd = other_types(&list[0]);
            let rest: Vec<Value> = list.drain(1..).collect();
            *list = rest.clone();
            let without = decode(spec.name, body.to_string().as_bytes());
            let alone = without.resources.len();
            if alone < last || without.gap.is_some() {
                continue;
            }
            let Some(list) = elements_of(&mut body) else {
                continue;
            };
            list.insert(0, odd);
            let with = decode(spec.name, body.to_string().as_bytes());
            assert_eq!(with.resources, without.resources, "{}", spec.name);
            assert_eq!(with.gap.unwrap().cause, Cause::Undecodable, "{}", spec.name);
            lists += 1;
        }
    }
    assert!(lists >= 10, "{lists}");
}

fn elements_of(body: &mut Value) -> Option<&mut Vec<Value>> {
    body.get_mut("value")?.as_array_mut()
}
