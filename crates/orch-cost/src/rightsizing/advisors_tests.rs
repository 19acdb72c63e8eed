//! Worked examples and thresholds that the clouds publish, reproduced one by one, each with its source.

use orch_model::{Digest, Metric, Provider, Statistic};
use rust_decimal::Decimal;

use super::burst::{SURPLUS_T3, account, break_even, surplus_charge, within};
use super::idle::{Answer, IDLE, Idle, LOW_DAYS, Question, low_days};
use super::tests::{ask, cpu, dec, defaults, input, measured, of, series};
use super::*;
use crate::catalog::Catalogue;
use crate::machine_type::baseline;

const OPTIMIZER: &str = "AWS Compute Optimizer User Guide, Rightsizing recommendation preferences";
const EFFORT: &str = "AWS Compute Optimizer User Guide, Migration effort";
const CREDITS: &str = "Amazon EC2 User Guide, Key concepts for burstable performance instances";
const UNLIMITED: &str = "Amazon EC2 User Guide, Unlimited mode concepts";
const ADVISOR: &str = "Microsoft Learn, Reduce service costs by using Azure Advisor (also quoted in github.com/microsoft/finops-toolkit)";
const B_SERIES: &str = "Microsoft Learn, B-series and Bsv2-series sizes";
const SHARED_CORE: &str = "Compute Engine, Shared-core machine types";
const IDLE_AWS: &str = "AWS Compute Optimizer User Guide, Viewing idle resource recommendations";
const IDLE_GCP: &str = "Compute Engine, Viewing and applying idle VM recommendations (older text)";
const EXPLORER: &str =
    "AWS Cost Management User Guide, Understanding rightsizing recommendations calculations";
const TRUSTED: &str =
    "AWS Support User Guide, Trusted Advisor, Low Utilization Amazon EC2 Instances";

/// Points of which so many percent are at one use and the rest at none: the percentiles up to there are it.
fn busy(percent_of_points: f64, at: f64) -> Measured {
    let busy = (4_000.0 * percent_of_points / 100.0).round() as usize;
    let mut values = vec![0.0; 4_000 - busy];
    values.extend(vec![at; busy]);
    measured(Metric::Cpu, Statistic::Average, 300, &values)
}

/// Whether m5.2xlarge at this use may become m5.xlarge, half its processors, by a profile. Its memory is measured
/// at a fifth, so that it never decides.
fn halves(profile: &str, cpu: &Measured) -> bool {
    halves_with_memory(profile, cpu, 0.2)
}

fn halves_with_memory(profile: &str, cpu: &Measured, used: f64) -> bool {
    let machine = of(Provider::Aws, "m5.2xlarge");
    let free = 32.0 * (1.0 - used) * 1_073_741_824.0;
    let free = measured(Metric::MemoryAvailable, Statistic::Average, 300, &[free]);
    let input = Input {
        memory_available: Some(&free),
        ..input(Provider::Aws, "us-east-1", &machine, cpu)
    };
    let settings = Settings {
        profile: Profile::named(profile).unwrap(),
        table: 1_000,
        ..defaults()
    };
    let all = recommend(&input, &settings).unwrap();
    all.candidates
        .iter()
        .any(|one| one.instance_type == "m5.xlarge")
}

/// On half the processors a use doubles: the largest use that passes, and one a hair above it that does not. The
/// percentile counts: the same use in fewer points than it looks at does not matter.
fn preset(profile: &str, percent_of_points: f64, limit: f64) {
    let hair = 0.01;
    let at_most = limit / 2.0;
    let deciding = percent_of_points + 0.5;
    assert!(halves(profile, &busy(deciding, at_most)), "{profile}");
    assert!(
        !halves(profile, &busy(deciding, at_most + hair)),
        "{profile}"
    );
    assert!(
        halves(profile, &busy(percent_of_points, 99.0)),
        "{profile}: {percent_of_points} % of the points are not looked at"
    );
}

/// Half the memory of 32 GiB: the largest share of it that passes, and one a hair above.
fn memory_preset(profile: &str, limit: f64) {
    let quiet = cpu(1.0);
    let at_most = limit / 100.0 / 2.0;
    assert!(
        halves_with_memory(profile, &quiet, at_most - 1e-6),
        "{profile}"
    );
    assert!(
        !halves_with_memory(profile, &quiet, at_most + 1e-3),
        "{profile}"
    );
}

fn steps(from: &str, to: &str) -> Effort {
    effort(&of(Provider::Aws, from), &of(Provider::Aws, to))
}

fn usd(name: &str) -> Decimal {
    Catalogue::embedded()
        .instance_price(Provider::Aws, "us-east-1", name)
        .unwrap()
        .usd
}

fn idle(name: &str) -> Idle {
    IDLE.into_iter().find(|idle| idle.name == name).unwrap()
}

/// Traffic of both directions in bytes a second.
fn bytes_a_second(received: f64, sent: f64) -> Network {
    let of = |metric, rate: f64| measured(metric, Statistic::Sum, 300, &vec![rate * 300.0; 4_032]);
    Network {
        received: of(Metric::NetworkIn, received),
        sent: of(Metric::NetworkOut, sent),
    }
}

fn question<'q>(cpu: &'q Measured, network: &'q Network) -> Question<'q> {
    Question {
        vcpu: 2,
        cpu,
        peak: Some(1.0),
        last_days: Some(1.0),
        network: Some(network),
        busiest_day_bytes: Some(1.0),
        network_mbps: Some(1_000),
    }
}

/// One published example: what it says, where, and the proof.
type Example = (&'static str, &'static str, fn());

const EXAMPLES: &[Example] = &[
    ("maximum savings: P90, no headroom", OPTIMIZER, || {
        preset("aws-maximum-savings", 10.0, 100.0)
    }),
    ("balanced: P95, 30 % headroom", OPTIMIZER, || {
        preset("aws-balanced", 5.0, 70.0)
    }),
    ("default: P99.5, 20 % headroom", OPTIMIZER, || {
        preset("aws-default", 0.5, 80.0)
    }),
    (
        "maximum performance: P99.5, 30 % headroom",
        OPTIMIZER,
        || preset("aws-maximum-performance", 0.5, 70.0),
    ),
    ("memory headroom 10, 30, 20 and 30 %", OPTIMIZER, || {
        memory_preset("aws-maximum-savings", 90.0);
        memory_preset("aws-balanced", 70.0);
        memory_preset("aws-default", 80.0);
        memory_preset("aws-maximum-performance", 70.0);
    }),
    (
        "14 days are 4,032 points of five minutes",
        OPTIMIZER,
        || {
            let all = cpu(1.0);
            assert_eq!((all.points, all.days()), (4_032, 14.0));
            let profile = Profile::named("aws-default").unwrap();
            assert_eq!(
                (profile.lookback_days, profile.remark(all.step_s)),
                (14, None)
            );
            // On other points the result is not called the preset's.
            assert!(profile.remark(3_600).unwrap().contains("1-hour points"));
        },
    ),
    (
        "another size of a family is very little work",
        EFFORT,
        || {
            assert_eq!(steps("m5.xlarge", "m5.large"), Effort::VeryLow);
            assert_eq!(steps("c5.large", "c5.xlarge"), Effort::VeryLow);
        },
    ),
    ("a newer generation is little work", EFFORT, || {
        assert_eq!(steps("m5.xlarge", "m6i.xlarge"), Effort::Low);
        assert_eq!(steps("c4.large", "c5.large"), Effort::Low);
    }),
    ("another family is more", EFFORT, || {
        assert_eq!(steps("c5.xlarge", "m5.xlarge"), Effort::Medium);
        assert_eq!(steps("m5.2xlarge", "r5.xlarge"), Effort::Medium);
    }),
    ("another architecture is much", EFFORT, || {
        assert_eq!(steps("m5.xlarge", "m6g.xlarge"), Effort::High);
    }),
    (
        "t3.nano earns 6 credits an hour: (6 / 2) / 60 = 5 %",
        CREDITS,
        || {
            assert_eq!(baseline(dec("6"), 2), Some(dec("5")));
            assert_eq!(
                of(Provider::Aws, "t3.nano").burst.unwrap().baseline,
                Some(dec("5"))
            );
        },
    ),
    (
        "t3.large earns 36 credits an hour: (36 / 2) / 60 = 30 %",
        CREDITS,
        || {
            assert_eq!(
                of(Provider::Aws, "t3.large").burst.unwrap().baseline,
                Some(dec("30"))
            );
        },
    ),
    (
        "t3.xlarge earns 96 credits an hour: (96 / 4) / 60 = 40 %",
        CREDITS,
        || {
            assert_eq!(
                of(Provider::Aws, "t3.xlarge").burst.unwrap().baseline,
                Some(dec("40"))
            );
        },
    ),
    (
        "t3.small idles for 24 hours and holds 576 credits",
        CREDITS,
        || {
            let small = of(Provider::Aws, "t3.small").burst.unwrap();
            let day = vec![Some(0.0); 288];
            assert_eq!(account(&small, 2, 300, &day, 0.0).unwrap().end, 576.0);
            // More are not held.
            let two: Vec<Option<f64>> = [day.clone(), day].concat();
            assert_eq!(account(&small, 2, 300, &two, 0.0).unwrap().end, 576.0);
        },
    ),
    (
        "t3.large at 30 % for a day costs nothing more, at 40 % the 10 % above",
        UNLIMITED,
        || {
            let charge = |mean| surplus_charge(dec(mean), dec("30"), 2, dec("24"), SURPLUS_T3);
            assert_eq!(charge("30"), Decimal::ZERO);
            assert_eq!(charge("20"), Decimal::ZERO);
            // 10 % of 2 processors for 24 hours at 0.05.
            assert_eq!(charge("40"), dec("0.24"));
        },
    ),
    (
        "t3.large and m5.large cost the same at 42.5 %",
        UNLIMITED,
        || {
            // With the prices of the guide's example.
            let even = break_even(dec("0.0835"), dec("0.096"), 2, dec("30"), SURPLUS_T3);
            assert_eq!(even, Some(dec("42.5")));
            // And near it with those of the catalogue.
            let even =
                break_even(usd("t3.large"), usd("m5.large"), 2, dec("30"), SURPLUS_T3).unwrap();
            assert!((even - dec("42.5")).abs() < Decimal::ONE, "{even}");
        },
    ),
    (
        "T3 at 100 % for ever costs about 1.5 times as much as M5",
        UNLIMITED,
        || {
            let above = surplus_charge(dec("100"), dec("30"), 2, Decimal::ONE, SURPLUS_T3);
            let times = (usd("t3.large") + above) / usd("m5.large");
            assert!((times - dec("1.5")).abs() < dec("0.1"), "{times}");
        },
    ),
    (
        "user-facing: P95 at most 40 %, memory at most 60 %",
        ADVISOR,
        || {
            preset("azure-user-facing", 5.0, 40.0);
            memory_preset("azure-user-facing", 60.0);
        },
    ),
    (
        "not user-facing: P95 at most 80 %, memory at most 80 %",
        ADVISOR,
        || {
            preset("azure-not-user-facing", 5.0, 80.0);
            memory_preset("azure-not-user-facing", 80.0);
        },
    ),
    (
        "burstable: mean below the baseline, P95 below twice the baseline",
        ADVISOR,
        || {
            assert!(within(40.0, 39.9, 79.9));
            assert!(!within(40.0, 40.0, 79.9));
            assert!(!within(40.0, 39.9, 80.0));
        },
    ),
    (
        "burstable: only where nothing needs accelerated networking",
        ADVISOR,
        || {
            let settings = Settings {
                burstable: true,
                table: 1_000,
                ..defaults()
            };
            let quiet = cpu(5.0);
            let sizes = |name: &str| {
                let all = ask(Provider::Azure, "westeurope", name, &quiet, &settings);
                all.candidates
                    .iter()
                    .map(|one| one.instance_type.clone())
                    .collect::<Vec<_>>()
            };
            // D4s_v3 has it and a local disk; B4ms has a local disk alone.
            assert!(
                !sizes("Standard_D4s_v3")
                    .iter()
                    .any(|name| name == "Standard_B4ms")
            );
            assert!(
                sizes("Standard_D4s_v5")
                    .iter()
                    .any(|name| name == "Standard_B4s_v2")
            );
        },
    ),
    (
        "shutdown: P95 below 3 %, last days at most 2 %, below 2 % of the network sent",
        ADVISOR,
        || {
            let advisor = idle("azure-advisor");
            let (quiet, still) = (cpu(2.9), bytes_a_second(0.0, 100.0));
            let asked = question(&quiet, &still);
            assert_eq!(
                advisor.ask(&Question {
                    last_days: Some(2.0),
                    ..asked
                }),
                Answer::Yes
            );
            assert_eq!(
                advisor.ask(&Question {
                    last_days: Some(2.1),
                    ..asked
                }),
                Answer::No
            );
            let busy = cpu(3.0);
            assert_eq!(
                advisor.ask(&Question {
                    cpu: &busy,
                    ..asked
                }),
                Answer::No
            );
            // 2 % of 1,000 Mbit/s are 2.5 MB a second.
            let sent = bytes_a_second(0.0, 2.5e6);
            assert_eq!(
                advisor.ask(&Question {
                    network: Some(&sent),
                    ..asked
                }),
                Answer::No
            );
            let missing = Question {
                network_mbps: None,
                ..asked
            };
            assert!(matches!(advisor.ask(&missing), Answer::NotKnown(_)));
        },
    ),
    (
        "B2ms earns 36 credits an hour for 2 processors: 30 % of each; B2s_v2 48: 40 %",
        B_SERIES,
        || {
            // The page of B2ms says 60 % of the machine's 200 %.
            assert_eq!(
                of(Provider::Azure, "Standard_B2ms").burst.unwrap().baseline,
                Some(dec("30"))
            );
            assert_eq!(
                of(Provider::Azure, "Standard_B2s_v2")
                    .burst
                    .unwrap()
                    .baseline,
                Some(dec("40"))
            );
        },
    ),
    (
        "e2-micro, e2-small and e2-medium have an eighth, a quarter and half of two processors",
        SHARED_CORE,
        || {
            for (name, share) in [
                ("e2-micro", "12.5"),
                ("e2-small", "25"),
                ("e2-medium", "50"),
            ] {
                assert_eq!(
                    of(Provider::Gcp, name).burst.unwrap().baseline,
                    Some(dec(share))
                );
            }
        },
    ),
    (
        "EC2 is idle: peak below 5 % and below 5 MB a day for 14 days",
        IDLE_AWS,
        || {
            let optimizer = idle("aws-compute-optimizer");
            let (quiet, still) = (cpu(1.0), bytes_a_second(0.0, 0.0));
            let with = |peak, bytes| {
                let asked = question(&quiet, &still);
                optimizer.ask(&Question {
                    peak: Some(peak),
                    busiest_day_bytes: Some(bytes),
                    ..asked
                })
            };
            assert_eq!(with(4.9, 4.9e6), Answer::Yes);
            assert_eq!(with(5.0, 4.9e6), Answer::No);
            assert_eq!(with(4.9, 5e6), Answer::No);
            // Without the network only a busy processor decides.
            let asked = Question {
                busiest_day_bytes: None,
                ..question(&quiet, &still)
            };
            assert!(matches!(optimizer.ask(&asked), Answer::NotKnown(_)));
            assert_eq!(
                optimizer.ask(&Question {
                    peak: Some(50.0),
                    ..asked
                }),
                Answer::No
            );
            // A week is not 14 days.
            let week = measured(Metric::Cpu, Statistic::Average, 300, &vec![1.0; 2_016]);
            let short = question(&week, &still);
            assert!(matches!(optimizer.ask(&short), Answer::NotKnown(_)));
        },
    ),
    (
        "an instance is idle at a largest use of at most 1 %",
        EXPLORER,
        || {
            let explorer = idle("aws-cost-explorer");
            let (quiet, still) = (cpu(0.5), bytes_a_second(0.0, 0.0));
            let with = |peak| {
                explorer.ask(&Question {
                    peak: Some(peak),
                    ..question(&quiet, &still)
                })
            };
            assert_eq!((with(1.0), with(1.1)), (Answer::Yes, Answer::No));
        },
    ),
    (
        "underused: at most 10 % and 5 MB on four of 14 days",
        TRUSTED,
        || {
            let day = |metric, statistic, values: &[f64]| {
                Digest::of(&series(metric, statistic, 86_400, values)).unwrap()
            };
            let mut use_of = [50.0; 14];
            let mut bytes = [1e9; 14];
            for place in [1, 5, 6, 9] {
                use_of[place] = 10.0;
                bytes[place] = 2.5e6;
            }
            let low = |use_of: &[f64], bytes: &[f64]| {
                low_days(
                    &day(Metric::Cpu, Statistic::Average, use_of),
                    &day(Metric::NetworkIn, Statistic::Sum, bytes),
                    &day(Metric::NetworkOut, Statistic::Sum, bytes),
                )
            };
            assert_eq!(low(&use_of, &bytes), Some(LOW_DAYS));
            use_of[1] = 10.1;
            assert_eq!(low(&use_of, &bytes), Some(LOW_DAYS - 1));
            bytes[5] = 2.6e6;
            assert_eq!(low(&use_of, &bytes), Some(LOW_DAYS - 2));
        },
    ),
    (
        "a VM is idle: below 0.03 processors for 97 %, 2,000 and 1,000 bytes a second for 95 %",
        IDLE_GCP,
        || {
            let google = idle("gcp-recommender");
            let still = bytes_a_second(1_999.0, 999.0);
            // Of 2 processors 0.03 are 1.5 %.
            let with = |cpu: &Measured, network: &Network| google.ask(&question(cpu, network));
            assert_eq!(with(&cpu(1.4), &still), Answer::Yes);
            assert_eq!(with(&cpu(1.5), &still), Answer::No);
            // Three percent of the time it may work.
            let long = |percent| {
                let mut few = busy(percent, 80.0);
                few.points = 4_032;
                few
            };
            assert_eq!(with(&long(3.0), &still), Answer::Yes);
            assert_eq!(with(&long(3.1), &still), Answer::No);
            assert_eq!(with(&cpu(1.4), &bytes_a_second(2_000.0, 999.0)), Answer::No);
            assert_eq!(
                with(&cpu(1.4), &bytes_a_second(1_999.0, 1_000.0)),
                Answer::No
            );
        },
    ),
];

#[test]
fn published_examples_and_thresholds_are_reproduced() {
    assert!(EXAMPLES.len() >= 12);
    for (says, source, proof) in EXAMPLES {
        println!("{says} ({source})");
        proof();
    }
}

#[test]
fn every_profile_and_definition_says_where_it_stands() {
    for profile in &PROFILES {
        assert!(
            !profile.source.is_empty() && Profile::named(profile.name).as_ref() == Some(profile)
        );
    }
    for idle in IDLE {
        assert!(!idle.source.is_empty() && !idle.says.is_empty());
    }
}
