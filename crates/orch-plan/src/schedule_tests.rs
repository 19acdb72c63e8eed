//! Schedules by hand and against every path.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn work(id: &str, owner: &str, days: u32, after: &[&str]) -> Work {
    Work {
        id: id.to_owned(),
        owner: owner.to_owned(),
        days,
        after: after.iter().map(|id| (*id).to_owned()).collect(),
        ..Work::default()
    }
}

/// network 5, code 3 beside it, cluster 4 after both, review 2 after the network: 9 days; code may be 2 late, review 2.
#[test]
fn the_longest_way_is_critical_and_the_rest_has_room() {
    let all = [
        work("network", "aws", 5, &[]),
        work("code", "terraform", 3, &[]),
        work("cluster", "kubernetes", 4, &["network", "code"]),
        work("review", "security", 2, &["network"]),
    ];
    let schedule = schedule(&all, &BTreeMap::new(), &BTreeMap::new()).unwrap();
    assert_eq!((schedule.days, schedule.critical_days), (9, 9));
    let days = all.each_ref().map(|task| (task.days, task.days));
    let ranges = ranges(&all, &schedule, &days).unwrap();
    let told: Vec<(u32, u32, u32)> = schedule
        .slots
        .iter()
        .zip(&ranges)
        .map(|(slot, range)| (slot.start, slot.end, range.slack))
        .collect();
    assert_eq!(told, [(0, 5, 0), (0, 3, 2), (5, 9, 0), (5, 7, 2)]);
}

#[test]
fn what_cannot_be_scheduled_is_told_by_name() {
    let circle = [
        work("a", "x", 1, &["b"]),
        work("b", "x", 1, &["a"]),
        work("c", "x", 1, &[]),
    ];
    let none = BTreeMap::new();
    let error = schedule(&circle, &BTreeMap::new(), &none).unwrap_err();
    assert_eq!(error.to_string(), "the tasks a, b wait for each other");
    let lost = [work("a", "x", 1, &["z"])];
    let error = schedule(&lost, &BTreeMap::new(), &none).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the task `a` comes after `z`, which there is not"
    );
}

#[test]
fn days_are_working_days() {
    let friday = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    assert_eq!(date(friday, 0).to_string(), "2026-11-20");
    assert_eq!(date(friday, 1).to_string(), "2026-11-23");
    let saturday = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    assert_eq!(date(saturday, 0).to_string(), "2026-11-23");
    assert_eq!(date(saturday, 5).to_string(), "2026-11-30");
}

#[test]
fn absurd_days_are_told_by_name() {
    let days = [u32::MAX, 5_000_000];
    for days in days {
        let all = [
            work("short", "x", 3, &[]),
            work("endless", "x", days, &["short"]),
        ];
        let error = schedule(&all, &BTreeMap::new(), &BTreeMap::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the task `endless` takes {days} working days, and no task takes more than 2700"
            )
        );
    }
    let start = NaiveDate::from_ymd_opt(9999, 12, 20).unwrap();
    let all = [work("a", "x", 30, &[])];
    let error = check_end(start, &all, &[30]).unwrap_err();
    assert!(error.to_string().contains("after the year 9999"), "{error}");
    assert!(error.help().contains("`start`"), "{}", error.help());
    assert!(check_end(start, &all, &[3]).is_ok());
}

/// Plans of up to seven tasks; a task waits only for those before it.
fn plans() -> impl Strategy<Value = Vec<Work>> {
    let task = (
        0_usize..3,
        0_u32..6,
        prop::collection::vec(any::<bool>(), 7),
    );
    prop::collection::vec(task, 1..8).prop_map(|tasks| {
        tasks
            .into_iter()
            .enumerate()
            .map(|(at, (owner, days, waits))| Work {
                id: at.to_string(),
                owner: ["a", "b", "c"][owner].to_owned(),
                days,
                after: (0..at)
                    .filter(|other| waits[*other])
                    .map(|other| other.to_string())
                    .collect(),
                ..Work::default()
            })
            .collect()
    })
}

/// The same plans with tasks that have begun, are urgent, or cannot begin yet.
fn tangled() -> impl Strategy<Value = Vec<Work>> {
    let more = (0_u32..4, 0_u32..4, prop::option::weighted(0.2, 0_u32..8));
    (plans(), prop::collection::vec(more, 7)).prop_map(|(mut all, more)| {
        for (task, (rank, earliest, started)) in all.iter_mut().zip(more) {
            task.rank = rank;
            task.earliest = earliest;
            task.started = started;
        }
        all
    })
}

/// The starts, by the rule as it is told and day by day: of all tasks whose dependencies are placed the first by
/// urgency, earlier plan, rank, room and place is placed where its owner is free for the whole of it.
fn slowly(
    all: &[Work],
    limits: &BTreeMap<String, u32>,
    before: &BTreeMap<String, u32>,
) -> Vec<u32> {
    let found = schedule(all, limits, before).unwrap();
    let latest = |at: usize| latest_of(all, at, found.critical_days);
    let mut starts: Vec<Option<u32>> = all.iter().map(|task| task.started).collect();
    loop {
        let placed = |id: &String| starts[id.parse::<usize>().unwrap()].is_some();
        let ready =
            (0..all.len()).filter(|at| starts[*at].is_none() && all[*at].after.iter().all(placed));
        let key = |at: &usize| {
            let planned = before.get(&all[*at].id).copied().unwrap_or(u32::MAX);
            (all[*at].rank > 0, planned, all[*at].rank, latest(*at), *at)
        };
        let Some(at) = ready.min_by_key(key) else {
            return starts.into_iter().map(Option::unwrap).collect();
        };
        let ends = all[at].after.iter().map(|id| {
            let other: usize = id.parse().unwrap();
            starts[other].unwrap() + all[other].days
        });
        let from = ends.max().unwrap_or(0).max(all[at].earliest);
        let limit = limits.get(&all[at].owner).copied().unwrap_or(1);
        let is_busy = |day: u32| {
            let at_once = all.iter().zip(&starts).filter(|(other, start)| {
                other.owner == all[at].owner
                    && start.is_some_and(|start| start <= day && day < start + other.days)
            });
            at_once.count() >= limit as usize
        };
        let start = (from..).find(|start| !(*start..start + all[at].days).any(is_busy));
        starts[at] = start;
    }
}

fn latest_of(all: &[Work], at: usize, end: u32) -> u32 {
    let behind = (0..all.len()).filter(|other| all[*other].after.contains(&all[at].id));
    let latest = behind
        .map(|other| latest_of(all, other, end))
        .min()
        .unwrap_or(end);
    latest.saturating_sub(all[at].days)
}

/// The longest of all ways, each walked.
fn longest(all: &[Work], at: usize) -> u32 {
    let after = all[at]
        .after
        .iter()
        .map(|id| longest(all, id.parse().unwrap()));
    all[at].days + after.max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn schedules_keep_order_limits_and_length(all in plans(), limit in 1_u32..3) {
        let limits: BTreeMap<String, u32> = [("a".to_owned(), limit)].into();
        let found = schedule(&all, &limits, &BTreeMap::new()).unwrap();
        let brute = (0..all.len()).map(|at| longest(&all, at)).max().unwrap();
        prop_assert_eq!(found.critical_days, brute);
        prop_assert!(found.days >= brute);
        for (task, slot) in all.iter().zip(&found.slots) {
            prop_assert_eq!(slot.end - slot.start, task.days);
            for id in &task.after {
                prop_assert!(found.slots[id.parse::<usize>().unwrap()].end <= slot.start);
            }
        }
        for day in 0..found.days {
            for (owner, most) in [("a", limit), ("b", 1), ("c", 1)] {
                let at_once = all.iter().zip(&found.slots).filter(|(task, slot)| {
                    task.owner == owner && slot.start <= day && day < slot.end
                });
                prop_assert!(at_once.count() <= most as usize);
            }
        }
        // The same again moves nothing.
        let before = found.slots.iter().map(|slot| (slot.id.clone(), slot.start)).collect();
        prop_assert_eq!(&schedule(&all, &limits, &before).unwrap(), &found);
    }

    /// The quick way places every task where the slow one does.
    #[test]
    fn tasks_are_placed_by_the_rule(all in tangled(), limit in 1_u32..3,
        planned in prop::collection::vec(prop::option::of(0_u32..9), 7))
    {
        let limits: BTreeMap<String, u32> = [("a".to_owned(), limit)].into();
        let before: BTreeMap<String, u32> = (all.iter().zip(planned))
            .filter_map(|(task, start)| Some((task.id.clone(), start?)))
            .collect();
        let found = schedule(&all, &limits, &before).unwrap();
        let starts: Vec<u32> = found.slots.iter().map(|slot| slot.start).collect();
        prop_assert_eq!(starts, slowly(&all, &limits, &before));
    }

    #[test]
    fn another_task_at_the_end_moves_nothing(all in plans(), days in 0_u32..6) {
        let limits = BTreeMap::new();
        let found = schedule(&all, &limits, &BTreeMap::new()).unwrap();
        let before: BTreeMap<String, u32> =
            found.slots.iter().map(|slot| (slot.id.clone(), slot.start)).collect();
        let mut more = all.clone();
        more.push(Work { id: "new".into(), owner: "a".into(), days, after: Vec::new(), ..Work::default() });
        let again = schedule(&more, &limits, &before).unwrap();
        prop_assert_eq!(&again.slots.iter().map(|slot| slot.start).collect::<Vec<_>>()[..all.len()],
            &found.slots.iter().map(|slot| slot.start).collect::<Vec<_>>()[..]);
    }

    /// Best, likely and worst keep their order, dependencies hold in each, and with the likely days the ranges are the
    /// schedule itself.
    #[test]
    fn ranges_hold_the_schedule(all in plans(), less in prop::collection::vec(0_u32..4, 8),
        more in prop::collection::vec(0_u32..4, 8), limit in 1_u32..3)
    {
        let limits: BTreeMap<String, u32> = [("a".to_owned(), limit)].into();
        let found = schedule(&all, &limits, &BTreeMap::new()).unwrap();
        let days: Vec<(u32, u32)> = all.iter().zip(less.iter().zip(&more))
            .map(|(task, (less, more))| (task.days.saturating_sub(*less), task.days + more))
            .collect();
        let spread = ranges(&all, &found, &days).unwrap();
        for (slot, range) in found.slots.iter().zip(&spread) {
            prop_assert!(range.best.0 <= slot.start && slot.start <= range.worst.0);
            prop_assert!(range.best.1 <= slot.end && slot.end <= range.worst.1);
        }
        for (task, range) in all.iter().zip(&spread) {
            for id in &task.after {
                let before = &spread[id.parse::<usize>().unwrap()];
                prop_assert!(before.best.1 <= range.best.0 && before.worst.1 <= range.worst.0);
            }
        }
        let likely: Vec<(u32, u32)> = all.iter().map(|task| (task.days, task.days)).collect();
        for (slot, range) in found.slots.iter().zip(ranges(&all, &found, &likely).unwrap()) {
            prop_assert_eq!((slot.start, slot.end), range.best);
        }
    }

    /// When a task takes longer, nothing moves but what waits for it, what its owner does, and so on from there.
    #[test]
    fn a_longer_task_moves_only_what_it_can_reach(all in plans(), which in any::<prop::sample::Index>(), more in 1_u32..5) {
        let limits = BTreeMap::new();
        let found = schedule(&all, &limits, &BTreeMap::new()).unwrap();
        let before: BTreeMap<String, u32> =
            found.slots.iter().map(|slot| (slot.id.clone(), slot.start)).collect();
        let mut longer = all.clone();
        let which = which.index(all.len());
        longer[which].days += more;
        let again = schedule(&longer, &limits, &before).unwrap();
        let mut reached = BTreeSet::from([which]);
        loop {
            let size = reached.len();
            for (at, task) in all.iter().enumerate() {
                let waits = task.after.iter().any(|id| reached.contains(&id.parse().unwrap()));
                let shares = reached.iter().any(|other| all[*other].owner == task.owner);
                if waits || shares {
                    reached.insert(at);
                }
            }
            if reached.len() == size {
                break;
            }
        }
        for at in (0..all.len()).filter(|at| !reached.contains(at)) {
            prop_assert_eq!(found.slots[at].start, again.slots[at].start);
        }
    }
}
