//! Cheaper types, checked against the catalogue by hand.

use std::sync::LazyLock;

use chrono::DateTime;
use orch_model::{Digest, Metric, Provider, Series, Statistic, Uid};
use rust_decimal::Decimal;

use super::*;
use crate::catalog::{self, Catalogue, Offer};
use crate::machine_type::{Feature, MachineType};

pub(super) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// With the prices that are built in.
pub(crate) fn defaults() -> Settings {
    Settings::of(Catalogue::embedded())
}

pub(super) fn series(metric: Metric, statistic: Statistic, step_s: u32, values: &[f64]) -> Series {
    Series {
        uid: Uid::new("i-1"),
        metric,
        statistic,
        start: DateTime::UNIX_EPOCH,
        step_s,
        values: values.iter().copied().map(Some).collect(),
    }
}

/// Points of a metric, as if read from a snapshot that ends with them.
pub(super) fn measured(
    metric: Metric,
    statistic: Statistic,
    step_s: u32,
    values: &[f64],
) -> Measured {
    let series = series(metric, statistic, step_s, values);
    let length = i64::from(step_s) * i64::try_from(values.len()).unwrap();
    let until = DateTime::UNIX_EPOCH + chrono::Duration::seconds(length);
    Measured::of_series(&series, until, 10_000).unwrap()
}

/// Fourteen days of five-minute averages of processor use.
pub(super) fn cpu(percent: f64) -> Measured {
    measured(Metric::Cpu, Statistic::Average, 300, &vec![percent; 4_032])
}

pub(super) fn of(provider: Provider, name: &str) -> MachineType {
    catalog::machine(provider, name).unwrap().into_owned()
}

pub(super) fn ask(
    provider: Provider,
    region: &str,
    name: &str,
    cpu: &Measured,
    settings: &Settings,
) -> Recommendation {
    let machine = of(provider, name);
    recommend(&input(provider, region, &machine, cpu), settings).unwrap()
}

/// Fourteen days with next to no traffic.
pub(super) fn still() -> &'static Network {
    static STILL: LazyLock<Network> = LazyLock::new(|| {
        let of = |metric| measured(metric, Statistic::Sum, 300, &[1.0; 4_032]).without_points();
        Network {
            received: of(Metric::NetworkIn),
            sent: of(Metric::NetworkOut),
        }
    });
    &STILL
}

pub(super) fn input<'i>(
    provider: Provider,
    region: &'i str,
    machine: &'i MachineType,
    cpu: &'i Measured,
) -> Input<'i> {
    Input {
        provider,
        region,
        machine,
        price_not_known: None,
        cpu,
        peak: None,
        memory_available: None,
        network: Some(still()),
        instances: 1,
        paid_share: None,
    }
}

/// What the fact `smaller` asks.
pub(super) fn fewer() -> Settings {
    Settings {
        fewer_processors: true,
        ..defaults()
    }
}

fn found(region: &str, name: &str, percent: f64) -> Option<Candidate> {
    ask(Provider::Aws, region, name, &cpu(percent), &fewer()).chosen
}

#[test]
fn the_cheapest_type_that_fits_is_found_with_its_numbers() {
    // m5.2xlarge: 8 processors, 32 GiB, 0.384. At 20 % it needs 1.6 processors.
    let all = ask(
        Provider::Aws,
        "us-east-1",
        "m5.2xlarge",
        &cpu(20.0),
        &fewer(),
    );
    let chosen = all.chosen.unwrap();
    assert_eq!(all.verdict, Verdict::Cheaper);
    assert_eq!(all.need.vcpu, dec("1.6"));
    let spec = of(Provider::Aws, &chosen.instance_type);
    assert!(chosen.vcpu < 8 && chosen.memory_gib >= dec("32"));
    let price = Catalogue::embedded()
        .instance_price(Provider::Aws, "us-east-1", &spec.name)
        .unwrap();
    let month = Decimal::from(730);
    assert_eq!(chosen.monthly.0, price.usd * month);
    assert_eq!(chosen.saving.unwrap().0, (dec("0.384") - price.usd) * month);
    assert!(!chosen.derived);
    assert_eq!(
        chosen.projected_need,
        dec("160") / Decimal::from(chosen.vcpu)
    );
    // Nothing cheaper in the catalogue fits: the same question, one condition at a time.
    let now = of(Provider::Aws, "m5.2xlarge");
    for Offer {
        machine: other,
        price: asked,
    } in Catalogue::embedded().offers(Provider::Aws, "us-east-1")
    {
        let letters = other.family.name.trim_start_matches(char::is_alphabetic);
        let fits = other.vcpu.is_some_and(|vcpu| vcpu < 8 && 160 <= vcpu * 80)
            && other.memory_gib >= now.memory_gib
            && other.architecture == Some("x86_64")
            && (other.current_generation == Some(true) || other.family.name == "m5")
            && ["c", "m", "r"].contains(&other.family.series.as_str())
            && letters >= "5"
            && other.burst.is_none()
            && other.features.get(Feature::BareMetal) == Some(false);
        assert!(
            !(fits && asked.usd < price.usd),
            "{} is cheaper",
            other.name
        );
    }
}

#[test]
fn the_need_may_take_80_percent_of_the_new_type_and_no_more() {
    // Half the processors: 40 % becomes exactly 80 %.
    let smaller = found("us-east-1", "m5.2xlarge", 40.0).unwrap();
    assert_eq!((smaller.vcpu, smaller.projected_need), (4, dec("80")));
    assert_eq!(found("us-east-1", "m5.2xlarge", 40.1), None);
}

#[test]
fn memory_architecture_burst_and_disks_are_kept() {
    for (name, region) in [
        ("m5.2xlarge", "us-east-1"),
        ("m6g.2xlarge", "us-east-1"),
        ("m5d.2xlarge", "us-east-1"),
        ("c5.4xlarge", "eu-west-1"),
        ("t3.2xlarge", "us-east-1"),
    ] {
        let now = of(Provider::Aws, name);
        let smaller = found(region, name, 5.0).unwrap();
        let spec = of(Provider::Aws, &smaller.instance_type);
        assert!(spec.memory_gib >= now.memory_gib, "{name} → {}", spec.name);
        assert_eq!(
            spec.architecture, now.architecture,
            "{name} → {}",
            spec.name
        );
        assert_eq!(spec.current_generation, Some(true));
        assert_eq!(spec.burst, None, "{name} → {}", spec.name);
        assert!(
            spec.family.generation >= now.family.generation,
            "{name} → {}",
            spec.name
        );
        assert_eq!(smaller.derived, region != "us-east-1");
    }
    let disk = found("us-east-1", "m5d.2xlarge", 5.0).unwrap();
    assert!(disk.local_disk_gb.unwrap() > 0, "{}", disk.instance_type);
}

#[test]
fn special_machines_stay_what_they_are() {
    for name in [
        "g4dn.2xlarge",
        "g5.12xlarge",
        "i3.2xlarge",
        "inf1.6xlarge",
        "m5.metal",
    ] {
        assert_eq!(found("us-east-1", name, 1.0), None, "{name}");
    }
}

#[test]
fn memory_becomes_less_only_where_its_use_is_known() {
    let machine = of(Provider::Aws, "m5.2xlarge");
    let busy = cpu(10.0);
    // 32 GiB, of which at the busiest moment 24 were free: 8 are needed, and 10 with headroom.
    let free = measured(
        Metric::MemoryAvailable,
        Statistic::Average,
        300,
        &[30e9, 24.0 * 1_073_741_824.0],
    );
    let with = |memory: Option<&Measured>, assume: Option<&str>| {
        let input = Input {
            memory_available: memory,
            ..input(Provider::Aws, "us-east-1", &machine, &busy)
        };
        let settings = Settings {
            assume_memory: assume.map(dec),
            ..defaults()
        };
        recommend(&input, &settings).unwrap()
    };
    let without = with(None, None);
    assert_eq!(without.memory, None);
    assert!(
        without
            .candidates
            .iter()
            .all(|one| one.memory_gib >= dec("32"))
    );
    assert!(without.refused[&Refusal::LessMemory] > 0);
    let known = with(Some(&free), None);
    let memory = known.memory.unwrap();
    assert_eq!((memory.peak_gib, memory.assumed), (dec("8"), false));
    assert_eq!(memory.peak_percent, 25.0);
    let chosen = known.chosen.unwrap();
    assert!(chosen.memory_gib >= dec("10") && chosen.memory_gib < dec("32"));
    assert!(chosen.saving.unwrap() > without.chosen.unwrap().saving.unwrap());
    // The same where the user says so; and the report says that it was only said.
    let said = with(None, Some("25"));
    assert!(said.memory.unwrap().assumed);
    assert_eq!(said.chosen.unwrap().instance_type, chosen.instance_type);
    // A measurement goes before what is said.
    assert!(!with(Some(&free), Some("90")).memory.unwrap().assumed);
}

#[test]
fn traffic_must_fit_the_network_that_is_always_there() {
    let machine = of(Provider::Aws, "m5.2xlarge");
    let quiet = cpu(10.0);
    // m5.2xlarge has 2,500 Mbit/s for ever, r5a.xlarge 1,250 and m5.xlarge too: 80 % are 1,000 Mbit/s.
    let with = |mbps: f64| {
        let bytes = vec![mbps * 1e6 / 8.0 * 300.0; 4_032];
        let network = Network {
            received: measured(Metric::NetworkIn, Statistic::Sum, 300, &vec![0.0; 4_032]),
            sent: measured(Metric::NetworkOut, Statistic::Sum, 300, &bytes),
        };
        let input = Input {
            network: Some(&network),
            ..input(Provider::Aws, "us-east-1", &machine, &quiet)
        };
        recommend(&input, &fewer()).unwrap()
    };
    let has = |one: &Candidate| of(Provider::Aws, &one.instance_type).network_mbps.unwrap();
    let little = with(1.0);
    let much = with(1_100.0);
    assert_eq!(little.refused.get(&Refusal::NetworkNeed), None);
    assert!(much.refused[&Refusal::NetworkNeed] > 0);
    assert!(much.candidates.iter().all(|one| has(one) * 80 >= 110_000));
    assert_eq!(with(100_000.0).chosen, None);
    // Not measured: never less than now.
    let unmeasured = Input {
        network: None,
        ..input(Provider::Aws, "us-east-1", &machine, &quiet)
    };
    let unmeasured = recommend(&unmeasured, &fewer()).unwrap();
    assert!(unmeasured.refused[&Refusal::LessNetwork] > 0);
    assert!(unmeasured.candidates.iter().all(|one| has(one) >= 2_500));
}

#[test]
fn refusals_are_counted_by_their_reason_and_add_up() {
    let all = ask(
        Provider::Aws,
        "us-east-1",
        "m5.2xlarge",
        &cpu(20.0),
        &defaults(),
    );
    let paid = Catalogue::embedded()
        .instance_price(Provider::Aws, "us-east-1", "m5.2xlarge")
        .unwrap();
    let cheaper = Catalogue::embedded()
        .offers(Provider::Aws, "us-east-1")
        .iter()
        .filter(|offer| offer.price.usd < paid.usd)
        .count();
    assert_eq!(all.refused.values().sum::<usize>() + all.fitting, cheaper);
    for refusal in [
        Refusal::Architecture,
        Refusal::Burstable,
        Refusal::LessMemory,
    ] {
        assert!(all.refused[&refusal] > 0, "{refusal:?}");
    }
    assert!(all.candidates.len() == 5.min(all.fitting));
    assert_eq!(all.chosen.as_ref(), all.candidates.first());
    // Stopping at the first gives the same answer.
    let first = Settings {
        table: 0,
        ..defaults()
    };
    let one = ask(Provider::Aws, "us-east-1", "m5.2xlarge", &cpu(20.0), &first);
    assert_eq!((one.chosen, one.saving), (all.chosen, all.saving));
}

#[test]
fn what_is_asked_for_is_kept() {
    let with = |settings: Settings| {
        ask(
            Provider::Aws,
            "eu-west-1",
            "m5.2xlarge",
            &cpu(10.0),
            &settings,
        )
    };
    assert_eq!(
        with(Settings {
            derived_prices: false,
            ..defaults()
        })
        .chosen,
        None
    );
    let same = with(Settings {
        most_effort: Effort::VeryLow,
        ..defaults()
    });
    assert!(
        same.candidates
            .iter()
            .all(|one| one.instance_type.starts_with("m5."))
    );
    let arm = with(Settings {
        other_architecture: true,
        ..defaults()
    });
    assert_eq!(arm.chosen.unwrap().effort, Effort::High);
    let burst = |burstable| {
        let settings = Settings {
            burstable,
            ..defaults()
        };
        let all = ask(
            Provider::Aws,
            "us-east-1",
            "m5.large",
            &cpu(10.0),
            &settings,
        );
        all.candidates
            .iter()
            .any(|one| one.instance_type.starts_with('t'))
    };
    assert!(burst(true) && !burst(false));
}

#[test]
fn hours_above_the_target_are_counted_from_the_points() {
    // 4,032 points of five minutes; 12 of them, an hour, at 60 %: 120 % of half the processors.
    let mut values = vec![10.0; 4_032];
    values[100..112].fill(60.0);
    let points = measured(Metric::Cpu, Statistic::Average, 300, &values);
    let settings = Settings {
        fewer_processors: true,
        ..defaults()
    };
    let all = ask(Provider::Aws, "us-east-1", "m5.2xlarge", &points, &settings);
    let chosen = all.chosen.unwrap();
    assert_eq!(chosen.hours_above, Some(1.0));
    assert_eq!(chosen.share_above, 12.0 / 4_032.0);
    assert_eq!(chosen.risk, Risk::VeryLow);
    // Percentiles alone give the same grade, and no hours.
    let digest = Digest::of(&series(Metric::Cpu, Statistic::Average, 300, &values)).unwrap();
    let alone = ask(
        Provider::Aws,
        "us-east-1",
        "m5.2xlarge",
        &Measured::of_digest(&digest),
        &settings,
    );
    let alone = alone.chosen.unwrap();
    assert_eq!((alone.hours_above, alone.risk), (None, chosen.risk));
    assert_eq!(alone.instance_type, chosen.instance_type);
}

#[test]
fn a_group_is_judged_by_its_busiest_member_and_saves_for_all() {
    let members = [cpu(5.0), cpu(35.0)];
    let highest = Measured::highest(&members).unwrap();
    assert_eq!(
        (highest.p995, highest.min, highest.points),
        (35.0, 5.0, 4_032)
    );
    assert_eq!(highest.hours_above(20.0), Some(336.0));
    let machine = of(Provider::Aws, "m5.2xlarge");
    let group = Input {
        instances: 2,
        ..input(Provider::Aws, "us-east-1", &machine, &highest)
    };
    let all = recommend(&group, &defaults()).unwrap();
    let chosen = all.chosen.unwrap();
    assert_eq!(
        all.saving.unwrap().0,
        chosen.saving.unwrap().0 * Decimal::TWO
    );
    let other = measured(Metric::Cpu, Statistic::Average, 60, &[1.0]);
    assert_eq!(
        Measured::highest(&[cpu(1.0), other]),
        None,
        "not measured alike"
    );
}

#[test]
fn what_is_really_paid_is_set_beside_the_list_price() {
    let machine = of(Provider::Aws, "m5.2xlarge");
    let quiet = cpu(20.0);
    // m5.2xlarge is 0.384 US dollars an hour: 280.32 a month.
    let with = |share: &str| {
        let input = Input {
            paid_share: Some(dec(share)),
            ..input(Provider::Aws, "us-east-1", &machine, &quiet)
        };
        let all = recommend(&input, &defaults()).unwrap();
        (all.chosen.unwrap().monthly.0, all.effective.unwrap())
    };
    let (then, effective) = with("0.75");
    assert_eq!(effective.monthly.0, dec("210.24"));
    assert_eq!(effective.saving.0, dec("210.24") - then);
    // A commitment may make the present type cheaper than any other.
    assert!(with("0.1").1.saving.0 < Decimal::ZERO);
}

#[test]
fn an_unknown_type_price_or_use_is_unknown_and_not_none() {
    let fails = |provider, region, name: &str, percent: f64| {
        let machine = of(provider, name);
        let mut cpu = cpu(1.0);
        cpu.p995 = percent;
        recommend(&input(provider, region, &machine, &cpu), &defaults()).is_err()
    };
    assert!(fails(Provider::Aws, "mars-north-1", "m5.large", 5.0));
    assert!(fails(Provider::Aws, "us-east-1", "m5.large", f64::NAN));
    assert!(fails(
        Provider::Azure,
        "westeurope",
        "Standard_D15i_v2",
        5.0
    ));
    assert!(fails(Provider::Gcp, "us-central1", "n2-custom-4-8192", 5.0));
}

#[test]
fn azure_and_google_have_answers_too() {
    let azure = ask(
        Provider::Azure,
        "westeurope",
        "Standard_D8s_v5",
        &cpu(20.0),
        &defaults(),
    );
    let chosen = azure.chosen.unwrap();
    // 1.6 processors of 8; 32 GiB: the cheapest with premium disks and accelerated networking.
    assert!(
        chosen.memory_gib >= dec("32") && chosen.vcpu >= 2,
        "{chosen:?}"
    );
    let google = ask(
        Provider::Gcp,
        "europe-west1",
        "e2-standard-8",
        &cpu(20.0),
        &defaults(),
    );
    assert!(google.chosen.unwrap().memory_gib >= dec("32"));
    // Local disks may be attached to N2: only its own family is known to take them.
    let n2 = ask(
        Provider::Gcp,
        "europe-west1",
        "n2-standard-8",
        &cpu(5.0),
        &defaults(),
    );
    assert!(
        n2.candidates
            .iter()
            .all(|one| one.instance_type.starts_with("n2-"))
    );
    assert!(n2.refused[&Refusal::FeatureNotKnown] > 0);
}

#[test]
fn only_periods_within_the_lookback_count() {
    // Three days of hours: 90 %, 50 %, 10 %.
    let mut values = vec![90.0; 24];
    values.extend([50.0; 24]);
    values.extend([10.0; 24]);
    let all = series(Metric::Cpu, Statistic::Average, 3_600, &values);
    let until = DateTime::UNIX_EPOCH + chrono::Duration::days(3);
    let max = |days| Measured::of_series(&all, until, days).unwrap().max;
    assert_eq!((max(1), max(2), max(3), max(14)), (10.0, 50.0, 90.0, 90.0));
    // What comes after the moment asked for does not count either.
    let sooner = until - chrono::Duration::days(1);
    assert_eq!(Measured::of_series(&all, sooner, 1).unwrap().max, 50.0);
    assert_eq!(Measured::of_series(&all, DateTime::UNIX_EPOCH, 14), None);
}
