//! After how many days a key rotates by itself, from the durations of its policy.

use orch_model::Field;

use crate::node::{Malformed, Node};

/// The days from one version of a key to the next; none when no action of its policy rotates it.
pub(super) fn days(policy: Node<'_>) -> Result<Field<i64>, Malformed> {
    let expiry = duration(policy, "attributes.expiryTime")?;
    for action in policy.list("lifetimeActions")? {
        if action.word("action.type", &["rotate"])? != Some(true) {
            continue;
        }
        if let Some(days) = duration(action, "trigger.timeAfterCreate")? {
            return Ok(Field::Value(days));
        }
        let before = duration(action, "trigger.timeBeforeExpiry")?;
        return Ok(match (expiry, before) {
            (Some(expiry), Some(before)) => Field::Value(expiry - before),
            // It rotates, but nobody can tell when.
            _ => Field::NotRead,
        });
    }
    Ok(Field::None)
}

/// A duration in whole days: `P90D`, `P1Y6M`, `P2W`. A year has 365 days and a month 30.
fn duration(of: Node<'_>, path: &str) -> Result<Option<i64>, Malformed> {
    let Some(text) = of.text(path)? else {
        return Ok(None);
    };
    parse(text).map(Some).ok_or_else(|| of.bad(path))
}

fn parse(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_uppercase();
    // A part of a day does not count.
    let dates = text.strip_prefix('P')?.split('T').next()?;
    let (mut days, mut number) = (0_i64, String::new());
    for letter in dates.chars() {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            'Y' => 365,
            'M' => 30,
            'W' => 7,
            'D' => 1,
            _ => return None,
        };
        let count: i64 = number.parse().ok()?;
        days = days.checked_add(count.checked_mul(unit)?)?;
        number.clear();
    }
    number.is_empty().then_some(days)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn policy(actions: Value) -> Result<Field<i64>, Malformed> {
        let body = json!({ "attributes": { "expiryTime": "P2Y" }, "lifetimeActions": actions });
        days(Node::of(&body))
    }

    #[test]
    fn the_days_are_those_of_the_action_that_rotates() {
        let tell =
            json!({ "action": { "type": "notify" }, "trigger": { "timeBeforeExpiry": "P30D" } });
        let after =
            json!({ "action": { "type": "Rotate" }, "trigger": { "timeAfterCreate": "P1Y6M" } });
        let before =
            json!({ "action": { "type": "rotate" }, "trigger": { "timeBeforeExpiry": "P30D" } });
        assert_eq!(policy(json!([tell, after])), Ok(Field::Value(545)));
        assert_eq!(policy(json!([before])), Ok(Field::Value(700)));
        assert_eq!(policy(json!([tell])), Ok(Field::None));
        assert_eq!(policy(json!([])), Ok(Field::None));
        assert_eq!(days(Node::of(&Value::Null)), Ok(Field::None));
    }

    #[test]
    fn an_odd_duration_has_a_place() {
        for odd in ["90", "P", "PX", "P9999999999999999999D", "P5"] {
            let action =
                json!({ "action": { "type": "rotate" }, "trigger": { "timeAfterCreate": odd } });
            let place = "lifetimeActions[0].trigger.timeAfterCreate";
            let read = policy(json!([action]));
            if odd == "P" {
                assert_eq!(read, Ok(Field::Value(0)));
            } else {
                assert_eq!(read, Err(Malformed(place.into())), "{odd}");
            }
        }
    }
}
