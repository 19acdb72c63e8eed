//! What a request leaves open, and what is not asked because it was said.

use std::collections::BTreeMap;

use crate::analysis::{Analysis, Mode, Question, is_cloud};
use crate::brief::scene::joined_or;
use crate::{Library, request};

/// What the request leaves open.
pub(crate) fn questions(
    library: &Library,
    analysis: &Analysis,
    specialists: &BTreeMap<String, Vec<String>>,
    text: &str,
) -> Vec<Question> {
    let mut questions = Vec::new();
    let mut ask = |text: &str, why: &str| {
        questions.push(Question {
            text: text.to_owned(),
            why: why.to_owned(),
        });
    };
    if request::is_outage(text) {
        ask(
            "Does whoever is on call know that it does not run? They come first",
            "an outage is mended before anything is planned; a plan then keeps it from coming again",
        );
    }
    let no_cloud = !specialists.keys().any(|id| is_cloud(library, id));
    match analysis.mode {
        Mode::Ask => {
            let on_cost = request::is_on_cost(text);
            if !(on_cost && request::is_counted(text)) {
                ask(
                    "What shall be different when it is done?",
                    "the goal decides who takes part",
                );
            }
            if no_cloud {
                ask(
                    "Which clouds, or which rooms, does it run in today, and shall it run in?",
                    "each has a specialist of its own",
                );
            }
            if !request::says_what_hurts(text) {
                ask(
                    "What hurts today: cost, outages, speed of delivery, security, or an auditor?",
                    "what hurts most comes first",
                );
            }
            let missing = match (request::is_dated(text), request::is_staffed(text)) {
                (false, false) => Some("By when, and how many people can work on it?"),
                (false, true) => Some("By when?"),
                (true, false) => Some("How many people can work on it?"),
                (true, true) => None,
            };
            if let Some(missing) = missing {
                ask(missing, "a task and a project differ in that");
            }
        }
        Mode::Project => {
            if analysis.pattern.is_none() {
                let known: Vec<&str> = library.patterns.keys().map(String::as_str).collect();
                ask(
                    &format!(
                        "Which workflow pattern comes nearest: {}?",
                        joined_or(&known)
                    ),
                    "none fits by these words, and `orch plan new` plans after the one that --pattern names",
                );
            }
            if no_cloud {
                ask(
                    "Which clouds?",
                    "tasks of `cloud` have no owner before that is known",
                );
            }
            if !request::is_dated(text) {
                ask("By when?", "the schedule says whether that can be held");
            }
            if let Some(budget) = request::budget(text) {
                ask(
                    &format!(
                        "Is `{budget}` the budget? Write it into `[budget]` of the project file"
                    ),
                    "`orch plan new` takes none from the words, and `orch project status` watches the one in the file",
                );
            }
        }
        Mode::Direct => {}
    }
    questions
}
