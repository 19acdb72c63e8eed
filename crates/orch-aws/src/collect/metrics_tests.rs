//! Placing points, choosing instances, counting calls.

use orch_snapshot::Item;

use super::*;

fn window() -> Window {
    Window {
        start: Time::from_timestamp(1_700_000_100, 0).unwrap(),
        end: Time::from_timestamp(1_700_001_000, 0).unwrap(),
        step_s: 300,
        periods: 3,
    }
}

fn wanted() -> Vec<Wanted> {
    let one = |id: &str| Wanted {
        uid: Uid::new(id),
        metric: Metric::Cpu,
        name: "CPUUtilization",
        statistic: Statistic::Average,
    };
    vec![
        one("arn:aws:ec2:x:1:instance/i-1"),
        one("arn:aws:ec2:x:1:instance/i-2"),
    ]
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

fn taken(results: &[MetricDataResult]) -> (Vec<Series>, Option<Gap>) {
    let (window, wanted) = (window(), wanted());
    let mut points: Vec<Points> = wanted.iter().map(|_| Points::None).collect();
    let mut out = Batch::in_memory();
    for result in results {
        take(&window, &wanted, &mut points, result, &mut out);
    }
    for (one, points) in wanted.iter().zip(points) {
        push(&window, one, points, &mut out);
    }
    let gap = out.gap().cloned();
    let series = out.into_items().into_iter().map(|item| match item {
        Item::Series(series) => series,
        other => panic!("{other:?}"),
    });
    (series.collect(), gap)
}

#[test]
fn points_of_several_pages_find_their_places() {
    let (series, gap) = taken(&[
        result("q1", StatusCode::PartialData, &[(1_700_000_100, 1.0)]),
        result("q0", StatusCode::Complete, &[]),
        result(
            "q1",
            StatusCode::Complete,
            &[(1_700_000_700, 3.0), (1_700_009_999, 9.0)],
        ),
        result("q1", StatusCode::Complete, &[(1_700_000_400, 2.0)]),
        result("q7", StatusCode::Complete, &[(1_700_000_400, 2.0)]),
    ]);
    assert_eq!(series.len(), 1, "one that has no point is left out");
    assert_eq!(series[0].uid.short(), "i-2");
    assert_eq!(series[0].values, [Some(1.0), None, Some(3.0)]);
    assert_eq!(gap, None);
}

#[test]
fn a_metric_that_failed_leaves_a_gap_and_no_points() {
    let (series, gap) = taken(&[
        result("q0", StatusCode::PartialData, &[(1_700_000_100, 1.0)]),
        result("q0", StatusCode::InternalError, &[]),
    ]);
    assert!(series.is_empty());
    assert_eq!(
        gap.unwrap().detail,
        "cloudwatch:GetMetricData InternalError"
    );
}

#[test]
fn a_question_names_the_instance_and_the_period() {
    let query = wanted()[1].query(1, 300);
    assert_eq!(query.id(), Some("q1"));
    let stat = query.metric_stat().unwrap();
    assert_eq!((stat.period(), stat.stat()), (Some(300), Some("Average")));
    assert_eq!(stat.metric().unwrap().dimensions()[0].value(), Some("i-2"));
}

#[test]
fn the_charge_is_a_cent_for_a_thousand() {
    assert_eq!(charge(1_000), Decimal::new(1, 2));
    assert_eq!(charge(80).to_string(), "0.00080");
}
