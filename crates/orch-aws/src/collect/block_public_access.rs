//! What of the internet does the account keep out of its networks? Asked for once in a region.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::VpcBlockPublicAccessExclusion;
use orch_collect::{Batch, CollectError, Disposition};
use orch_model::{Body, Field, Gap, Resource, Text, Uid};
use tokio::sync::OnceCell;

use super::ec2::{PAGE, part_not_read};
use crate::call::Caller;
use crate::convert::required;
use crate::provider::Aws;

/// The call that tells how the account blocks.
pub(super) const OPTIONS: &str = "ec2:DescribeVpcBlockPublicAccessOptions";

/// The call that tells what is left out of it. Only made where something is blocked.
pub(super) const EXCLUSIONS: &str = "ec2:DescribeVpcBlockPublicAccessExclusions";

/// How one region blocks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    /// `off`, `ingress` or `both`; a word that we do not know stays as it is.
    mode: Text,
    /// What holds for single networks and subnets.
    exclusions: BTreeMap<Uid, Text>,
}

type Answer = Result<Arc<Block>, Gap>;

/// How the regions block, as far as somebody asked.
#[derive(Debug, Default)]
pub(crate) struct Blocks(Mutex<HashMap<Text, Arc<OnceCell<Answer>>>>);

impl Blocks {
    fn cell(&self, region: &Text) -> Arc<OnceCell<Answer>> {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cells.entry(region.clone()).or_default().clone()
    }
}

/// Fills in what networks or subnets cannot tell themselves.
///
/// # Errors
/// When the credentials do not hold any longer. Everything else leaves a gap with the resources.
pub(super) async fn fill(
    aws: &Aws,
    caller: &Caller,
    resources: &mut [Resource],
    out: &mut Batch,
) -> Result<(), CollectError> {
    let Some(scope) = resources.first().map(|resource| resource.scope.clone()) else {
        return Ok(());
    };
    let client = aws.clients.ec2(&scope.region);
    let cell = aws.blocks.cell(&scope.region);
    let answer = cell
        .get_or_try_init(|| async {
            match ask(&client, caller).await {
                Ok(block) => Ok(Ok(Arc::new(block))),
                Err(error) if error.disposition() == Disposition::Abort => Err(error),
                Err(error) => Ok(Err(error.recorded().clone())),
            }
        })
        .await?;
    let known = match answer {
        Ok(block) => Ok(&**block),
        Err(gap) => Err(part_not_read(CollectError::gap(gap.clone()), out)?),
    };
    for resource in resources {
        // Who shares a network decides what gets in; the account that only uses it cannot ask.
        if owner(&resource.uid) != Some(&scope.account) {
            continue;
        }
        match &known {
            Ok(block) => {
                let exclusion = block.exclusions.get(&resource.uid).cloned();
                match &mut resource.body {
                    Body::NetworkVpc(body) => {
                        let mode = exclusion.unwrap_or_else(|| block.mode.clone());
                        body.blocks_internet = Field::Value(mode);
                    }
                    Body::NetworkSubnet(body) => {
                        body.blocks_internet = Field::read(exclusion);
                    }
                    _ => {}
                }
            }
            Err(gap) => {
                let gaps = resource.not_read.get_or_insert_default();
                gaps.insert("body.blocks_internet".into(), gap.clone());
            }
        }
    }
    Ok(())
}

fn owner(uid: &Uid) -> Option<&str> {
    uid.as_str().split(':').nth(4)
}

async fn ask(client: &Client, caller: &Caller) -> Result<Block, CollectError> {
    let request = client.describe_vpc_block_public_access_options().send();
    let answer = caller.call(OPTIONS, request, |_| 1).await?;
    let options = answer.vpc_block_public_access_options();
    let mode = required(
        options.and_then(|options| options.internet_gateway_block_mode()),
        "no mode",
    )
    .map_err(|malformed| malformed.of(OPTIONS))?;
    let mode = match mode.as_str() {
        "block-ingress" => Text::new_static("ingress"),
        "block-bidirectional" => Text::new_static("both"),
        word => Text::new(word),
    };
    let mut exclusions = BTreeMap::new();
    // While nothing is blocked, nothing is left out of it either.
    if mode != "off" {
        let mut list = caller.list(EXCLUSIONS, Some(PAGE as u64));
        while let Some(page) = list
            .page(
                |token| {
                    client
                        .describe_vpc_block_public_access_exclusions()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| page.vpc_block_public_access_exclusions().len(),
                |page| page.next_token(),
            )
            .await?
        {
            let found = page.vpc_block_public_access_exclusions().iter();
            exclusions.extend(found.filter_map(exclusion));
        }
    }
    Ok(Block { mode, exclusions })
}

/// What one exclusion leaves of the block for its network or subnet; none when it is of no effect.
fn exclusion(found: &VpcBlockPublicAccessExclusion) -> Option<(Uid, Text)> {
    let of = Uid::new(found.resource_arn()?);
    let lets = found
        .internet_gateway_exclusion_mode()
        .map_or("", |mode| mode.as_str());
    let word = match lets {
        "allow-bidirectional" => Text::new_static("off"),
        "allow-egress" => Text::new_static("ingress"),
        word => Text::new(word),
    };
    match found.state().map(|state| state.as_str()) {
        Some("create-failed" | "delete-complete" | "disable-complete") => None,
        Some("create-complete" | "update-complete") => Some((of, word)),
        // On its way in or out, or a change of it failed.
        _ => Some((of, Text::new_static("changing"))),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{InternetGatewayExclusionMode, VpcBlockPublicAccessExclusionState};

    use super::*;

    #[test]
    fn an_exclusion_holds_when_it_was_made_and_until_it_was_taken_away() {
        let found = |mode: &str, state: &str| {
            let found = VpcBlockPublicAccessExclusion::builder()
                .resource_arn("arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1")
                .internet_gateway_exclusion_mode(InternetGatewayExclusionMode::from(mode))
                .state(VpcBlockPublicAccessExclusionState::from(state))
                .build();
            exclusion(&found).map(|(_, word)| word)
        };
        let word = |word: &str| Some(Text::new(word));
        assert_eq!(found("allow-bidirectional", "create-complete"), word("off"));
        assert_eq!(found("allow-egress", "update-complete"), word("ingress"));
        assert_eq!(found("allow-egress", "delete-complete"), None);
        assert_eq!(
            found("allow-egress", "delete-in-progress"),
            word("changing")
        );
        assert_eq!(
            found("allow-one-way", "create-complete"),
            word("allow-one-way")
        );
    }

    #[test]
    fn the_owner_of_a_network_stands_in_its_name() {
        let uid = Uid::new("arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1");
        assert_eq!(owner(&uid), Some("111122223333"));
    }
}
