//! `modern`: what a volume of a previous generation costs as its successor.

use orch_engine::{Fact, FactSpec};
use orch_model::{Field, Kind};

use super::{Derived, Found, schema_of, unseen};
use crate::Modern;
use crate::catalog::Prices;

pub(super) fn fact(prices: Prices) -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "modern",
        kinds: &[Kind::StorageVolume],
        schema: schema_of::<Field<Modern>>,
        needs: &[],
        about: "The successor of a volume's type with no less performance, and what changing saves a month; none for a current type.",
    };
    Derived::priced(prices, spec, |prices, resource, _| {
        crate::modern(prices, resource)
            .map(Found::from)
            .map_err(unseen)
    })
}
