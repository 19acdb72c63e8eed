//! How a phase stands, by its tasks.

use super::{Project, State};

/// How a phase stands: done where something of it is done and nothing is left, begun where something is begun or done. What
/// was given up counts for neither, so a phase of which nothing else was there has reached nothing.
pub(crate) fn stands(project: &Project, phase: &str) -> State {
    let of = |wanted: State| {
        let here = project.tasks.iter().filter(|task| task.phase == phase);
        here.filter(|task| task.state == wanted).count()
    };
    let (pending, started, done) = (of(State::Pending), of(State::Started), of(State::Done));
    match (pending + started, started + done) {
        (0, 1..) => State::Done,
        (_, 1..) => State::Started,
        _ => State::Pending,
    }
}
