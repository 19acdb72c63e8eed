//! Reviews of the demo estate, as people read them.

mod common;

use common::DEMO;
use orch_plan::Library;
use orch_plan::review::{AREAS, markdown, review};

#[test]
fn each_area_is_reviewed() {
    let library = Library::built_in().unwrap();
    for area in AREAS {
        let review = review(area, &DEMO.run, None, &library, &DEMO.options).unwrap();
        insta::assert_snapshot!(area, markdown(&review).unwrap());
    }
}
