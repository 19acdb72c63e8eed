//! What a billing table is: its name, its sort by its columns, and the query that fits it.

use std::collections::BTreeSet;

use serde_json::Value;

/// A table by its three names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) project: String,
    pub(super) dataset: String,
    pub(super) table: String,
}

impl Table {
    /// `PROJECT.DATASET.TABLE`, also with a colon behind the project. Nothing that could end the name in the
    /// text of a query is taken.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (rest, table) = text.rsplit_once('.')?;
        let (project, dataset) = rest
            .rsplit_once('.')
            .filter(|(_, dataset)| !dataset.contains(':'))
            .or_else(|| rest.rsplit_once(':'))?;
        let fits = |name: &str, others: &[u8]| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| plain(byte) || others.contains(&byte))
        };
        let all = fits(project, b".:") && fits(dataset, b"") && fits(table, b"");
        all.then(|| Self {
            project: project.to_owned(),
            dataset: dataset.to_owned(),
            table: table.to_owned(),
        })
    }
}

/// What the columns of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Columns {
    /// The standard or the detailed export, and whether it is cut by the day of its arrival.
    Export {
        /// Only then a query can leave days out without looking through them.
        by_arrival: bool,
    },
    /// A view in FOCUS columns.
    Focus,
}

impl Columns {
    /// From the description of a table; none where it is no billing table.
    pub(super) fn of(described: &Value) -> Option<Self> {
        let fields = described["schema"]["fields"].as_array()?;
        let names: BTreeSet<&str> = fields
            .iter()
            .filter_map(|field| field["name"].as_str())
            .collect();
        let has = |all: &[&str]| all.iter().all(|name| names.contains(name));
        if has(&["BilledCost", "ChargePeriodStart", "SubAccountId"]) {
            return Some(Self::Focus);
        }
        let cut = &described["timePartitioning"];
        // A column of its own to cut by is something else than the day of arrival.
        let by_arrival = cut.is_object() && cut["field"].is_null();
        has(&["usage_start_time", "cost", "credits"]).then_some(Self::Export { by_arrival })
    }

    /// The query: a row for each project, day, service, region and sort of charge. Columns and their order
    /// are the same for every sort of table.
    pub(super) fn query(self, table: &Table) -> String {
        let from = format!("`{}.{}.{}`", table.project, table.dataset, table.table);
        match self {
            Self::Focus => format!(
                "SELECT SubAccountId, BillingAccountId, CAST(DATE(ChargePeriodStart) AS STRING), ServiceName, \
                 RegionId, ChargeCategory, BillingCurrency, CAST(SUM(CAST(BilledCost AS NUMERIC)) AS STRING), \
                 CAST(SUM(CAST(EffectiveCost AS NUMERIC)) AS STRING), \
                 FORMAT_DATE('%Y%m', DATE(ChargePeriodStart)) \
                 FROM {from} \
                 WHERE SubAccountId IN UNNEST(@projects) \
                 AND DATE(ChargePeriodStart) >= @first AND DATE(ChargePeriodStart) < @end \
                 GROUP BY 1, 2, 3, 4, 5, 6, 7, 10 ORDER BY 1, 3, 4, 5, 6, 7, 10"
            ),
            Self::Export { by_arrival } => {
                // What is not yet written for good has no day of arrival.
                let arrived = if by_arrival {
                    "AND (DATE(_PARTITIONTIME) >= @first OR _PARTITIONTIME IS NULL) "
                } else {
                    ""
                };
                format!(
                    "WITH used AS (SELECT project.id AS project, billing_account_id AS account, \
                     CAST(DATE(usage_start_time) AS STRING) AS day, service.description AS service, \
                     location.region AS region, cost_type, currency, invoice.month AS month, \
                     CAST(cost AS NUMERIC) AS cost, \
                     IFNULL((SELECT SUM(CAST(credit.amount AS NUMERIC)) FROM UNNEST(credits) AS credit), 0) \
                     AS credit \
                     FROM {from} \
                     WHERE project.id IN UNNEST(@projects) \
                     AND DATE(usage_start_time) >= @first AND DATE(usage_start_time) < @end {arrived}), \
                     charges AS (SELECT project, account, day, service, region, cost_type AS category, \
                     currency, month, cost AS amount FROM used UNION ALL \
                     SELECT project, account, day, service, region, 'credit', currency, month, credit FROM used \
                     WHERE credit != 0) \
                     SELECT project, account, day, service, region, category, currency, \
                     CAST(SUM(amount) AS STRING), CAST(NULL AS STRING), month \
                     FROM charges GROUP BY 1, 2, 3, 4, 5, 6, 7, 10 ORDER BY 1, 3, 4, 5, 6, 7, 10"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_has_three_names_that_cannot_end_a_query() {
        let parsed = |text: &str| {
            Table::parse(text).map(|table| (table.project, table.dataset, table.table))
        };
        let names = |project: &str| {
            Some((
                project.to_owned(),
                "d".to_owned(),
                "gcp_billing_export_v1_01AB".to_owned(),
            ))
        };
        assert_eq!(parsed("p.d.gcp_billing_export_v1_01AB"), names("p"));
        assert_eq!(parsed("p:d.gcp_billing_export_v1_01AB"), names("p"));
        assert_eq!(
            parsed("example.com:p.d.gcp_billing_export_v1_01AB"),
            names("example.com:p")
        );
        for wrong in [
            "",
            "t",
            "d.t",
            "p.d.",
            "p.d.t` UNION SELECT 1 --",
            "p.d.`t",
            "p.d.t\\",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn columns_tell_the_sort_of_table() {
        let fields = |names: &[&str]| {
            let fields: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
            json!({"schema": {"fields": fields}, "timePartitioning": {"type": "DAY"}})
        };
        let export = fields(&["usage_start_time", "cost", "credits", "project"]);
        let by_arrival = Columns::of(&export);
        assert_eq!(by_arrival, Some(Columns::Export { by_arrival: true }));
        let focus = fields(&["BilledCost", "ChargePeriodStart", "SubAccountId"]);
        assert_eq!(Columns::of(&focus), Some(Columns::Focus));
        assert_eq!(Columns::of(&fields(&["x"])), None);
        assert_eq!(Columns::of(&json!({})), None);
        let table = Table::parse("p.d.t").unwrap();
        for columns in [Columns::Focus, Columns::Export { by_arrival: false }] {
            let query = columns.query(&table);
            assert!(
                query.contains("`p.d.t`") && !query.contains("_PARTITIONTIME"),
                "{query}"
            );
        }
    }
}
