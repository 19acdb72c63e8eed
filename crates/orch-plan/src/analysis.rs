//! What a request asks for: who takes part and why, in which order, after which pattern.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::besides::{Beside, besides};
use crate::deadline::{Deadline, deadline};
use crate::pattern::{Choice, Expression};
use crate::questions::questions;
use crate::words::Vocabulary;
use crate::{Library, request};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Several specialists, led by somebody.
    Project,
    /// One specialist, or a task that needs no leading.
    Direct,
    /// Too vague: what is missing is asked for.
    Ask,
}

/// A specialist that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Chosen {
    /// Its id.
    pub id: String,
    /// Why: the words of the request, or what holds whatever it says.
    pub reasons: Vec<String>,
    /// Ids of those that take part and finish before it begins.
    pub after: Vec<String>,
}

/// Something that the request does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Question {
    /// The question.
    pub text: String,
    /// Why it matters.
    pub why: String,
}

/// What a request asks for: the frozen answer of `orch plan analyze`, schema `orch/analysis-v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Analysis {
    /// Always `orch/analysis-v1`.
    pub schema: &'static str,
    /// The domains that it touches, sorted: those of the specialists, and `cost`.
    pub domains: Vec<String>,
    /// Who takes part, by id.
    pub specialists: Vec<Chosen>,
    /// Who has a task of the pattern too, although the words do not choose it, by id.
    pub besides: Vec<Beside>,
    /// The workflow pattern that fits, where one does.
    pub pattern: Option<String>,
    /// Why that one: the words of the request.
    pub pattern_reasons: Vec<String>,
    /// What becomes of it.
    pub mode: Mode,
    /// Specialists that the request rules out.
    pub ruled_out: Vec<String>,
    /// By when it is to be done, where the request says so and today is known.
    pub deadline: Option<Deadline>,
    /// What has to be known first, or would make the plan better.
    pub questions: Vec<Question>,
}

impl Analysis {
    /// The same with the deadline that the words of the request mean today.
    #[must_use]
    pub fn with_deadline(mut self, text: &str, today: NaiveDate) -> Self {
        self.deadline = deadline(text, today);
        let Some(found) = &self.deadline else {
            return self;
        };
        let days = found.date.iter().chain(&found.or);
        let days: Vec<String> = days.map(NaiveDate::to_string).collect();
        let text = match (found.date, days.as_slice()) {
            (_, []) => format!("Which day is meant by `{}`?", found.words),
            (None, [day]) => format!("Is it to be done by {day}, the end of `{}`?", found.words),
            (Some(_), [_]) => return self,
            _ => format!("Does `{}` mean {}?", found.words, days.join(", or ")),
        };
        let why = found.why.clone().unwrap_or_default();
        self.questions.push(Question {
            text,
            why: match found.date {
                Some(date) => format!("{why}: {date}"),
                None => format!("{why}, so there is no target yet"),
            },
        });
        self
    }
}

/// The name of the schema of [`Analysis`].
pub(crate) const ANALYSIS_SCHEMA: &str = "orch/analysis-v1";

/// Analyses a request. Nothing but its words and the files of the library decide.
pub fn analyse(library: &Library, text: &str) -> Analysis {
    let meaning = Vocabulary::of(&library.specialists).meant(text);
    let small = text.to_lowercase();
    let ruled_out = meaning.ruled_out;
    let mut reasons: BTreeMap<String, Vec<String>> = meaning
        .meant
        .into_iter()
        .map(|(id, terms)| (id.to_owned(), without_singulars(terms)))
        .collect();
    let words = meaning.words.iter();
    let words = words.filter(|token| token.chars().any(char::is_alphanumeric));
    let vague = reasons.is_empty() || request::is_vague(&small, words.count(), reasons.len());
    let fitting = if vague {
        None
    } else {
        pattern(library, &small, &reasons)
    };
    if let Some((id, _)) = &fitting {
        for always in &library.patterns[id.as_str()].always {
            let title = &library.patterns[id.as_str()].title;
            let reason = format!("cannot be left out of: {title}");
            reasons
                .entry(always.clone())
                .or_insert_with(|| vec![reason]);
        }
        for implied in &library.patterns[id.as_str()].implies {
            let is_there = |id: &String| reasons.contains_key(id);
            let texts = [small.as_str(), meaning.corrected.as_str()];
            let is_said = |one: &Expression| texts.iter().any(|text| one.find(text).is_some());
            if implied.with.iter().all(is_there)
                && !ruled_out.contains(implied.specialist.as_str())
                && !implied.unless.iter().any(is_said)
            {
                reasons
                    .entry(implied.specialist.clone())
                    .or_insert_with(|| vec![implied.reason.clone()]);
            }
        }
    }
    let mode = match (vague, &fitting) {
        (true, _) => Mode::Ask,
        (false, Some(_)) => Mode::Project,
        (false, None) if request::is_project(&small, reasons.len()) => Mode::Project,
        (false, None) if changes_clouds(library, &reasons, &meaning.left, &small) => Mode::Project,
        (false, None) => Mode::Direct,
    };
    let (pattern, pattern_reasons) = fitting.unzip();
    let ruled_out = ruled_out
        .into_iter()
        .filter(|id| !reasons.contains_key(*id));
    let mut analysis = Analysis {
        schema: ANALYSIS_SCHEMA,
        domains: domains(library, reasons.keys(), request::is_on_cost(&small)),
        specialists: Vec::new(),
        besides: Vec::new(),
        pattern,
        pattern_reasons: pattern_reasons.unwrap_or_default(),
        mode,
        ruled_out: ruled_out.map(str::to_owned).collect(),
        deadline: None,
        questions: Vec::new(),
    };
    analysis.questions = questions(library, &analysis, &reasons, &small);
    let taking_part = reasons.keys().cloned().collect();
    analysis.specialists = in_order(library, reasons);
    analysis.besides = besides(library, &analysis, &taking_part);
    analysis
}

/// Whether one cloud takes the place of another: nobody does that as a task.
fn changes_clouds(
    library: &Library,
    meant: &BTreeMap<String, Vec<String>>,
    left: &BTreeSet<&str>,
    text: &str,
) -> bool {
    let is_left = left.iter().any(|id| is_cloud(library, id));
    is_left && meant.keys().any(|id| is_cloud(library, id)) || request::is_between_clouds(text)
}

/// "github actions" is also found as the plural of "github action".
fn without_singulars(terms: Vec<String>) -> Vec<String> {
    let plural = |term: &String| terms.contains(&format!("{}s`", term.trim_end_matches('`')));
    let told = terms.iter().filter(|term| !plural(term));
    told.cloned().collect()
}

/// The domains of some specialists.
pub(crate) fn domains<'i>(
    library: &Library,
    ids: impl Iterator<Item = &'i String>,
    cost: bool,
) -> Vec<String> {
    let specialists = ids.filter_map(|id| library.specialists.get(id));
    let mut domains: BTreeSet<String> = specialists.map(|of| of.domain.clone()).collect();
    if cost {
        domains.insert("cost".to_owned());
    }
    domains.into_iter().collect()
}

/// Who takes part, each with those of the others that come before it.
pub(crate) fn in_order(library: &Library, reasons: BTreeMap<String, Vec<String>>) -> Vec<Chosen> {
    let there: BTreeSet<String> = reasons.keys().cloned().collect();
    reasons
        .into_iter()
        .map(|(id, reasons)| {
            let before = library.specialists.get(&id).map(|of| &of.partners.after);
            let after = before
                .into_iter()
                .flatten()
                .filter(|other| there.contains(*other));
            Chosen {
                after: after.cloned().collect(),
                id,
                reasons,
            }
        })
        .collect()
}

/// The pattern of the least order that the request chooses, with the words that did.
fn pattern(
    library: &Library,
    text: &str,
    specialists: &BTreeMap<String, Vec<String>>,
) -> Option<(String, Vec<String>)> {
    let clouds = specialists
        .keys()
        .filter(|id| is_cloud(library, id))
        .count();
    let mut best: Option<(u32, String, Vec<String>)> = None;
    for (id, pattern) in &library.patterns {
        for choice in &pattern.choose {
            let Some(words) = holds(choice, text, specialists, clouds) else {
                continue;
            };
            if best
                .as_ref()
                .is_none_or(|(order, ..)| choice.order < *order)
            {
                best = Some((choice.order, id.clone(), words));
            }
        }
    }
    best.map(|(_, id, words)| (id, words))
}

pub(crate) fn is_cloud(library: &Library, id: &str) -> bool {
    library
        .specialists
        .get(id)
        .is_some_and(|of| of.domain == "cloud")
}

/// The words by which a choice holds.
fn holds(
    choice: &Choice,
    text: &str,
    specialists: &BTreeMap<String, Vec<String>>,
    clouds: usize,
) -> Option<Vec<String>> {
    let first = |expressions: &[Expression]| {
        let mut found = expressions.iter().filter_map(|one| one.find(text));
        found.next().map(|words| format!("`{}`", words.trim()))
    };
    let mut words = vec![first(&choice.words)?];
    if !choice.also.is_empty() {
        words.push(first(&choice.also)?);
    }
    let named = clouds > 0 || text.contains("cloud");
    let fits = first(&choice.unless).is_none()
        && clouds >= choice.clouds
        && (!choice.clouds_or_word || named)
        && choice
            .specialists
            .iter()
            .all(|id| specialists.contains_key(id))
        && specialists.len() >= choice.specialists_at_least;
    fits.then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> (Vec<String>, Option<String>, Mode) {
        let library = Library::built_in().unwrap();
        let analysis = analyse(&library, text);
        let ids = analysis.specialists.into_iter().map(|one| one.id);
        (ids.collect(), analysis.pattern, analysis.mode)
    }

    #[test]
    fn words_choose_specialists_and_a_pattern() {
        let (ids, pattern, mode) =
            asked("migrate our on-prem shop to GKE with Terraform and GitHub Actions by March");
        assert_eq!(
            ids,
            [
                "cicd",
                "docker",
                "gcp",
                "kubernetes",
                "monitoring",
                "security",
                "terraform"
            ]
        );
        assert_eq!(pattern.as_deref(), Some("migration"));
        assert_eq!(mode, Mode::Project);
    }

    #[test]
    fn what_is_not_wanted_does_not_count() {
        let (ids, ..) = asked("build new prod env on aws from nothing, no kubernetes pls");
        assert!(!ids.contains(&"kubernetes".to_owned()), "{ids:?}");
        let (ids, ..) = asked("We use GitLab instead of Jenkins, not Azure, in terrafrom");
        assert_eq!(ids, ["cicd", "terraform"]);
    }

    #[test]
    fn vague_words_bring_questions_and_no_plan() {
        let (ids, pattern, mode) = asked("it should be better");
        assert_eq!((ids.len(), pattern, mode), (0, None, Mode::Ask));
        let (_, pattern, _) =
            asked("move the shop from our server room to AWS, terraform, gitlab, maybe with EKS");
        assert_eq!(pattern.as_deref(), Some("migration"));
    }

    #[test]
    fn a_cluster_with_its_deliveries_is_a_pipeline() {
        for text in [
            "set up a k8s cluster on AWS w/ CI",
            "create two new GKE clusters and GitLab CI for them",
        ] {
            let pattern = asked(text).1;
            assert_eq!(pattern.as_deref(), Some("kubernetes-pipeline"), "{text}");
        }
        for text in [
            "set up EKS with terraform",
            "set up Jenkins alerts for the AKS cluster",
            "our CI cannot reach the kubernetes cluster",
            "SOC2 audit in 6 weeks, everything on GCP",
        ] {
            assert_eq!(asked(text).1, None, "{text}");
        }
    }

    #[test]
    fn who_changes_the_cloud_has_a_project() {
        for text in [
            "Moving off Azure to GCP",
            "leave Azure, go to GCP",
            "replace Azure with GCP",
        ] {
            let library = Library::built_in().unwrap();
            let analysis = analyse(&library, text);
            assert_eq!(analysis.mode, Mode::Project, "{text}");
            assert_eq!(analysis.ruled_out, ["azure"], "{text}");
        }
        let (ids, _, mode) = asked("Leave Azure, go to AWS with Terraform");
        assert_eq!(
            (ids, mode),
            (
                vec!["aws".to_owned(), "terraform".to_owned()],
                Mode::Project
            )
        );
        for text in [
            "Migrate from AWS to GCP",
            "Move our 40 VMs from AWS to Google Cloud before end of March",
            "Migrate our database from Azure SQL to RDS",
        ] {
            assert_eq!(asked(text).2, Mode::Project, "{text}");
        }
        let (ids, _, mode) = asked("we moved from azure to aws last year, one ALB returns 502s");
        assert_eq!((ids, mode), (vec!["aws".to_owned()], Mode::Direct));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
        /// Whatever is typed has an answer, and always the same.
        #[test]
        fn any_text_is_analysed(noise in "\\PC{0,30}", words in proptest::collection::vec(
            proptest::sample::select(vec!["no", "not", "only", "azure", ",", "or", "jenkins", "leave", "out", "yet", "by",
                "march", "31", "nobody", "knows", "who", "é", "instead", "of", "off", "don't", "we", "have", "docker"]), 0..14))
        {
            static LIBRARY: std::sync::LazyLock<Library> = std::sync::LazyLock::new(|| Library::built_in().unwrap());
            let text = format!("{noise} {} {noise}", words.join(" "));
            let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
            let once = analyse(&LIBRARY, &text).with_deadline(&text, today);
            proptest::prop_assert_eq!(&once, &analyse(&LIBRARY, &text).with_deadline(&text, today));
        }
    }

    #[test]
    fn every_owner_and_partner_is_somebody() {
        let library = Library::built_in().unwrap();
        let known = |id: &str| {
            library.specialists.contains_key(id) || ["cloud", "orchestrator"].contains(&id)
        };
        for (id, pattern) in &library.patterns {
            for task in pattern.phases.iter().flat_map(|phase| &phase.tasks) {
                assert!(known(&task.owner), "{id}: {}", task.owner);
                assert!(
                    task.when.as_deref().is_none_or(known),
                    "{id}: {:?}",
                    task.when
                );
            }
        }
        for (id, specialist) in &library.specialists {
            let partners = &specialist.partners;
            let all = [
                &partners.after,
                &partners.before,
                &partners.parallel,
                &partners.iterative,
            ];
            for other in all.into_iter().flatten() {
                assert!(library.specialists.contains_key(other), "{id}: {other}");
            }
        }
    }
}
