//! The address blocks behind the ids of prefix lists, asked for once in a scope.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::Client;
use orch_collect::{Batch, CollectError};
use orch_model::{Cidr, Gap, Text};

use super::ec2::part_not_read;
use crate::call::Caller;
use crate::convert::cidr;

/// The call that resolves one list. It serves lists of the account, shared ones and those of AWS.
pub(super) const OPERATION: &str = "ec2:GetManagedPrefixListEntries";

/// The largest page it hands out.
const PAGE: i32 = 100;

/// What is known of the lists met so far: their blocks, or why they were not read.
pub(super) type Known = BTreeMap<Text, Result<Vec<Cidr>, Gap>>;

/// Resolves ids.
pub(super) struct PrefixLists<'a> {
    caller: &'a Caller,
    client: &'a Client,
    known: Known,
}

impl<'a> PrefixLists<'a> {
    pub(super) fn new(caller: &'a Caller, client: &'a Client) -> Self {
        Self {
            caller,
            client,
            known: Known::new(),
        }
    }

    /// Everything known, the lists of these ids included. A list that cannot be read leaves a gap and does
    /// not end the read; expired credentials do.
    pub(super) async fn with(
        &mut self,
        ids: &BTreeSet<&str>,
        out: &mut Batch,
    ) -> Result<&Known, CollectError> {
        for id in ids {
            if !self.known.contains_key(*id) {
                let blocks = match self.blocks(id).await {
                    Ok(blocks) => Ok(blocks),
                    Err(error) => Err(part_not_read(error, out)?),
                };
                self.known.insert(Text::new(id), blocks);
            }
        }
        Ok(&self.known)
    }

    async fn blocks(&self, id: &str) -> Result<Vec<Cidr>, CollectError> {
        let mut blocks = Vec::new();
        let mut list = self.caller.list(OPERATION, Some(PAGE as u64));
        while let Some(page) = list
            .page(
                |token| {
                    self.client
                        .get_managed_prefix_list_entries()
                        .prefix_list_id(id)
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| page.entries().len(),
                |page| page.next_token(),
            )
            .await?
        {
            for block in page.entries().iter().filter_map(|entry| entry.cidr()) {
                blocks.push(cidr(block).map_err(|malformed| malformed.of(OPERATION))?);
            }
        }
        blocks.sort_unstable();
        blocks.dedup();
        Ok(blocks)
    }
}
