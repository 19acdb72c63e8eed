//! Which tasks of others are done at the same time as one, and wait neither for it nor it for them.

use std::collections::BTreeMap;

use super::timeline::Row;
use crate::project::{State, Task};
use crate::schedule::sorted;

/// How many bits a word of a set has.
const BITS: usize = u64::BITS as usize;

/// The ids for each task, in the order of the tasks. `after` is what each of them waits for.
pub(crate) fn beside(
    after: &BTreeMap<&str, Vec<&str>>,
    tasks: &[(&Task, &Row)],
) -> Vec<Vec<String>> {
    let ways = Ways::of(after, tasks);
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    // Findings are ended beside everything; only what the pattern says is told.
    order.retain(|at| tasks[*at].0.rule.is_none());
    order.sort_by_key(|at| (tasks[*at].1.days.0, *at));
    let mut beside: Vec<Vec<usize>> = vec![Vec::new(); tasks.len()];
    let mut running: Vec<usize> = Vec::new();
    for at in order {
        let (task, row) = tasks[at];
        running.retain(|other| tasks[*other].1.days.1 > row.days.0);
        for &other in &running {
            let (their, at_same) = tasks[other];
            let at_once = at_same.days.0 < row.days.1 && row.days.0 < at_same.days.1;
            if at_once && their.owner != task.owner && !ways.joins(&task.id, &their.id) {
                beside[at].push(other);
                beside[other].push(at);
            }
        }
        running.push(at);
    }
    let ids = |mut places: Vec<usize>| {
        places.sort_unstable();
        let ids = places.into_iter().map(|place| tasks[place].0.id.clone());
        ids.collect()
    };
    beside.into_iter().map(ids).collect()
}

/// For each task of a project those that are done before it, however many lie in between: a set of bits. Nothing where
/// nothing has begun: then what is done at once does not wait for each other.
struct Ways<'p> {
    places: BTreeMap<&'p str, usize>,
    before: Vec<Vec<u64>>,
}

impl<'p> Ways<'p> {
    fn of(after: &BTreeMap<&str, Vec<&str>>, tasks: &[(&'p Task, &Row)]) -> Self {
        let places: BTreeMap<&str, usize> = tasks
            .iter()
            .enumerate()
            .map(|(place, (task, _))| (task.id.as_str(), place))
            .collect();
        if tasks.iter().all(|(task, _)| task.state == State::Pending) {
            let before = Vec::new();
            return Self { places, before };
        }
        let edges: Vec<Vec<usize>> = tasks
            .iter()
            .map(|(task, _)| {
                let known = after.get(task.id.as_str()).into_iter().flatten();
                known.filter_map(|id| places.get(id).copied()).collect()
            })
            .collect();
        let words = tasks.len().div_ceil(BITS);
        let mut before = vec![vec![0; words]; tasks.len()];
        for at in sorted(&edges, |at| at) {
            let mut mine = vec![0; words];
            for &other in &edges[at] {
                for (word, theirs) in mine.iter_mut().zip(&before[other]) {
                    *word |= theirs;
                }
                mine[other / BITS] |= 1_u64 << (other % BITS);
            }
            before[at] = mine;
        }
        Self { places, before }
    }

    /// Whether one of two waits for the other.
    fn joins(&self, one: &str, other: &str) -> bool {
        let (Some(&one), Some(&other)) = (self.places.get(one), self.places.get(other)) else {
            return false;
        };
        let is_before = |one: usize, other: usize| {
            let word = self.before.get(one).and_then(|set| set.get(other / BITS));
            word.is_some_and(|word| word >> (other % BITS) & 1 == 1)
        };
        is_before(one, other) || is_before(other, one)
    }
}
