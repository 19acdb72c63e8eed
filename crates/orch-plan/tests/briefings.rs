//! Briefings of all specialists on the demo estate, as people read them, and what holds for every one.

mod common;

use common::DEMO;
use orch_plan::Library;
use orch_plan::brief::{brief, markdown, repeated_sentences, v1::Brief};

fn all() -> Vec<Brief> {
    let library = Library::built_in().unwrap();
    library
        .specialists
        .keys()
        .map(|id| brief(id, &DEMO.run, None, &library, &DEMO.options).unwrap())
        .collect()
}

#[test]
fn each_specialist_is_briefed() {
    let briefs = all();
    assert_eq!(briefs.len(), 11);
    for brief in &briefs {
        insta::assert_snapshot!(brief.specialist.id.clone(), markdown(brief).unwrap());
    }
}

#[test]
fn no_two_are_told_the_same_sentence() {
    let repeated = repeated_sentences(&all()).unwrap();
    assert!(repeated.is_empty(), "{repeated:#?}");
}
