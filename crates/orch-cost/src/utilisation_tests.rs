//! Use of instances, computed by hand.

use orch_model::{Metric, Series, Uid};

use super::*;

fn digest(metric: Metric, statistic: Statistic, step_s: u32, values: &[f64]) -> Digest {
    Digest::of(&Series {
        uid: Uid::new("i-1"),
        metric,
        statistic,
        start: "2026-11-06T00:00:00Z".parse().unwrap(),
        step_s,
        values: values.iter().copied().map(Some).collect(),
    })
    .unwrap()
}

#[test]
fn percentiles_are_of_the_averages_and_the_peak_is_of_the_maxima() {
    let averages: Vec<f64> = (1..=200).map(|n| f64::from(n) / 10.0).collect();
    let average = digest(Metric::Cpu, Statistic::Average, 300, &averages);
    let maximum = digest(Metric::Cpu, Statistic::Maximum, 300, &[30.0, 99.5]);
    let cpu = cpu(&[&average, &maximum]).unwrap();
    assert_eq!(
        (cpu.p50, cpu.p95, cpu.p99, cpu.p995, cpu.max),
        (10.0, 19.0, 19.8, 19.9, 20.0)
    );
    assert_eq!(
        (cpu.peak, cpu.points, cpu.days),
        (Field::Value(99.5), 200, 200.0 * 300.0 / 86_400.0)
    );
}

#[test]
fn without_averages_there_is_no_use_and_without_maxima_no_peak() {
    let maximum = digest(Metric::Cpu, Statistic::Maximum, 300, &[1.0]);
    assert_eq!(cpu(&[&maximum]), None);
    let average = digest(Metric::Cpu, Statistic::Average, 300, &[1.0]);
    assert_eq!(cpu(&[&average]).unwrap().peak, Field::NotRead);
}

#[test]
fn network_days_add_both_directions() {
    let half_day = 12 * 3600;
    let received = digest(
        Metric::NetworkIn,
        Statistic::Sum,
        half_day,
        &[1e6, 2e6, 0.0, 1e6],
    );
    let sent = digest(
        Metric::NetworkOut,
        Statistic::Sum,
        half_day,
        &[5e5, 5e5, 1e6, 1e6],
    );
    let network = network(&received, &sent).unwrap();
    // 4.0 MB on the first day, 3.0 MB on the second.
    assert_eq!(
        (network.max_day_bytes, network.mean_day_bytes, network.days),
        (4e6, 3.5e6, 2.0)
    );
    let shorter = digest(Metric::NetworkOut, Statistic::Sum, half_day, &[1.0]);
    assert_eq!(super::network(&received, &shorter), None);
}
