//! Does the evaluator of effective exposure say what a judge says who asks rule by rule? The judge was written
//! from the meaning alone, without sight of the evaluator; neither shares code with the other.
//!
//! `cargo test -p orch-engine --test reach` asks about 1,500 random topologies of each cloud. The full run is
//!
//! ```text
//! ORCH_REACH_CASES=100000 cargo test --release -p orch-engine --test reach -- random
//! ```
//!
//! Where the two disagreed, and who was wrong, stands in `disagreements.md`. `cargo xtask mutants` puts the
//! mistakes of `mutants.txt` into a copy of the evaluator, one at a time; these tests must notice each.
//!
//! A case depends on its seed alone. A disagreement names the seed of its case: with `ORCH_REACH_SEED` set to
//! it and `ORCH_REACH_CASES=1` only that case is asked.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "tests"
)]

mod brute;
mod brute_aws;
mod brute_azure;
mod brute_balancer;
mod brute_gcp;
mod cases;
mod dice;
mod packets;
mod shrink;
mod topology;

use std::collections::BTreeSet;
use std::env;

use orch_engine::Inventory;
use orch_model::{Provider, Resource};
use rayon::prelude::*;

use brute::{Packet, Told, World, judge};
use dice::Dice;
use topology::Topology;

/// The seed of the first case when none is asked for.
const SEED: u64 = 0x0c1d_2e3f;

/// How many packets are asked of each topology.
const PACKETS: usize = 120;

/// What the evaluator says of packets to an interface: the one place where it is asked.
fn asked<'a>(resource: &'a Resource, inventory: &Inventory<'a>) -> impl Fn(Packet) -> Told + 'a {
    let reached = orch_engine::reach::of_interface(resource, inventory);
    move |Packet {
              protocol,
              port,
              from,
          }| {
        let packet = orch_engine::reach::Packet {
            protocol,
            port,
            from,
        };
        match reached.admits(packet) {
            orch_engine::reach::Told::Yes => Told::Yes,
            orch_engine::reach::Told::No => Told::No,
            orch_engine::reach::Told::Unknown => Told::Unknown,
        }
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let told = env::var(variable).ok();
    told.map_or(otherwise, |text| text.parse().unwrap())
}

/// The topology and packets of a seed.
fn case(provider: Provider, seed: u64) -> (Topology, Vec<Packet>) {
    let mut dice = Dice::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ provider as u64);
    let topology = topology::random(provider, &mut dice);
    let packets = packets::packets(&topology.resources, &mut dice, PACKETS);
    (topology, packets)
}

/// Both answers for each packet: the judge's and the evaluator's.
fn answers(topology: &Topology, packets: &[Packet]) -> Vec<(Packet, Told, Told)> {
    let snapshot = topology.snapshot();
    let inventory = Inventory::new(&snapshot);
    let resource = inventory.get(&topology.subject).unwrap();
    let world = World::new(&snapshot.resources);
    let asked = asked(resource, &inventory);
    let both = |packet: &Packet| (*packet, judge(&world, resource, *packet), asked(*packet));
    packets.iter().map(both).collect()
}

/// What came of one case.
enum Outcome {
    /// Both said the same; how often they said each.
    Agreed([u64; 3]),
    /// The smallest topology that shows that the two disagree.
    Disagreed(String),
}

fn outcome(provider: Provider, seed: u64) -> Outcome {
    let (topology, packets) = case(provider, seed);
    let answers = answers(&topology, &packets);
    let odd = answers.iter().find(|(_, judged, said)| judged != said);
    let Some((packet, judged, said)) = odd else {
        let mut told = [0; 3];
        for (_, judged, _) in &answers {
            told[*judged as usize] += 1;
        }
        return Outcome::Agreed(told);
    };
    let smallest = shrink::shrink(topology, |less| {
        let again = self::answers(less, &[*packet]);
        again
            .iter()
            .all(|(_, now, then)| (now, then) == (judged, said))
    });
    Outcome::Disagreed(format!(
        "{provider}: the judge says {judged:?}, the evaluator {said:?}, of protocol {} port {} from {}\n\
         to {} in\n{}again: ORCH_REACH_SEED={seed} ORCH_REACH_CASES=1 cargo test -p orch-engine --test reach -- {provider}",
        packet.protocol,
        packet.port,
        packet.from,
        smallest.subject,
        shrink::readable(&smallest),
    ))
}

fn agree(provider: Provider) {
    let first = number("ORCH_REACH_SEED", SEED);
    let count = number("ORCH_REACH_CASES", 1_500);
    let outcomes = (0..count)
        .into_par_iter()
        .map(|at| outcome(provider, first.wrapping_add(at)));
    let told = outcomes.try_fold(
        || [0; 3],
        |told, one| match one {
            Outcome::Agreed(more) => Ok(sum(told, more)),
            Outcome::Disagreed(text) => Err(text),
        },
    );
    match told.try_reduce(|| [0; 3], |one, other| Ok(sum(one, other))) {
        Ok(told) => {
            let packets: u64 = told.iter().sum();
            println!(
                "{provider}: {count} topologies from seed {first}, {packets} packets, no disagreement; {told:?} of no, unknown, yes"
            );
        }
        Err(found) => panic!("{count} cases from seed {first}\n{found}"),
    }
}

fn sum(one: [u64; 3], other: [u64; 3]) -> [u64; 3] {
    [0, 1, 2].map(|at| one[at] + other[at])
}

#[test]
fn random_topologies_of_aws() {
    agree(Provider::Aws);
}

#[test]
fn random_topologies_of_azure() {
    agree(Provider::Azure);
}

#[test]
fn random_topologies_of_gcp() {
    agree(Provider::Gcp);
}

/// Generators that only make what is closed, or only what is open, would test nothing.
#[test]
fn topologies_have_all_three_answers() {
    for provider in Provider::ALL {
        let (mut told, mut mixed) = ([0; 3], 0);
        for seed in 0..300 {
            let (topology, packets) = case(provider, seed);
            let snapshot = topology.snapshot();
            let world = World::new(&snapshot.resources);
            let resource = topology.resource().unwrap();
            let mut here = BTreeSet::new();
            for packet in packets {
                let one = judge(&world, resource, packet);
                told[one as usize] += 1;
                here.insert(one);
            }
            mixed += usize::from(here.len() > 1);
        }
        println!("{provider}: {told:?} of no, unknown, yes; {mixed} of 300 networks have several");
        let all: usize = told.iter().sum();
        assert!(
            told.iter().all(|one| one * 20 > all),
            "{provider}: {told:?}"
        );
        assert!(mixed > 120, "{provider}: {mixed}");
    }
}

/// The judge tries the ends of ranges and their neighbours where any port will do: no port between them
/// answers otherwise.
#[test]
fn ports_between_the_ends_answer_like_their_neighbours() {
    for provider in Provider::ALL {
        for seed in 0..4 {
            let (topology, packets) = case(provider, seed);
            let snapshot = topology.snapshot();
            let resource = topology.resource().unwrap();
            let ends = World::new(&snapshot.resources);
            let every = World {
                ports: (0..=u16::MAX).collect(),
                ..World::new(&snapshot.resources)
            };
            for packet in packets.into_iter().take(10) {
                let (some, all) = (
                    judge(&ends, resource, packet),
                    judge(&every, resource, packet),
                );
                assert_eq!(some, all, "{provider} {seed} {packet:?}");
            }
        }
    }
}
