//! Reviews of the demo estate, as people read them.

mod common;
mod lists;

use common::DEMO;
use orch_plan::Library;
use orch_plan::review::{AREAS, fit, markdown, review};

#[test]
fn each_area_is_reviewed() {
    let library = Library::built_in().unwrap();
    for area in AREAS {
        let review = review(area, &DEMO.run, None, &library, &DEMO.options).unwrap();
        insta::assert_snapshot!(area, markdown(&review).unwrap());
    }
}

#[test]
fn a_cut_review_never_says_that_there_is_nothing() {
    let library = Library::built_in().unwrap();
    for area in AREAS {
        let mut review = review(area, &DEMO.run, None, &library, &DEMO.options).unwrap();
        let whole = serde_json::to_value(&review).unwrap();
        let mut size = markdown(&review).unwrap().len() - 1;
        let mut texts = 0;
        while let Ok(text) = fit(&mut review, size, markdown) {
            size = text.len() - 1;
            texts += 1;
            let emptied = lists::emptied(&whole, &serde_json::to_value(&review).unwrap());
            assert_eq!(emptied, Vec::<String>::new(), "{area} at {size} bytes");
            for heading in ["## Findings", "## Not read"] {
                assert!(text.contains(heading), "{area} at {size} bytes: {heading}");
            }
        }
        assert!(texts > 0, "{area} was never cut");
    }
}
