//! Laws that hold for every recommendation, over random instances of three clouds.

use orch_model::{Metric, Provider, Statistic};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::tests::{defaults, input, measured};
use super::*;
use crate::catalog::{self, Catalogue, UnitPrice};
use crate::machine_type::{Feature, MachineType};

const REGIONS: [(Provider, &str); 6] = [
    (Provider::Aws, "us-east-1"),
    (Provider::Aws, "eu-west-1"),
    (Provider::Azure, "westeurope"),
    (Provider::Azure, "uksouth"),
    (Provider::Gcp, "us-central1"),
    (Provider::Gcp, "europe-west4"),
];

/// An instance and its load.
#[derive(Debug, Clone)]
struct Case {
    provider: Provider,
    region: &'static str,
    machine: MachineType,
    price: UnitPrice,
    /// Percent of use: what is usual, what is busy, and how many of 200 points are busy.
    usual: f64,
    busy: f64,
    busy_points: usize,
    /// Share of the memory that is used at the peak, where it is measured.
    memory: Option<f64>,
    /// Traffic in Mbit a second, where it is measured.
    mbps: Option<f64>,
}

impl Case {
    fn cpu(&self, factor: f64) -> Measured {
        let mut values = vec![(self.usual * factor).min(100.0); 200 - self.busy_points];
        values.extend(vec![(self.busy * factor).min(100.0); self.busy_points]);
        measured(Metric::Cpu, Statistic::Average, 300, &values)
    }

    fn available(&self, factor: f64) -> Option<Measured> {
        let share = (self.memory? * factor).min(1.0);
        let gib: f64 = self.machine.memory_at_most()?.to_string().parse().ok()?;
        let free = gib * (1.0 - share) * 1_073_741_824.0;
        Some(measured(
            Metric::MemoryAvailable,
            Statistic::Average,
            300,
            &[free],
        ))
    }

    fn network(&self, factor: f64) -> Option<Network> {
        let bytes = self.mbps? * factor * 1e6 / 8.0 * 300.0;
        let of = |metric| measured(metric, Statistic::Sum, 300, &[bytes]);
        Some(Network {
            received: of(Metric::NetworkIn),
            sent: of(Metric::NetworkOut),
        })
    }

    fn ask(&self, cpu: f64, memory: f64, traffic: f64, settings: &Settings) -> Recommendation {
        let use_of = self.cpu(cpu);
        let (available, network) = (self.available(memory), self.network(traffic));
        let input = Input {
            memory_available: available.as_ref(),
            network: network.as_ref(),
            ..input(self.provider, self.region, &self.machine, &use_of)
        };
        recommend(&input, settings).unwrap()
    }
}

fn case() -> impl Strategy<Value = Case> {
    let machine = (0..REGIONS.len(), any::<prop::sample::Index>());
    let machine = machine.prop_filter_map("no price", |(place, index)| {
        let (provider, region) = REGIONS[place];
        let offers = Catalogue::embedded().offers(provider, region);
        let offer = offers[index.index(offers.len())];
        offer.machine.vcpu?;
        Some((provider, region, offer.machine.clone(), offer.price))
    });
    let load = (0.0..60.0_f64, 0.0..100.0_f64, 0_usize..30);
    let rest = (
        prop::option::of(0.01..1.0_f64),
        prop::option::of(0.1..5_000.0_f64),
    );
    (machine, load, rest).prop_map(|(machine, (usual, busy, busy_points), (memory, mbps))| {
        let (provider, region, machine, price) = machine;
        Case {
            provider,
            region,
            machine,
            price,
            usual,
            busy: busy.max(usual),
            busy_points,
            memory,
            mbps,
        }
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (0..PROFILES.len(), flags).prop_map(|(profile, (fewer, arm, burst, derived))| Settings {
        profile: PROFILES[profile].clone(),
        fewer_processors: fewer,
        other_architecture: arm,
        burstable: burst,
        derived_prices: derived,
        table: 1_000,
        ..defaults()
    })
}

/// The processors that a type has all the time: of one that earns credits only its baseline.
fn processors(case: &Case, of: &Candidate) -> Decimal {
    let spec = catalog::machine(case.provider, &of.instance_type).unwrap();
    let share = match spec.burst {
        Some(burst) => burst.baseline.unwrap_or_default() / Decimal::ONE_HUNDRED,
        None => Decimal::ONE,
    };
    Decimal::from(of.vcpu) * share
}

/// Whether a type has fewer processors, for a moment and all the time: one that earns credits has more of them for a
/// moment than a whole one, and fewer all the time. Those of a newer generation do more, so that they are no fewer.
fn fewer(case: &Case, after: &Candidate, before: &Candidate) -> bool {
    let generation = |of: &Candidate| {
        let spec = catalog::machine(case.provider, &of.instance_type).unwrap();
        spec.family.generation
    };
    after.vcpu < before.vcpu
        && processors(case, after) < processors(case, before)
        && generation(after) <= generation(before)
}

/// Neither processors, memory nor price is less.
fn no_smaller(
    case: &Case,
    one: &Option<Candidate>,
    other: &Option<Candidate>,
) -> Result<(), TestCaseError> {
    match (one, other) {
        (None, Some(found)) => Err(TestCaseError::fail(format!(
            "nothing fitted before, and now {}",
            found.instance_type
        ))),
        (Some(before), Some(after)) => {
            prop_assert!(after.monthly >= before.monthly, "cheaper");
            let smaller = fewer(case, after, before) && after.memory_gib < before.memory_gib;
            prop_assert!(!smaller, "smaller");
            Ok(())
        }
        (_, None) => Ok(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_below_the_need_dearer_or_outside_of_the_limits(case in case(), settings in settings()) {
        let all = case.ask(1.0, 1.0, 1.0, &settings);
        let profile = &settings.profile;
        prop_assert!(all.candidates.len() == all.fitting);
        prop_assert!(all.candidates.is_sorted_by_key(|one| one.monthly));
        for one in &all.candidates {
            let spec = catalog::machine(case.provider, &one.instance_type).unwrap();
            let price = Catalogue::embedded().instance_price(case.provider, case.region, &one.instance_type);
            // Region: it has a price where the instance is, and none of another region is taken.
            let price = price.expect("a price in the region");
            prop_assert_eq!(one.hourly.0, price.usd);
            // Never dearer.
            prop_assert!(price.for_a_month() < case.price.for_a_month());
            prop_assert!(one.saving.unwrap().0 > Decimal::ZERO);
            // Never below the need.
            let vcpu = Decimal::from(one.vcpu);
            prop_assert!(all.need.vcpu * Decimal::ONE_HUNDRED <= vcpu * profile.cpu_limit);
            prop_assert!(one.projected_need <= profile.cpu_limit);
            if let Some(memory) = all.need.memory_gib {
                prop_assert!(memory * Decimal::ONE_HUNDRED <= one.memory_gib * profile.memory_limit);
            } else {
                prop_assert!(Some(one.memory_gib) >= case.machine.memory_gib, "memory was not measured");
            }
            match (all.need.network_mbps, profile.network) {
                (Some(need), Some((_, limit))) => {
                    let has = Decimal::from(spec.network_mbps.unwrap());
                    prop_assert!(need * Decimal::ONE_HUNDRED <= has * limit);
                }
                (None, Some(_)) => {
                    prop_assert!(spec.network_mbps >= case.machine.network_mbps, "traffic was not measured");
                }
                (_, None) => {}
            }
            // Architecture, accelerators, credits, size.
            let same = spec.architecture == case.machine.architecture;
            prop_assert!(same || settings.other_architecture);
            prop_assert!(settings.burstable || spec.burst.is_none());
            prop_assert!(one.vcpu <= case.machine.vcpu.unwrap());
            prop_assert!(settings.derived_prices || !price.derived);
            prop_assert!(case.machine.accelerators.unwrap_or(0) <= spec.accelerators.unwrap_or(0));
            // Features that the type has, it keeps.
            for feature in Feature::ALL {
                if case.machine.features.get(feature) == Some(true) {
                    let kept = spec.features.get(feature);
                    let alike = kept.is_none() && spec.family.name == case.machine.family.name;
                    prop_assert!(kept == Some(true) || alike, "{:?}", feature);
                }
            }
        }
    }

    #[test]
    fn more_headroom_never_gives_a_smaller_or_cheaper_type(
        case in case(), settings in settings(), less in 0_i64..90,
    ) {
        let with = |limit: Decimal| {
            let mut settings = settings.clone();
            settings.profile.cpu_limit = limit;
            case.ask(1.0, 1.0, 1.0, &settings).chosen
        };
        let limit = settings.profile.cpu_limit;
        let stricter = limit * Decimal::from(100 - less) / Decimal::ONE_HUNDRED;
        let (before, after) = (with(limit), with(stricter));
        no_smaller(&case, &before, &after)?;
        if let (Some(before), Some(after)) = (before, after) {
            prop_assert!(!fewer(&case, &after, &before), "fewer processors");
        }
    }

    #[test]
    fn more_memory_headroom_never_gives_less_memory(
        case in case(), settings in settings(), less in 0_i64..90,
    ) {
        let case = Case { memory: case.memory.or(Some(0.5)), ..case };
        let with = |limit: Decimal| {
            let mut settings = settings.clone();
            settings.profile.memory_limit = limit;
            case.ask(1.0, 1.0, 1.0, &settings).chosen
        };
        let limit = settings.profile.memory_limit;
        let (before, after) = (with(limit), with(limit * Decimal::from(100 - less) / Decimal::ONE_HUNDRED));
        no_smaller(&case, &before, &after)?;
        if let (Some(before), Some(after)) = (before, after) {
            prop_assert!(after.memory_gib >= before.memory_gib, "less memory");
        }
    }

    #[test]
    fn a_doubled_load_never_gives_a_smaller_type(case in case(), settings in settings()) {
        let once = case.ask(1.0, 1.0, 1.0, &settings).chosen;
        let processor = case.ask(2.0, 1.0, 1.0, &settings).chosen;
        no_smaller(&case, &once, &processor)?;
        if let (Some(before), Some(after)) = (&once, &processor) {
            prop_assert!(!fewer(&case, after, before), "fewer processors");
        }
        no_smaller(&case, &once, &case.ask(1.0, 2.0, 1.0, &settings).chosen)?;
        no_smaller(&case, &once, &case.ask(1.0, 1.0, 2.0, &settings).chosen)?;
        no_smaller(&case, &once, &case.ask(2.0, 2.0, 2.0, &settings).chosen)?;
    }

    #[test]
    fn the_first_that_fits_is_the_answer_of_the_whole_table(case in case(), settings in settings()) {
        let whole = case.ask(1.0, 1.0, 1.0, &settings);
        let first = case.ask(1.0, 1.0, 1.0, &Settings { table: 0, ..settings });
        prop_assert_eq!(whole.chosen, first.chosen);
        prop_assert_eq!(whole.verdict, first.verdict);
    }
}
