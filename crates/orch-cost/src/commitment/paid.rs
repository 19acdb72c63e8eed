//! What the hours of each machine really cost, beside what they would cost at list price.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use orch_model::{Currency, Text, Uid};
use rust_decimal::Decimal;

/// What usage of one machine cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paid {
    /// At list price.
    pub list: Decimal,
    /// After discounts and commitments: FOCUS `EffectiveCost`.
    pub cost: Decimal,
    /// The first and the last day of it.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Rows that lack one of both: what they cost is not known.
    pub untold: u64,
}

/// What usage of machines cost, by machine and currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaidByMachine(BTreeMap<Text, BTreeMap<Currency, Paid>>);

impl PaidByMachine {
    /// Adds the usage of a machine on a day. `resource` is what the bill calls it.
    pub fn add(
        &mut self,
        resource: &str,
        currency: Currency,
        day: NaiveDate,
        (list, cost): (Option<Decimal>, Option<Decimal>),
        rows: u64,
    ) {
        let machine = Text::new(resource.to_ascii_lowercase());
        let paid = self
            .0
            .entry(machine)
            .or_default()
            .entry(currency)
            .or_default();
        match (list, cost) {
            (Some(list), Some(cost)) => {
                paid.list += list;
                paid.cost += cost;
            }
            _ => paid.untold += rows,
        }
        paid.spread((day, day));
    }

    /// Adds what another file says.
    pub fn merge(&mut self, other: Self) {
        for (machine, currencies) in other.0 {
            let machine = self.0.entry(machine).or_default();
            for (currency, paid) in currencies {
                let own = machine.entry(currency).or_default();
                own.list += paid.list;
                own.cost += paid.cost;
                own.untold += paid.untold;
                paid.days.into_iter().for_each(|days| own.spread(days));
            }
        }
    }

    /// What a machine cost. A bill names it by its whole identity or, as AWS does, by the end of it: `i-0abc`. None
    /// where the bill does not say all of it, or says it in two currencies.
    pub fn of(&self, uid: &Uid) -> Option<&Paid> {
        let whole = uid.as_str().to_ascii_lowercase();
        let end = whole.rsplit('/').next().filter(|end| end.starts_with("i-"));
        let currencies = self.0.get(whole.as_str()).or_else(|| self.0.get(end?))?;
        let (1, Some(paid)) = (currencies.len(), currencies.values().next()) else {
            return None;
        };
        (paid.untold == 0 && paid.list > Decimal::ZERO).then_some(paid)
    }
}

impl Paid {
    fn spread(&mut self, (from, to): (NaiveDate, NaiveDate)) {
        self.days = Some(match self.days {
            Some((first, last)) => (first.min(from), last.max(to)),
            None => (from, to),
        });
    }

    /// How much of the list price was paid: 0.6 where commitments took two fifths off.
    pub fn share(&self) -> Option<Decimal> {
        self.cost.checked_div(self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(rows: &[(&str, &str, Option<i64>, Option<i64>)]) -> PaidByMachine {
        let mut all = PaidByMachine::default();
        for (i, (resource, currency, list, cost)) in rows.iter().enumerate() {
            let day = NaiveDate::from_num_days_from_ce_opt(739_000 + i as i32).unwrap();
            let amount = |of: &Option<i64>| of.map(Decimal::from);
            let mut one = PaidByMachine::default();
            let currency = Currency(Text::new(currency));
            one.add(resource, currency, day, (amount(list), amount(cost)), 1);
            all.merge(one);
        }
        all
    }

    fn share(all: &PaidByMachine, uid: &str) -> Option<Decimal> {
        all.of(&Uid::new(uid))?.share()
    }

    const ARN: &str = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc";

    #[test]
    fn a_machine_is_found_by_its_end_or_its_whole_name() {
        let all = paid(&[
            ("i-0abc", "USD", Some(8), Some(8)),
            ("i-0abc", "USD", Some(2), Some(0)),
        ]);
        assert_eq!(share(&all, ARN), Some(Decimal::new(8, 1)));
        assert_eq!(
            all.of(&Uid::new(ARN))
                .unwrap()
                .days
                .map(|(a, b)| (b - a).num_days()),
            Some(1)
        );
        let all = paid(&[(ARN, "USD", Some(10), Some(6))]);
        assert_eq!(share(&all, ARN), Some(Decimal::new(6, 1)));
        let azure =
            "/Subscriptions/1/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/web";
        let all = paid(&[(azure, "EUR", Some(10), Some(5))]);
        assert_eq!(share(&all, &azure.to_lowercase()), Some(Decimal::new(5, 1)));
        // Another machine with the same last name is another machine.
        assert_eq!(share(&all, "/subscriptions/2/x/web"), None);
    }

    #[test]
    fn what_is_not_wholly_told_is_not_known() {
        let all = paid(&[
            ("i-0abc", "USD", Some(8), Some(4)),
            ("i-0abc", "USD", None, Some(1)),
        ]);
        assert_eq!(share(&all, ARN), None);
        let all = paid(&[
            ("i-0abc", "USD", Some(8), Some(4)),
            ("i-0abc", "EUR", Some(8), Some(4)),
        ]);
        assert_eq!(share(&all, ARN), None);
        assert_eq!(
            share(&paid(&[("i-0abc", "USD", Some(0), Some(0))]), ARN),
            None
        );
    }
}
