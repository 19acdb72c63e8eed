//! What the collectors of EC2 lists have in common.

use orch_collect::{Charge, Estimate, Operation};

/// The largest page that most lists hand out.
pub(super) const PAGE: i32 = 1_000;

/// A free operation.
pub(super) const fn free(name: &'static str) -> Operation {
    Operation {
        name,
        charge: Charge::Free,
    }
}

/// The estimate for a list whose length nobody knows before it is read.
pub(super) fn one_page(page: i32) -> Estimate {
    Estimate {
        calls: 1,
        assumption: format!(
            "at most {page} in a region; one more free call for each {page} beyond"
        ),
        ..Estimate::default()
    }
}
