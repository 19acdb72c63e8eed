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
    let is_outage = request::is_outage(text);
    if is_outage {
        ask(
            "Does whoever is on call know that it does not run? They come first",
            "an outage is mended before anything is planned; a plan then keeps it from coming again",
        );
    }
    let no_cloud = !specialists.keys().any(|id| is_cloud(library, id));
    match analysis.mode {
        Mode::Ask => {
            let on_cost = request::is_on_cost(text);
            let is_counted = on_cost && request::is_counted(text);
            if !is_outage && !is_counted {
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
            if let Some(missing) = missing.filter(|_| !is_outage) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;

    #[test]
    fn what_was_said_is_not_asked_for() {
        let library = Library::built_in().unwrap();
        let questions = |text: &str| {
            let questions = analyse(&library, text).questions.into_iter();
            questions.map(|one| one.text).collect::<Vec<_>>()
        };
        assert_eq!(
            questions("Cut our cloud bill by 30% before year end"),
            [
                "Which clouds, or which rooms, does it run in today, and shall it run in?",
                "How many people can work on it?"
            ]
        );
        let vague = questions("it should be better");
        assert_eq!(vague.len(), 4, "{vague:?}");
        assert_eq!(
            questions("make it better by March, the two of us can do it").len(),
            3
        );
    }

    #[test]
    fn a_project_without_a_pattern_is_asked_for_one() {
        let library = Library::built_in().unwrap();
        let analysis = analyse(&library, "Migrate from AWS to GCP by March");
        assert_eq!((analysis.mode, analysis.pattern), (Mode::Project, None));
        let first = &analysis.questions[0];
        assert!(
            first.text.ends_with("modernization or multi-cloud?"),
            "{first:?}"
        );
        assert!(first.why.contains("--pattern"), "{first:?}");
        let fits = analyse(&library, "migrate our on-prem shop to GKE by March");
        assert!(fits.questions.is_empty(), "{fits:?}");
    }

    #[test]
    fn an_outage_goes_to_whoever_is_on_call() {
        let library = Library::built_in().unwrap();
        let asks = |text: &str, what: &str| {
            let analysis = analyse(&library, text);
            let mut questions = analysis.questions.iter();
            questions.any(|one| one.text.contains(what))
        };
        for text in [
            "the site is down!!! 500 errors",
            "production on EKS is completely down",
            "our shop isn't reachable",
            "we have an outage right now",
        ] {
            assert!(asks(text, "on call"), "{text}");
            assert!(!asks(text, "What hurts today"), "{text}");
            assert!(!asks(text, "By when"), "{text}");
        }
        for text in [
            "break it down for us",
            "spending is down, what now",
            "fewer outages please",
            "one of 500 servers fails now and then",
            "we had an outage last year",
            "the old DC will be shut down, migrate to AWS",
        ] {
            assert!(!asks(text, "on call"), "{text}");
        }
        assert_eq!(
            analyse(&library, "the site is down!!! 500 errors").mode,
            Mode::Ask
        );
        assert!(asks("make it nice for everybody", "What hurts today"));
        for text in [
            "fewer outages please",
            "it is so slow, what now",
            "the auditor is unhappy",
        ] {
            assert!(!asks(text, "What hurts today"), "{text}");
        }
    }

    #[test]
    fn a_budget_is_told_where_it_goes() {
        let library = Library::built_in().unwrap();
        let told = |text: &str| {
            let questions = analyse(&library, text).questions.into_iter();
            let mut budgets = questions.filter(|one| one.text.contains("[budget]"));
            budgets.next().map(|one| one.text)
        };
        assert_eq!(
            told("move our on-prem shop to AWS by March, budget 50k EUR").as_deref(),
            Some("Is `budget 50k eur` the budget? Write it into `[budget]` of the project file")
        );
        for text in [
            "migrate our data center to Azure with a budget of about €120,000",
            "migrate our data center to gcp, 80 000 USD budget",
            "migrate our data center to gcp, it may cost at most $80k",
        ] {
            assert!(told(text).is_some(), "{text}");
        }
        for text in [
            "migrate our data center to Azure, no budget for kubernetes",
            "migrate our 50 VMs on-prem to AWS with budget alerts at 500 USD",
            "migrate our data center to gcp, today it costs 80k EUR a month",
            "set a budget of 1000 USD on AWS",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
