//! admitted: how much of the internet a service's own list of addresses lets in.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use orch_model::kind::AllowedRange;
use orch_model::{Body, Field, Kind, Resource};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;

use super::{Fact, FactSpec, not_told};
use crate::inventory::{Inventory, Unseen};
use crate::lang::Type;
use crate::netset::{Addresses, Intervals};
use crate::slots::Converter;
use crate::value::Value;

/// Shares of the public internet.
#[derive(Serialize, JsonSchema)]
struct View {
    /// Part of the public IPv4 internet on the list, 0 to 1.
    ipv4_share: f64,
    /// Part of the public IPv6 internet on the list, 0 to 1.
    ipv6_share: f64,
}

pub(super) struct Admitted(LazyLock<Converter>);

pub(super) fn admitted() -> Admitted {
    Admitted(LazyLock::new(|| Converter::new(&Type::of::<View>())))
}

impl Fact for Admitted {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "admitted",
            kinds: &[
                Kind::ContainerCluster,
                Kind::DatabaseDocument,
                Kind::DatabaseServer,
                Kind::StorageAccount,
            ],
            schema: || schema_for!(View),
            needs: &[],
            about: "How much of the public internet its own list of allowed addresses covers, by exact \
                    arithmetic over all entries together. A cluster without a list admits everything.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        _inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let list = match &resource.body {
            Body::ContainerCluster(body) => match &body.authorized_blocks {
                Field::Value(blocks) => Addresses::of(blocks),
                Field::None => everything(),
                Field::NotRead => return Err(not_told("authorized_blocks", &resource.uid)),
            },
            Body::DatabaseServer(body) => match &body.allowed {
                Field::Value(ranges) => of_ranges(ranges),
                Field::None => Addresses::default(),
                Field::NotRead => return Err(not_told("allowed", &resource.uid)),
            },
            Body::DatabaseDocument(body) => Addresses::of(&body.allowed_blocks),
            Body::StorageAccount(body) => Addresses::of(&body.allowed_blocks),
            _ => return Ok(Field::NotRead),
        };
        let (ipv4_share, ipv6_share) = list.public().shares();
        let view = View {
            ipv4_share,
            ipv6_share,
        };
        let told = self.0.convert(&view, &|_| Arc::default());
        Ok(Field::Value(told))
    }
}

fn everything() -> Addresses {
    Addresses {
        v4: Intervals::all(),
        v6: Intervals::all(),
    }
}

/// The addresses of ranges. One whose ends are of two families or the wrong way round holds none.
fn of_ranges(ranges: &[AllowedRange]) -> Addresses {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for range in ranges {
        match (range.first, range.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
                v4.push((first.into(), last.into()));
            }
            (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
                v6.push((first.into(), last.into()));
            }
            _ => {}
        }
    }
    Addresses {
        v4: Intervals::of(v4),
        v6: Intervals::of(v6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: &str, last: &str) -> AllowedRange {
        AllowedRange {
            name: "one".into(),
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
        }
    }

    #[test]
    fn ranges_count_together_and_azures_word_for_itself_is_no_address_of_the_internet() {
        let shares = |ranges: &[AllowedRange]| of_ranges(ranges).public().shares();
        assert_eq!(shares(&[range("0.0.0.0", "255.255.255.255")]), (1.0, 0.0));
        assert_eq!(
            shares(&[
                range("0.0.0.0", "126.255.255.255"),
                range("127.0.0.0", "255.255.255.255")
            ]),
            (1.0, 0.0)
        );
        assert_eq!(shares(&[range("0.0.0.0", "0.0.0.0")]), (0.0, 0.0));
        assert_eq!(shares(&[range("10.0.0.0", "10.255.255.255")]), (0.0, 0.0));
        assert_eq!(shares(&[range("9.9.9.9", "1.1.1.1")]), (0.0, 0.0));
        assert!(shares(&[range("52.0.0.0", "52.0.0.255")]).0 > 0.0);
    }
}
