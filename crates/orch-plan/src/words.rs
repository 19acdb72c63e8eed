//! Which terms stand in a request, spelt right or not, and which of them are meant.

use std::collections::{BTreeMap, BTreeSet};

use crate::Specialist;
use crate::english;
use crate::negation::{Said, Saying};
use crate::phrase::{Phrase, Tokens, is_break};

/// From this length of a known word on another one may be it, with a letter left out, doubled or changed for its
/// neighbour.
const SHORT: usize = 5;
/// From this length on a letter may be any.
const CORRECTED: usize = 6;
/// From this length on two letters may be wrong.
const LONG: usize = 9;

/// A request as words and punctuation, in small letters.
pub(crate) fn tokens(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let text = text.to_lowercase().replace('’', "'");
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        let joins = matches!(letter, '-' | '\'' | '/' | '.')
            && !word.is_empty()
            && rest.peek().is_some_and(|next| next.is_ascii_alphanumeric());
        if letter.is_ascii_alphanumeric() || joins {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            take_word(&mut tokens, std::mem::take(&mut word), known);
        }
        if ".;:!?()\n,".contains(letter) {
            tokens.push(letter.to_string());
        }
    }
    if !word.is_empty() {
        take_word(&mut tokens, word, known);
    }
    tokens
}

/// `aws/azure` are two words, `ci/cd` is one.
fn take_word(tokens: &mut Vec<String>, word: String, known: &BTreeSet<String>) {
    let parts: Vec<&str> = word
        .split(['/', '-'])
        .filter(|part| !part.is_empty())
        .collect();
    if !known.contains(&word) && parts.len() > 1 && parts.iter().any(|part| known.contains(*part)) {
        tokens.extend(parts.into_iter().map(str::to_owned));
    } else {
        tokens.push(word);
    }
}

/// The terms of all specialists.
pub(crate) struct Vocabulary<'l> {
    terms: Vec<Term<'l>>,
    known: BTreeSet<String>,
}

struct Term<'l> {
    specialist: &'l Specialist,
    id: &'l str,
    phrase: Phrase,
    kind: TermKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TermKind {
    /// It names something, which may be unwanted.
    Name,
    /// It says what hurts, which always is a need.
    Sign,
    /// It takes its words away from the specialist.
    Not,
}

/// What a request means.
pub(crate) struct Meaning<'l> {
    /// Its words.
    pub(crate) words: Vec<String>,
    /// The same with typing errors taken out, as one text.
    pub(crate) corrected: String,
    /// For each specialist that it means, the terms that chose it, in order.
    pub(crate) meant: BTreeMap<&'l str, Vec<String>>,
    /// Those that it names only to rule them out.
    pub(crate) ruled_out: BTreeSet<&'l str>,
    /// Those of them whose place something else takes.
    pub(crate) left: BTreeSet<&'l str>,
}

impl<'l> Vocabulary<'l> {
    pub(crate) fn of(specialists: &'l BTreeMap<String, Specialist>) -> Self {
        let mut terms = Vec::new();
        for (id, specialist) in specialists {
            let of = |terms: &'l [String], kind| terms.iter().map(move |term| (term, kind));
            let all = of(&specialist.words, TermKind::Name)
                .chain(of(&specialist.signs, TermKind::Sign))
                .chain(of(&specialist.not_words, TermKind::Not));
            terms.extend(all.map(|(term, kind)| Term {
                specialist,
                id,
                phrase: Phrase::new(term),
                kind,
            }));
        }
        let words = terms.iter().flat_map(|term| term.phrase.words());
        let whole = terms.iter().map(|term| term.phrase.text.as_str());
        let known = words.chain(whole).map(str::to_owned).collect();
        Self { terms, known }
    }

    /// What a request means.
    pub(crate) fn meant(&self, text: &str) -> Meaning<'l> {
        let typed = tokens(text, &self.known);
        let tokens = Tokens {
            meant: typed.iter().map(|token| self.corrected(token)).collect(),
            typed,
        };
        let mut found: Vec<(usize, usize, &Term<'l>)> = Vec::new();
        for at in 0..tokens.typed.len() {
            let here = self.terms.iter();
            found.extend(here.filter_map(|term| Some((at, term.phrase.end(&tokens, at)?, term))));
        }
        let mut is_term = vec![false; tokens.typed.len()];
        for (at, end, _) in found
            .iter()
            .filter(|(.., term)| term.kind == TermKind::Name)
        {
            is_term[*at..*end].fill(true);
        }
        let saying = Saying::of(&tokens, &is_term);
        let covered = |at: usize, end: usize, term: &Term<'_>| {
            found.iter().any(|(start, behind, other)| {
                other.kind == TermKind::Not && other.id == term.id && *start <= at && end <= *behind
            })
        };
        // "Nobody knows Ansible, so no Ansible please": what is refused by its name is not wanted where it is named before.
        let ends = |at: usize| match tokens.typed.get(at).map(String::as_str) {
            None | Some("," | "please" | "pls" | "plz" | "thanks") => true,
            Some(token) => is_break(token),
        };
        let refused: BTreeSet<&str> = (found.iter())
            .filter(|(at, end, term)| {
                term.kind == TermKind::Name && ends(*end) && saying.about(*at, *end) == Said::Out
            })
            .filter(|(at, ..)| *at > 0 && tokens.typed[*at - 1] == "no")
            .map(|(.., term)| term.phrase.text.as_str())
            .collect();
        // "We use Pulumi, no Terraform please": who is refused by its own name is not chosen by another tool.
        let is_refused = |term: &Term<'_>| {
            refused.contains(term.phrase.text.as_str()) || refused.contains(term.id)
        };
        let mut meant: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut ruled_out = BTreeSet::new();
        let mut left = BTreeSet::new();
        for (at, end, term) in &found {
            if term.kind == TermKind::Not || covered(*at, *end, term) {
                continue;
            }
            let reason = match (term.kind, saying.about(*at, *end)) {
                (TermKind::Sign, _) => format!("`{}`", tokens.typed[*at..*end].join(" ")),
                (_, Said::Named) if is_refused(term) => {
                    ruled_out.insert(term.id);
                    continue;
                }
                (_, Said::Named) => format!("`{}`", term.phrase.text),
                (_, Said::Missed) if term.specialist.practice => {
                    format!("`{}`, which is missed", term.phrase.text)
                }
                (_, Said::Missed) => continue,
                (_, Said::Replaced) if term.specialist.outlives_tools => {
                    format!("`{}`, whose work something has to do", term.phrase.text)
                }
                (_, said @ (Said::Replaced | Said::Out)) => {
                    ruled_out.insert(term.id);
                    if said == Said::Replaced {
                        left.insert(term.id);
                    }
                    continue;
                }
            };
            let reasons = meant.entry(term.id).or_default();
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        ruled_out.retain(|id| !meant.contains_key(id));
        left.retain(|id| ruled_out.contains(id));
        Meaning {
            corrected: tokens.meant.join(" "),
            words: tokens.typed,
            meant,
            ruled_out,
            left,
        }
    }

    /// The nearest known word to one that is none. Ordinary words are no slips of others.
    fn corrected(&self, word: &str) -> String {
        let is_word = word.len() + 1 >= SHORT && word.bytes().all(|byte| byte.is_ascii_lowercase());
        if !is_word || self.known.contains(word) || english::is_word(word) {
            return word.to_owned();
        }
        let like = |known: &&String| {
            known.len() >= SHORT
                && known.bytes().all(|byte| byte.is_ascii_lowercase())
                && known.bytes().next() == word.bytes().next()
                && known.len().abs_diff(word.len()) <= 2
        };
        let near = |known: &String| {
            let distance = strsim::osa_distance(known, word);
            let most = match known.len().min(word.len()) {
                LONG.. => 2,
                CORRECTED.. => 1,
                _ if is_slip(known, word) => 1,
                _ => 0,
            };
            (distance <= most).then_some(distance)
        };
        let distances =
            (self.known.iter().filter(like)).filter_map(|known| Some((near(known)?, known)));
        let nearest = distances.min();
        nearest.map_or_else(|| word.to_owned(), |(_, known)| known.clone())
    }
}

/// Whether the letters are those of the word, in another order, one left out, or one doubled.
fn is_slip(known: &str, word: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<u8> = text.bytes().collect();
        letters.sort_unstable();
        letters
    };
    let doubled = || {
        let mut letters: Vec<u8> = word.bytes().collect();
        letters.dedup();
        word.len() == known.len() + 1 && letters == known.as_bytes()
    };
    word.len() < known.len() || sorted(known) == sorted(word) || doubled()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    /// Who takes part by the words alone, and who is ruled out.
    fn meant(text: &str) -> (Vec<String>, Vec<String>) {
        let library = Library::built_in().unwrap();
        let vocabulary = Vocabulary::of(&library.specialists);
        let meaning = vocabulary.meant(text);
        let ids = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect();
        (
            ids(meaning.meant.into_keys().collect()),
            ids(meaning.ruled_out.into_iter().collect()),
        )
    }

    #[test]
    fn a_negation_ends_where_something_else_begins() {
        for (text, wanted, out) in [
            ("instead of Azure we want AWS", vec!["aws"], vec!["azure"]),
            (
                "neither azure nor google, only aws",
                vec!["aws"],
                vec!["azure", "gcp"],
            ),
            ("not only AWS but also Azure", vec!["aws", "azure"], vec![]),
            (
                "leave docker out, helm is enough",
                vec!["kubernetes"],
                vec!["docker"],
            ),
            (
                "no Docker, Ansible or Terraform, GCP alone",
                vec!["gcp"],
                vec!["ansible", "docker", "terraform"],
            ),
            ("don't forget security", vec!["security"], vec![]),
            (
                "it can't be done without Prometheus",
                vec!["monitoring"],
                vec![],
            ),
            (
                "pods are not running on EKS",
                vec!["aws", "kubernetes"],
                vec![],
            ),
        ] {
            let (meant, ruled_out) = meant(text);
            assert_eq!(
                (meant, ruled_out),
                (
                    wanted.into_iter().map(str::to_owned).collect(),
                    out.into_iter().map(str::to_owned).collect()
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn who_leaves_one_ci_needs_another_and_who_misses_a_practice_wants_it() {
        assert_eq!(meant("stop using Jenkins").0, ["cicd"]);
        assert_eq!(
            meant("instead of Jenkins we want GitHub Actions").0,
            ["cicd"]
        );
        assert_eq!(meant("no Jenkins please").1, ["cicd"]);
        assert_eq!(meant("we have no monitoring").0, ["monitoring"]);
        assert_eq!(meant("no need for monitoring").1, ["monitoring"]);
        assert_eq!(meant("we have no kubernetes"), (vec![], vec![]));
    }

    #[test]
    fn what_is_there_and_not_open_has_no_part() {
        for (text, wanted) in [
            (
                "We already have Terraform, Jenkins and Datadog; only the Kubernetes upgrade to 1.31 is open",
                "kubernetes",
            ),
            (
                "We already have Terraform and monitoring; only need a CI/CD pipeline",
                "cicd",
            ),
            ("AWS isn't the problem, our deployments are", "cicd"),
            (
                "Docker is in place, all that is left are the alerts",
                "monitoring",
            ),
        ] {
            assert_eq!(meant(text).0, [wanted], "{text}");
        }
        let (wanted, out) = meant("Nobody here knows Ansible, so no Ansible please");
        assert_eq!((wanted, out), (vec![], vec!["ansible".to_owned()]));
        assert_eq!(
            meant("we already have Terraform and add a GKE cluster").0,
            ["gcp", "kubernetes", "terraform"]
        );
    }

    #[test]
    fn what_is_to_stay_as_it_is_has_no_part() {
        for (text, wanted, out) in [
            (
                "We already have terraform and kubernetes, leave them alone. Just fix the monitoring",
                "monitoring",
                "kubernetes terraform",
            ),
            (
                "terraform, kubernetes and ansible: hands off them. Fix the alerts",
                "monitoring",
                "ansible kubernetes terraform",
            ),
            ("Nothing about azure, only gcp", "gcp", "azure"),
            (
                "move to GKE, Jenkins is old, don't touch it",
                "gcp kubernetes",
                "cicd",
            ),
            (
                "The Jenkins jobs run. Please do not touch them. We need Grafana dashboards",
                "monitoring",
                "cicd",
            ),
            (
                "keep terraform as it is and add alerts",
                "monitoring",
                "terraform",
            ),
            (
                "keep Terraform and Ansible as they are, harden the VPC on AWS",
                "aws security",
                "ansible terraform",
            ),
            (
                "change nothing in terraform, upgrade the helm charts",
                "kubernetes",
                "terraform",
            ),
            (
                "no changes to our terraform; only new grafana panels",
                "monitoring",
                "terraform",
            ),
            // What comes near it and says something else.
            (
                "we know nothing about kubernetes, migrate us",
                "kubernetes",
                "",
            ),
            ("nothing about our azure setup works", "azure", ""),
            ("don't leave docker out", "docker", ""),
            ("don't leave kubernetes alone, it crashes", "kubernetes", ""),
            ("do not leave them alone with terraform", "terraform", ""),
            (
                "leave the on-call team alone at night: fix the prometheus alerts",
                "monitoring",
                "",
            ),
            (
                "the pods on EKS crash, nobody dares to touch them",
                "aws kubernetes",
                "",
            ),
            (
                "it should not stay as it is: terraform for Azure",
                "azure terraform",
                "",
            ),
        ] {
            let (meant, ruled_out) = meant(text);
            assert_eq!(
                (meant.join(" ").as_str(), ruled_out.join(" ").as_str()),
                (wanted, out),
                "{text}"
            );
        }
    }

    #[test]
    fn who_is_refused_by_name_is_not_chosen_by_another_tool() {
        let out = (vec![], vec!["terraform".to_owned()]);
        assert_eq!(meant("we use Pulumi, no terraform please"), out);
        assert_eq!(meant("no Terraform, please: Pulumi is there"), out);
        assert_eq!(meant("our pulumi stack fails").0, ["terraform"]);
        assert_eq!(meant("prefer pulumi over terraform").0, ["terraform"]);
        assert_eq!(
            meant("no opentofu please, terraform stays").0,
            ["terraform"]
        );
        assert_eq!(meant("no jenkins please, gitlab ci").0, ["cicd"]);
        assert_eq!(
            meant("there is no terraform yet, everything as code").0,
            ["terraform"]
        );
    }

    #[test]
    fn slips_are_corrected_and_ordinary_words_are_not() {
        for (text, wanted) in [
            ("move it to azur", "azure"),
            ("terrafrom modules", "terraform"),
            ("kuberntes upgrade", "kubernetes"),
            ("dokcer on a laptop", "docker"),
            ("grafna panels", "monitoring"),
        ] {
            assert_eq!(meant(text).0, [wanted], "{text}");
        }
        for text in [
            "we documented the office",
            "the documents are linked",
            "extra entry for the payer",
            "thanks for the trade of the last lease",
        ] {
            assert_eq!(meant(text), (vec![], vec![]), "{text}");
        }
    }
}
