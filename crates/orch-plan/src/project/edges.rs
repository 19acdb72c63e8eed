//! Who hands what to whom for which task: what waits between tasks of different owners.

use super::{Project, State, Task};

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
    let mut edges: Vec<Edge<'_>> = Vec::new();
    for from in project
        .tasks
        .iter()
        .filter(|task| task.state != State::Dropped)
    {
        let waiting = project.tasks.iter().filter(|task| {
            matches!(task.state, State::Pending | State::Started)
                && task.owner != from.owner
                && task.after.contains(&from.id)
        });
        for task in waiting {
            let same = |edge: &&mut Edge<'_>| edge.from.id == from.id && edge.to == task.owner;
            match edges.iter_mut().find(same) {
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
