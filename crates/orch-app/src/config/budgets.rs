//! `[[budget]]`: what may be spent in a month.

use orch_cost::bill::{Basis, Budget, Dimension};
use orch_model::{Currency, Text};
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::DeValue;

use super::reader::{self, Mistakes, Section};
use crate::words::{Mistake, unknown_word};

/// From which percentages of a budget on it is told, when nothing else is said.
const THRESHOLDS: [u32; 2] = [80, 100];

/// Every budget of the configuration.
pub(super) fn budgets(root: &mut Section<'_, '_>, m: &mut Mistakes) -> Vec<Budget> {
    let Some(value) = root.get("budget") else {
        return Vec::new();
    };
    let DeValue::Array(items) = value.get_ref() else {
        let mistake = Mistake::new("`budget` is not a list", "write [[budget]]");
        m.push(mistake, value.span());
        return Vec::new();
    };
    items.iter().filter_map(|item| budget(item, m)).collect()
}

fn budget(item: &Spanned<DeValue<'_>>, m: &mut Mistakes) -> Option<Budget> {
    let DeValue::Table(table) = item.get_ref() else {
        let mistake = Mistake::new("a budget is not a table", "write [[budget]]");
        m.push(mistake, item.span());
        return None;
    };
    let before = m.0.len();
    let mut section = Section::new("[[budget]]", table);
    let word = |value: &DeValue<'_>| reader::text(value).map(Text::new);
    let name = section.parsed("name", m, word);
    let amount = section.parsed("amount", m, reader::money);
    let currency = section.parsed("currency", m, |value| currency(reader::text(value)?));
    let basis = section.parsed("basis", m, |value| basis(reader::text(value)?));
    let only = section.list("only", m, only);
    let thresholds = section.list("thresholds", m, threshold);
    section.finish(m);
    if m.0.len() == before {
        for (key, missing) in [("name", name.is_none()), ("amount", amount.is_none())] {
            if missing {
                let mistake = Mistake::new(
                    format!("a budget has no {key}"),
                    "write name = \"shop\", amount = 12000, currency = \"USD\"",
                );
                m.push(mistake, item.span());
            }
        }
    }
    let mut thresholds = thresholds.unwrap_or_else(|| THRESHOLDS.map(Decimal::from).to_vec());
    thresholds.sort_unstable();
    thresholds.dedup();
    Some(Budget {
        name: name?,
        amount: amount?,
        currency: currency.unwrap_or_else(Currency::usd),
        only: only.unwrap_or_default(),
        basis: basis.unwrap_or_default(),
        thresholds,
    })
}

pub(super) fn currency(text: &str) -> Result<Currency, Mistake> {
    match text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        true => Ok(Currency(text.into())),
        false => Err(Mistake::new(
            format!("`{}` is no currency", orch_report::visible(text)),
            "write its three letters, for example \"EUR\"",
        )),
    }
}

fn basis(text: &str) -> Result<Basis, Mistake> {
    let known = [Basis::Billed, Basis::Effective];
    known
        .into_iter()
        .find(|basis| basis.as_str() == text)
        .ok_or_else(|| unknown_word("basis", text, known.map(Basis::as_str)))
}

/// `account=111122223333`, `tag:team=shop`.
fn only(text: &str) -> Result<(Dimension, Text), Mistake> {
    let example = "write for example \"account=111122223333\" or \"tag:team=shop\"";
    let Some((dimension, value)) = text.rsplit_once('=') else {
        let shown = orch_report::visible(text);
        return Err(Mistake::new(format!("`{shown}` has no `=`"), example));
    };
    match dimension.parse::<Dimension>() {
        Ok(Dimension::Day) => Err(Mistake::new(
            "a budget is of a month, not of a day",
            example,
        )),
        Ok(dimension) => Ok((dimension, Text::new(value))),
        Err(_) => {
            let words = Dimension::words();
            let known = words.iter().map(String::as_str);
            Err(unknown_word("part of a bill", dimension, known))
        }
    }
}

fn threshold(text: &str) -> Result<Decimal, Mistake> {
    text.trim_end_matches('%')
        .trim()
        .parse::<Decimal>()
        .ok()
        .filter(|percent| *percent > Decimal::ZERO && *percent <= Decimal::from(1_000))
        .ok_or_else(|| {
            Mistake::new(
                format!("`{}` is no percentage", orch_report::visible(text)),
                "write for example thresholds = [\"80\", \"100\"]",
            )
        })
}
