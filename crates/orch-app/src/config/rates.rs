//! `--rates FILE`: what currencies are worth, in TOML.

use std::path::Path;

use orch_cost::rates::{Rate, Rates};
use orch_model::{Currency, Text};
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::DeValue;

use super::reader::{self, Mistakes, Section};
use super::{Placed, budgets, document};
use crate::AppError;
use crate::output::read_text;
use crate::words::Mistake;

/// What a file looks like.
const FORM: &str = "write for example\n\
    to = \"EUR\"\n\
    [[rate]]\n\
    date = 2026-10-01\n\
    from = \"USD\"\n\
    rate = \"0.92\"\n\
    source = \"ECB\"";

/// Reads a file of rates.
///
/// # Errors
/// When it cannot be read, and every mistake with its place.
pub(crate) fn read(path: &Path) -> Result<Rates, AppError> {
    let text = read_text(path)?;
    parse(&text).map_err(|mistakes| AppError::Config {
        path: path.to_path_buf(),
        text,
        mistakes,
    })
}

fn parse(text: &str) -> Result<Rates, Vec<Placed>> {
    let document = document(text, FORM)?;
    let mut mistakes = Mistakes::default();
    let m = &mut mistakes;
    let mut root = Section::new("the rates", document.get_ref());
    let to = root.parsed("to", m, |value| budgets::currency(reader::text(value)?));
    let mut rates = Vec::new();
    match root
        .get("rate")
        .map(|value| (value.get_ref(), value.span()))
    {
        Some((DeValue::Array(items), _)) => {
            rates.extend(items.iter().filter_map(|item| rate(item, m)));
        }
        Some((_, span)) => m.push(Mistake::new("`rate` is not a list", "write [[rate]]"), span),
        None => m.push(Mistake::new("there is no rate", FORM), 0..0),
    }
    root.finish(m);
    if let Some(to) = &to {
        for (rate, span) in &rates {
            if rate.from == *to {
                let same = Mistake::new(
                    format!("a rate from {to} to {to}"),
                    "leave it out: what is already in that currency is not converted",
                );
                m.push(same, span.clone());
            }
        }
    } else if m.0.is_empty() {
        m.push(Mistake::new("it is not said to which currency", FORM), 0..0);
    }
    for (at, (rate, span)) in rates.iter().enumerate() {
        let twin = |(other, _): &(Rate, _)| (&other.from, other.date) == (&rate.from, rate.date);
        if rates.iter().take(at).any(twin) {
            let twice = Mistake::new(
                format!("a second rate of {} for {}", rate.from, rate.date),
                "leave one of them",
            );
            m.push(twice, span.clone());
        }
    }
    mistakes.0.sort_by_key(|placed| placed.span.start);
    match to {
        Some(to) if mistakes.0.is_empty() => {
            Ok(Rates::new(to, rates.into_iter().map(|(rate, _)| rate)))
        }
        _ => Err(mistakes.0),
    }
}

fn rate(item: &Spanned<DeValue<'_>>, m: &mut Mistakes) -> Option<(Rate, std::ops::Range<usize>)> {
    let DeValue::Table(table) = item.get_ref() else {
        m.push(
            Mistake::new("a rate is not a table", "write [[rate]]"),
            item.span(),
        );
        return None;
    };
    let before = m.0.len();
    let mut section = Section::new("[[rate]]", table);
    let date = section.parsed("date", m, reader::date);
    let from: Option<Currency> =
        section.parsed("from", m, |value| budgets::currency(reader::text(value)?));
    let rate = section.parsed("rate", m, worth);
    let source = section.parsed("source", m, |value| reader::text(value).map(Text::new));
    section.finish(m);
    match (date, from, rate, source) {
        (Some(date), Some(from), Some(rate), Some(source)) => Some((
            Rate {
                date,
                from,
                rate,
                source,
            },
            item.span(),
        )),
        _ => {
            if m.0.len() == before {
                let missing = Mistake::new("a rate takes date, from, rate and source", FORM);
                m.push(missing, item.span());
            }
            None
        }
    }
}

/// As text, because a number of TOML is a floating point one to every other reader.
fn worth(value: &DeValue<'_>) -> Result<Decimal, Mistake> {
    let text = reader::text(value)?;
    Decimal::from_str_exact(text)
        .ok()
        .filter(|rate| *rate > Decimal::ZERO)
        .ok_or_else(|| {
            Mistake::new(
                format!("`{}` is no rate", orch_report::visible(text)),
                "write a number above 0 as text: \"0.92\"",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let mistakes = parse(text).unwrap_err();
        mistakes
            .iter()
            .map(|placed| placed.mistake.message.clone())
            .collect()
    }

    #[test]
    fn rates_are_read_exactly() {
        let rates = parse(
            "to = \"EUR\"\n[[rate]]\ndate = 2026-10-01\nfrom = \"USD\"\nrate = \"0.9200000000000000001\"\nsource = \"ECB\"\n",
        )
        .unwrap();
        let day = "2026-10-05".parse().unwrap();
        let rate = rates.of(&Currency::usd(), day).unwrap();
        assert_eq!(rate.rate.to_string(), "0.9200000000000000001");
        assert_eq!((rates.to.0.as_str(), rate.source.as_str()), ("EUR", "ECB"));
    }

    #[test]
    fn every_mistake_is_told() {
        assert_eq!(told(""), ["there is no rate"]);
        assert_eq!(told("to = \"euro\"\nrate = 1\n").len(), 2);
        assert_eq!(
            told(
                "to = \"EUR\"\n[[rate]]\ndate = 2026-10-01\nfrom = \"USD\"\nrate = 0.92\nsource = \"x\"\n"
            ),
            ["rate in [[rate]]: a number where a text belongs"]
        );
        assert_eq!(
            told("to = \"EUR\"\n[[rate]]\nfrom = \"USD\"\nrate = \"1\"\nsource = \"x\"\n"),
            ["a rate takes date, from, rate and source"]
        );
        let one = "[[rate]]\ndate = 2026-10-01\nfrom = \"USD\"\nrate = \"-1\"\nsource = \"x\"\n";
        assert_eq!(
            told(&format!("to = \"EUR\"\n{one}")),
            ["rate in [[rate]]: `-1` is no rate"]
        );
        let one = one.replace('-', "").replace("20261001", "2026-10-01");
        assert_eq!(
            told(&format!("to = \"EUR\"\n{one}{one}")),
            ["a second rate of USD for 2026-10-01"]
        );
        assert_eq!(
            told(&format!("to = \"USD\"\n{one}")),
            ["a rate from USD to USD"]
        );
        assert_eq!(told(&one), ["it is not said to which currency"]);
    }
}
