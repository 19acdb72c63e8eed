//! Every call that was made to a cloud, without its content.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Cause, Scope, Time};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallOutcome {
    /// Answered.
    Ok,
    /// Failed for this cause after its retries.
    Failed(Cause),
}

/// What a call that reads one page of a list says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Page {
    /// The most items that one page can hold, where the provider says so.
    pub most: Option<u64>,
    /// Whether the list begins with it.
    pub first: bool,
}

/// One call, its retries included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// When it began.
    pub at: Time,
    /// Where; `None` for calls made before the account was known.
    pub scope: Option<Scope>,
    /// The collector that made it; `None` for discovery.
    pub collector: Option<SmolStr>,
    /// Service and operation as policies name it: `ec2:DescribeInstances`.
    pub operation: SmolStr,
    /// Requests sent, at least one.
    pub attempts: u32,
    /// How it ended.
    pub outcome: CallOutcome,
    /// Items in the answer.
    pub items: u64,
    /// The page of a list that it read; none when it read no list, or before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// What the provider charges for it in US dollars; zero when it is free.
    pub charge_usd: Decimal,
}

/// The fewest calls that would have read the same: every list in pages as full as they can be, every other
/// call as it was.
pub fn least_calls(ledger: &[Call]) -> u64 {
    // Items so far, the most that a page holds, pages so far; of the list that each collector is at.
    let mut lists = BTreeMap::new();
    let fewest = |(items, most, calls): (u64, Option<u64>, u64)| match most {
        Some(most) if most > 0 => items.div_ceil(most).max(1),
        _ => calls,
    };
    let mut least = 0;
    for call in ledger {
        let Some(page) = call.page else {
            least += 1;
            continue;
        };
        let of = (
            call.scope.as_ref(),
            call.collector.as_deref(),
            &*call.operation,
        );
        let list = lists.entry(of).or_insert((0, page.most, 0));
        if page.first && list.2 > 0 {
            least += fewest(std::mem::replace(list, (0, page.most, 0)));
        }
        list.0 += call.items;
        list.2 += 1;
    }
    least + lists.into_values().map(fewest).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str, items: u64, page: Option<Page>) -> Call {
        Call {
            at: Time::UNIX_EPOCH,
            scope: None,
            collector: None,
            operation: operation.into(),
            attempts: 1,
            outcome: CallOutcome::Ok,
            items,
            page,
            charge_usd: Decimal::ZERO,
        }
    }

    #[test]
    fn lists_count_by_the_fullest_pages_and_other_calls_as_they_are() {
        let page = |first| {
            Some(Page {
                most: Some(100),
                first,
            })
        };
        let ledger = [
            call("identity", 1, None),
            call("list", 60, page(true)),
            call("list", 60, page(false)),
            call("list", 30, page(false)),
            // Another list of the same operation, and an empty one.
            call("list", 10, page(true)),
            call("other", 0, page(true)),
            // Nobody knows how much a page could hold: as many calls as there were.
            call(
                "open",
                5,
                Some(Page {
                    most: None,
                    first: true,
                }),
            ),
            call(
                "open",
                5,
                Some(Page {
                    most: None,
                    first: false,
                }),
            ),
        ];
        assert_eq!(least_calls(&ledger), 1 + 2 + 1 + 1 + 2);
    }
}
