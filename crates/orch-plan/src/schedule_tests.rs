//! Schedules by hand and against every path.

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
    let told: Vec<(u32, u32, u32, bool)> = schedule
        .slots
        .iter()
        .map(|slot| (slot.start, slot.end, slot.slack, slot.critical))
        .collect();
    assert_eq!(
        told,
        [
            (0, 5, 0, true),
            (0, 3, 2, false),
            (5, 9, 0, true),
            (5, 7, 2, false)
        ]
    );
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
