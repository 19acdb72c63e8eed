//! Openings against cases from the field and against a naive model.

use orch_model::Cidr;
use proptest::prelude::*;

use super::*;

fn entry(allow: bool, protocol: &str, from: i64, to: i64, blocks: &[&str]) -> Entry {
    let blocks: Vec<Cidr> = blocks.iter().map(|block| block.parse().unwrap()).collect();
    Entry {
        allow,
        what: Allow {
            protocol: protocol.into(),
            from_port: Some(from),
            to_port: Some(to),
            source: Source {
                addresses: Addresses::of(&blocks),
                unresolved: false,
            },
        },
    }
}

fn unresolved(protocol: &str, from: i64, to: i64) -> Entry {
    let mut entry = entry(true, protocol, from, to, &[]);
    entry.what.source.unresolved = true;
    entry
}

fn told(openings: &Openings) -> Vec<String> {
    let share = |share: Share| {
        format!(
            "{:.2}{}",
            share.known,
            if share.may_be_more { "+" } else { "" }
        )
    };
    openings
        .0
        .iter()
        .map(|o| {
            let (v4, v6) = (share(o.ipv4), share(o.ipv6));
            format!("{} {}-{} {v4} {v6}", o.protocol, o.from_port, o.to_port)
        })
        .collect()
}

#[test]
fn two_halves_are_the_world() {
    let openings = Openings::of(&[
        entry(true, "tcp", 22, 22, &["0.0.0.0/1"]),
        entry(true, "tcp", 0, 1024, &["128.0.0.0/1"]),
    ]);
    assert_eq!(
        told(&openings),
        [
            "tcp 0-21 0.43 0.00",
            "tcp 22-22 1.00 0.00",
            "tcp 23-1024 0.43 0.00"
        ]
    );
}

#[test]
fn private_sources_open_nothing() {
    assert!(
        Openings::of(&[entry(true, "all", -1, -1, &["10.0.0.0/8", "fd00::/8"])])
            .0
            .is_empty()
    );
}

#[test]
fn all_protocols_open_every_port() {
    let openings = Openings::of(&[entry(true, "all", -1, -1, &["0.0.0.0/0", "2000::/3"])]);
    assert_eq!(
        told(&openings),
        [
            "tcp 0-65535 1.00 1.00",
            "udp 0-65535 1.00 1.00",
            "icmp 0-65535 1.00 1.00",
            "other 0-65535 1.00 1.00"
        ]
    );
}

#[test]
fn neighbours_of_the_same_share_are_one() {
    let openings = Openings::of(&[
        entry(true, "tcp", 1000, 1049, &["0.0.0.0/0"]),
        entry(true, "tcp", 1050, 1200, &["0.0.0.0/0"]),
        entry(true, "tcp", 1100, 1300, &["10.0.0.0/8"]),
    ]);
    assert_eq!(told(&openings), ["tcp 1000-1200 1.00 0.00"]);
    assert_eq!(openings.0[0].via.len(), 2);
}

#[test]
fn an_unresolved_list_may_hold_more_unless_it_is_all_already() {
    let openings = Openings::of(&[
        entry(true, "tcp", 443, 443, &["0.0.0.0/0"]),
        unresolved("tcp", 443, 444),
    ]);
    assert_eq!(
        told(&openings),
        ["tcp 443-443 1.00 0.00+", "tcp 444-444 0.00+ 0.00+"]
    );
    assert!(!openings.is_certain());
    assert!(!openings.0[1].certain());
}

#[test]
fn the_first_matching_entry_decides() {
    let openings = Openings::of(&[
        entry(false, "tcp", 22, 22, &["0.0.0.0/0"]),
        entry(true, "all", -1, -1, &["0.0.0.0/0"]),
    ]);
    assert_eq!(
        told(&openings)[..2],
        [
            "tcp 0-21 1.00 0.00".to_owned(),
            "tcp 23-65535 1.00 0.00".to_owned()
        ]
    );
    let openings = Openings::of(&[
        entry(true, "tcp", 22, 22, &["0.0.0.0/0"]),
        entry(false, "all", -1, -1, &["0.0.0.0/0"]),
    ]);
    assert_eq!(told(&openings), ["tcp 22-22 1.00 0.00"]);
}

#[test]
fn refusing_one_protocol_or_code_leaves_the_others() {
    let openings = Openings::of(&[
        entry(false, "47", -1, -1, &["0.0.0.0/0"]),
        entry(false, "icmp", 8, 0, &["0.0.0.0/0"]),
        entry(true, "all", -1, -1, &["0.0.0.0/0"]),
    ]);
    assert_eq!(
        told(&openings)[2..],
        [
            "icmp 0-65535 1.00 0.00".to_owned(),
            "other 0-65535 1.00 0.00".to_owned()
        ]
    );
}

#[test]
fn runs_nest_by_share() {
    let runs = Openings::of(&[
        entry(true, "tcp", 0, 65535, &["0.0.0.0/1"]),
        entry(true, "tcp", 22, 22, &["0.0.0.0/0"]),
        entry(true, "tcp", 80, 80, &["::/0"]),
        entry(true, "udp", 53, 53, &["0.0.0.0/0"]),
    ])
    .runs();
    let told: Vec<_> = runs
        .iter()
        .map(|run| {
            let (from, to) = (run.from_port, run.to_port);
            format!(
                "{} {from}-{to} {:.2} in {:.2}",
                run.protocol, run.share, run.wider_share
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "tcp 0-65535 0.57 in 0.00",
            "tcp 22-22 1.00 in 0.57",
            "tcp 80-80 1.00 in 0.57",
            "udp 53-53 1.00 in 0.00"
        ]
    );
}

#[test]
fn ports_the_wrong_way_round_cover_nothing() {
    assert!(
        Openings::of(&[entry(true, "tcp", 90, 80, &["0.0.0.0/0"])])
            .0
            .is_empty()
    );
}

fn some_entry() -> impl Strategy<Value = Entry> {
    let block = prop_oneof![
        Just("0.0.0.0/0"),
        Just("0.0.0.0/1"),
        Just("128.0.0.0/1"),
        Just("10.0.0.0/8"),
        Just("::/0"),
        Just("2000::/4"),
        Just("8.0.0.0/6"),
    ];
    let port = prop_oneof![0i64..6, 65_530i64..=65_535, Just(-1)];
    let protocol = prop_oneof![Just("tcp"), Just("udp"), Just("all")];
    (
        any::<bool>(),
        protocol,
        port.clone(),
        port,
        prop::collection::vec(block, 1..3),
    )
        .prop_map(|(allow, protocol, from, to, blocks)| entry(allow, protocol, from, to, &blocks))
}

/// What a packet filter does with one address: the first entry that matches decides.
fn admits(entries: &[Entry], protocol: &str, port: i64, v4: u32) -> bool {
    entries
        .iter()
        .find(|entry| {
            let what = &entry.what;
            let all = what.protocol == "all";
            let from = what.from_port.filter(|port| *port >= 0).unwrap_or(0);
            let to = what.to_port.filter(|port| *port >= 0).unwrap_or(65_535);
            (all || (what.protocol == protocol && from <= port && port <= to))
                && what.source.addresses.v4.contains(v4)
        })
        .is_some_and(|entry| entry.allow)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_port_agrees_with_a_naive_filter(entries in prop::collection::vec(some_entry(), 0..6)) {
        let openings = Openings::of(&entries);
        // The blocks above cut the public internet into these four parts, one address each.
        let parts = [(0x0101_0101u32, "1/8…"), (0x0808_0808, "8/6"), (0x4000_0001, "64/2"), (0x8101_0101, "128/1")];
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            for port in (0u16..8).chain(65_528..=65_535) {
                let admitted: Vec<u32> = parts
                    .iter()
                    .map(|(address, _)| *address)
                    .filter(|address| admits(&entries, protocol.as_str(), i64::from(port), *address))
                    .collect();
                let found = openings.0.iter().find(|o| {
                    o.protocol == protocol && o.from_port <= port && port <= o.to_port
                });
                let share = found.map_or(0.0, |o| o.ipv4.known);
                prop_assert_eq!(share > 0.0, !admitted.is_empty());
                prop_assert_eq!(share == 1.0, admitted.len() == parts.len());
            }
        }
        for pair in openings.0.windows(2) {
            prop_assert!(
                (pair[0].protocol, pair[0].to_port) < (pair[1].protocol, pair[1].from_port)
            );
        }
    }
}
