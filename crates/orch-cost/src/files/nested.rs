//! Nested columns of Parquet as the flat ones that formats know: members of structs, and the list of credits.

use std::collections::HashMap;

use orch_model::Text;
use polars::prelude::{
    DataType, Engine, ExplodeOptions, Expr, LazyFrame, PolarsResult, Schema, by_name, col,
};
use rust_decimal::Decimal;

use super::json::CREDITS;
use super::parquet::{Grouped, amount_of, grouped, measures_of};

/// The list that [`credits`] adds up, as Google Cloud's export calls it.
const LIST: &str = "credits";

/// A column for each member of a struct, under the names of both: `service.description`. Maps and lists stay what they
/// are.
pub(super) fn members(schema: &Schema) -> Vec<Expr> {
    let mut all = Vec::new();
    for (name, kind) in schema.iter() {
        below(&col(name.clone()), name, kind, &mut all);
    }
    all
}

fn below(of: &Expr, name: &str, kind: &DataType, all: &mut Vec<Expr>) {
    let DataType::Struct(fields) = kind else {
        return;
    };
    for field in fields {
        let member = of.clone().struct_().field_by_name(field.name());
        let name = format!("{name}.{}", field.name());
        match field.dtype() {
            DataType::Struct(_) => below(&member, &name, field.dtype(), all),
            _ => all.push(member.alias(name)),
        }
    }
}

/// Whether there is a list of credits with what it takes to add them up.
pub(super) fn has_credits(schema: &Schema) -> bool {
    let Some(DataType::List(inner)) = schema.get(LIST) else {
        return false;
    };
    let DataType::Struct(fields) = inner.as_ref() else {
        return false;
    };
    ["type", "amount"]
        .iter()
        .all(|wanted| fields.iter().any(|field| field.name() == wanted))
}

/// The credits of each group of rows: one sum for each of [`CREDITS`].
pub(super) struct Credits {
    by_keys: HashMap<Vec<Option<Text>>, [Decimal; CREDITS.len()]>,
    /// Credits without an amount.
    pub(super) without_amount: u64,
}

impl Credits {
    /// The sums of a group; none where it has no credit of that sort.
    pub(super) fn of(&self, keys: &[Option<Text>]) -> [Option<Decimal>; CREDITS.len()] {
        match self.by_keys.get(keys) {
            Some(sums) => sums.map(|sum| Some(sum).filter(|sum| !sum.is_zero())),
            None => [None; CREDITS.len()],
        }
    }
}

/// Adds up the credits of rows by the same keys as the rows themselves: once more through the file, because one row has
/// several of them.
pub(super) fn credits(rows: LazyFrame, keys: &[Expr]) -> PolarsResult<Credits> {
    let named = |i: usize| format!("credited {i}");
    let mut columns: Vec<Expr> = keys
        .iter()
        .enumerate()
        .map(|(i, key)| key.clone().alias(named(i)))
        .collect();
    columns.push(col(LIST).alias("credit"));
    let only_lists = ExplodeOptions {
        empty_as_null: false,
        keep_nulls: false,
    };
    let member = |name: &str| col("credit").struct_().field_by_name(name);
    let mut by: Vec<Expr> = (0..keys.len()).map(|i| col(named(i))).collect();
    by.push(member("type").alias("type"));
    let frame = rows
        .select(columns)
        .explode(by_name(["credit"], true, false), only_lists)
        .group_by(by)
        .agg(measures_of([amount_of(member("amount"), None)]))
        .collect_with_engine(Engine::Streaming)?
        .unwrap_single();
    let mut credits = Credits {
        by_keys: HashMap::new(),
        without_amount: 0,
    };
    for Grouped {
        mut keys,
        sums,
        nones,
        ..
    } in grouped(&frame, keys.len() + 1, 1)?
    {
        let kind = keys.pop().flatten().unwrap_or_default();
        let own = credits.by_keys.entry(keys).or_default();
        for (sum, (_, wanted)) in own.iter_mut().zip(CREDITS) {
            if wanted(&kind) {
                *sum += sums.first().copied().flatten().unwrap_or_default();
            }
        }
        credits.without_amount += nones.iter().sum::<u64>();
    }
    Ok(credits)
}
