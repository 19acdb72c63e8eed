//! Who hands what to whom for which task: what waits between tasks of different owners.

use std::collections::BTreeMap;

use super::{Project, State, Task, waits};

/// A task, and those of another owner that wait for it.
#[derive(Debug, Clone)]
pub(crate) struct Edge<'p> {
    /// What is handed over.
    pub(crate) from: &'p Task,
    /// Who goes on with it.
    pub(crate) to: &'p str,
    /// Its tasks that wait for it and are not done.
    pub(crate) tasks: Vec<&'p Task>,
}

/// Every hand-over of tasks that were not given up to owners who still need it, in the order of the project.
pub(crate) fn edges(project: &Project) -> Vec<Edge<'_>> {
    let waits = waits(project);
    let mut waiting: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
    let open = |task: &&Task| matches!(task.state, State::Pending | State::Started);
    for task in project.tasks.iter().filter(open) {
        for id in waits.get(task.id.as_str()).into_iter().flatten() {
            waiting.entry(id).or_default().push(task);
        }
    }
    let mut edges: Vec<Edge<'_>> = Vec::new();
    for from in &project.tasks {
        let own = edges.len();
        let waiting = waiting.get(from.id.as_str()).into_iter().flatten();
        for task in waiting.filter(|task| task.owner != from.owner) {
            match edges[own..].iter_mut().find(|edge| edge.to == task.owner) {
                Some(edge) => edge.tasks.push(task),
                None => edges.push(Edge {
                    from,
                    to: &task.owner,
                    tasks: vec![task],
                }),
            }
        }
    }
    edges
}
