//! Placing points and making one series of several metrics.

use aws_smithy_types::DateTime;
use orch_model::{Metric, Statistic, Time, Uid};
use orch_snapshot::Item;

use super::super::wanted;
use super::*;

fn window() -> Window {
    Window {
        start: Time::from_timestamp(1_700_000_100, 0).unwrap(),
        end: Time::from_timestamp(1_700_001_300, 0).unwrap(),
        step_s: 300,
        periods: 4,
    }
}

/// The start of a period.
fn at(period: i64) -> i64 {
    1_700_000_100 + period * 300
}

fn series(id: &str, parts: usize) -> Wanted {
    let part = || wanted::Part::of("AWS/EC2", "CPUUtilization", ("InstanceId", "i-1"));
    let parts = std::iter::repeat_with(part).take(parts).collect();
    Wanted::sum(&Uid::new(id), Metric::Cpu, Statistic::Average, parts)
}

fn result(id: &str, status: StatusCode, points: &[(i64, f64)]) -> MetricDataResult {
    points
        .iter()
        .fold(
            MetricDataResult::builder().id(id).status_code(status),
            |result, (at, value)| result.timestamps(DateTime::from_secs(*at)).values(*value),
        )
        .build()
}

fn taken(wanted: &[Wanted], results: &[MetricDataResult]) -> (Vec<Series>, Option<Gap>) {
    let window = window();
    let mut points = Points::of(&window, wanted);
    let mut out = Batch::in_memory();
    for result in results {
        points.take(result, &mut out);
    }
    points.finish(&mut out);
    let gap = out.gap().cloned();
    let series = out.into_items().into_iter().map(|item| match item {
        Item::Series(series) => series,
        other => panic!("{other:?}"),
    });
    (series.collect(), gap)
}

#[test]
fn points_of_several_pages_find_their_places() {
    let (found, gap) = taken(
        &[series("i-1", 1), series("i-2", 1)],
        &[
            result("q1", StatusCode::PartialData, &[(at(0), 1.0)]),
            result("q0", StatusCode::Complete, &[]),
            result(
                "q1",
                StatusCode::Complete,
                &[(at(2), 3.0), (1_700_009_999, 9.0)],
            ),
            result("q1", StatusCode::Complete, &[(at(1), 2.0)]),
            result("q7", StatusCode::Complete, &[(at(1), 2.0)]),
        ],
    );
    assert_eq!(found.len(), 1, "one that has no point is left out");
    assert_eq!(found[0].uid.short(), "i-2");
    assert_eq!(found[0].values, [Some(1.0), None, Some(3.0), None]);
    assert_eq!(gap, None);
}

#[test]
fn a_metric_that_failed_leaves_a_gap_and_no_points() {
    let failed = |wanted: &[Wanted], more: &[MetricDataResult]| {
        let mut results = vec![
            result("q0", StatusCode::PartialData, &[(at(0), 1.0)]),
            result("q0", StatusCode::InternalError, &[]),
        ];
        results.extend_from_slice(more);
        let (found, gap) = taken(wanted, &results);
        assert!(found.is_empty());
        assert_eq!(
            gap.unwrap().detail,
            "cloudwatch:GetMetricData InternalError"
        );
    };
    failed(&[series("i-1", 1)], &[]);
    // The rest of a sum is no sum.
    let rest = result("q1", StatusCode::Complete, &[(at(0), 1.0)]);
    failed(&[series("i-1", 2)], &[rest]);
}

#[test]
fn a_sum_has_a_point_where_each_of_its_metrics_has_one() {
    let both = [series("v", 2), series("w", 2)];
    let (found, _) = taken(
        &both,
        &[
            result("q1", StatusCode::Complete, &[(at(0), 10.0), (at(2), 30.0)]),
            result("q0", StatusCode::Complete, &[(at(0), 1.0), (at(1), 2.0)]),
            result("q2", StatusCode::Complete, &[(at(0), 1.0)]),
            result("q3", StatusCode::Complete, &[]),
        ],
    );
    assert_eq!(found.len(), 1, "the metric that has no point makes no sum");
    assert_eq!(found[0].uid, Uid::new("v"));
    assert_eq!(found[0].values, [Some(11.0), None, None, None]);
}

#[test]
fn points_become_those_of_another_unit() {
    let mut percent = series("i-1", 1);
    percent.line = (-0.08, 8.0);
    let told = result("q0", StatusCode::Complete, &[(at(0), 75.0), (at(1), 0.0)]);
    let (found, _) = taken(&[percent], &[told]);
    assert_eq!(found[0].values, [Some(2.0), Some(8.0), None, None]);
}

#[test]
fn silence_is_nothing_only_where_it_is_told_to_be_and_the_answer_is_whole() {
    let mut quiet = series("b", 1);
    quiet.silent_since = Time::from_timestamp(at(0) + 1, 0);
    let of = |status, points: &[(i64, f64)]| {
        let (found, _) = taken(&[quiet.clone()], &[result("q0", status, points)]);
        found.into_iter().next().map(|series| series.values)
    };
    // It was made during the first period, and points of the last may be on their way.
    let silent = of(StatusCode::Complete, &[]);
    assert_eq!(silent.unwrap(), [None, Some(0.0), Some(0.0), None]);
    let busy = of(
        StatusCode::Complete,
        &[(at(0), 2.0), (at(2), 5.0), (at(3), 6.0)],
    );
    assert_eq!(busy.unwrap(), [Some(2.0), Some(0.0), Some(5.0), Some(6.0)]);
    assert_eq!(of(StatusCode::PartialData, &[]), None);
    let cut = of(StatusCode::PartialData, &[(at(0), 2.0)]);
    assert_eq!(cut.unwrap(), [Some(2.0), None, None, None]);
    assert!(taken(&[quiet.clone()], &[]).0.is_empty());
}
