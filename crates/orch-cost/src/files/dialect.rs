//! Which format a billing file has, and what its columns are called there.

use orch_model::{ChargeCategory, Currency, Text};
use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::row::{Cost, Fault, Row, Word, day};
use super::uses;
use crate::charge::{Key, Part, Sums};
use crate::commitment::Use;

/// A format of billing rows.
#[derive(Debug)]
pub(super) struct Dialect {
    /// The name in reports.
    pub(super) name: &'static str,
    /// Columns that tell this format from the others, in the form of [`plain`].
    signs: &'static [&'static str],
    /// The columns of text, in the form of [`plain`]; the first one that a file has is read.
    words: &'static [(Word, &'static [&'static str])],
    /// The columns of amounts.
    costs: &'static [(Cost, &'static [&'static str])],
    /// The provider, where no column names it.
    provider: &'static str,
    /// How a row is charged.
    pub(super) charge: fn(&Self, &Row) -> Result<Charged, Fault>,
    /// What a row says of commitments: nothing, one thing, or a covered part and one on demand.
    pub(super) uses: fn(&Row) -> [Option<Use>; 2],
}

/// What a row is charged for and how much.
#[derive(Debug)]
pub(super) struct Charged {
    category: ChargeCategory,
    part: Part,
    pub(super) billed: Option<Decimal>,
    pub(super) effective: Option<Decimal>,
    list: Option<Decimal>,
    /// What another format would say in a row of its own.
    also: Option<Also>,
}

/// A second charge of one row.
#[derive(Debug)]
pub(super) struct Also {
    category: ChargeCategory,
    part: Part,
    billed: Decimal,
    effective: Decimal,
}

/// A name without case and signs: `lineItem/UnblendedCost` and `line_item_unblended_cost` are the same column.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

const FOCUS: Dialect = Dialect {
    name: "FOCUS",
    signs: &["billedcost", "chargeperiodstart", "billingcurrency"],
    words: &[
        (Word::Provider, &["providername", "serviceprovidername"]),
        (Word::BillingAccount, &["billingaccountid"]),
        (Word::Account, &["subaccountid"]),
        (Word::Day, &["chargeperiodstart"]),
        (Word::Category, &["chargecategory"]),
        (Word::Class, &["chargeclass"]),
        (Word::Service, &["servicename"]),
        (Word::Region, &["regionid"]),
        (Word::Commitment, &["commitmentdiscountid"]),
        (Word::CommitmentStatus, &["commitmentdiscountstatus"]),
        (Word::Currency, &["billingcurrency"]),
        (Word::Resource, &["resourceid"]),
        (Word::Tags, &["tags"]),
        (Word::Start, &["chargeperiodstart"]),
        (Word::End, &["chargeperiodend"]),
        // AWS called it x_UsageType in its export of FOCUS 1.0 and SkuMeter in that of 1.2.
        (Word::Meter, &["xusagetype", "skumeter"]),
        (Word::Description, &["chargedescription"]),
        (Word::PricingCategory, &["pricingcategory"]),
        (Word::CommitmentKind, &["commitmentdiscounttype"]),
    ],
    costs: &[
        (Cost::Billed, &["billedcost"]),
        (Cost::Effective, &["effectivecost"]),
        (Cost::List, &["listcost"]),
    ],
    provider: "",
    charge: focus,
    uses: uses::focus,
};

const CUR: Dialect = Dialect {
    name: "AWS CUR",
    signs: &["lineitemunblendedcost", "lineitemusagestartdate"],
    words: &[
        (Word::BillingAccount, &["billpayeraccountid"]),
        (Word::Account, &["lineitemusageaccountid"]),
        (Word::Day, &["lineitemusagestartdate"]),
        (Word::Category, &["lineitemlineitemtype"]),
        (Word::Class, &["billbilltype"]),
        (
            Word::Service,
            &["lineitemproductcode", "productservicecode"],
        ),
        (Word::Region, &["productregioncode", "productregion"]),
        (Word::Commitment, &["reservationreservationarn"]),
        (Word::Currency, &["lineitemcurrencycode"]),
        (Word::Resource, &["lineitemresourceid"]),
        (Word::Tags, &["resourcetags"]),
        (Word::Start, &["lineitemusagestartdate"]),
        (Word::End, &["lineitemusageenddate"]),
        (Word::Meter, &["lineitemusagetype"]),
        (Word::Description, &["lineitemlineitemdescription"]),
        (Word::CommitmentKind, &["savingsplanofferingtype"]),
        (Word::Plan, &["savingsplansavingsplanarn"]),
    ],
    costs: &[
        (Cost::Billed, &["lineitemunblendedcost"]),
        (Cost::List, &["pricingpublicondemandcost"]),
        (Cost::ReservationEffective, &["reservationeffectivecost"]),
        (
            Cost::ReservationUnusedUpfront,
            &["reservationunusedamortizedupfrontfeeforbillingperiod"],
        ),
        (
            Cost::ReservationUnusedFee,
            &["reservationunusedrecurringfee"],
        ),
        (
            Cost::PlanEffective,
            &["savingsplansavingsplaneffectivecost"],
        ),
        (Cost::PlanCommitment, &["savingsplantotalcommitmenttodate"]),
        (Cost::PlanUsed, &["savingsplanusedcommitment"]),
    ],
    provider: "AWS",
    charge: cur,
    uses: uses::cur,
};

/// Actual and amortised exports have the same columns: which of them a file is, its rows tell (see
/// [`super::Amortised`]).
const AZURE: Dialect = Dialect {
    name: "Azure cost export",
    signs: &["chargetype", "metercategory"],
    words: &[
        (Word::BillingAccount, &["billingaccountid"]),
        (Word::Account, &["subscriptionid", "subscriptionguid"]),
        (Word::Day, &["date", "usagedatetime"]),
        (Word::Category, &["chargetype"]),
        (Word::Class, &["pricingmodel"]),
        (Word::Service, &["metercategory"]),
        (Word::Region, &["resourcelocation"]),
        (Word::Commitment, &["reservationid", "benefitid"]),
        (
            Word::Currency,
            &["billingcurrency", "billingcurrencycode", "currency"],
        ),
        (Word::Resource, &["resourceid", "instanceid"]),
        (Word::Tags, &["tags"]),
        (Word::PeriodEnd, &["billingperiodenddate"]),
        (Word::Description, &["metername"]),
        (Word::CommitmentKind, &["pricingmodel"]),
    ],
    costs: &[(
        Cost::Billed,
        &["costinbillingcurrency", "cost", "pretaxcost"],
    )],
    provider: "Microsoft",
    charge: azure,
    uses: uses::azure,
};

const GCP: Dialect = Dialect {
    name: "Google Cloud billing export",
    signs: &["servicedescription", "usagestarttime", "costtype"],
    words: &[
        (Word::BillingAccount, &["billingaccountid"]),
        (Word::Account, &["projectid"]),
        (Word::Day, &["usagestarttime"]),
        (Word::Category, &["costtype"]),
        (Word::Service, &["servicedescription"]),
        (Word::Region, &["locationregion"]),
        (Word::Currency, &["currency"]),
        (Word::Resource, &["resourceglobalname", "resourcename"]),
        (Word::Tags, &["labels"]),
        (Word::Start, &["usagestarttime"]),
        (Word::End, &["usageendtime"]),
        (Word::Description, &["skudescription"]),
    ],
    costs: &[
        (Cost::Billed, &["cost"]),
        (Cost::List, &["costatlist"]),
        (Cost::Promotion, &["creditspromotion"]),
        (Cost::Discount, &["creditsdiscount"]),
        (Cost::CommitmentDiscount, &["creditscommitment"]),
    ],
    provider: "Google Cloud",
    charge: gcp,
    uses: uses::gcp,
};

const ALL: [&Dialect; 4] = [&FOCUS, &CUR, &AZURE, &GCP];

impl Dialect {
    /// The format whose signs are all among these columns.
    pub(super) fn of(columns: &[String]) -> Option<&'static Self> {
        let columns: Vec<String> = columns.iter().map(|column| plain(column)).collect();
        ALL.into_iter().find(|dialect| {
            dialect
                .signs
                .iter()
                .all(|sign| columns.iter().any(|column| column == sign))
        })
    }

    /// The name of every format, for messages.
    pub(super) fn names() -> String {
        ALL.map(|dialect| dialect.name).join(", ")
    }

    /// Whether this is an export whose amounts may be amortised ones.
    pub(super) fn may_be_amortised(&self) -> bool {
        self.name == AZURE.name
    }

    /// A region as the provider's APIs write it: exports of Azure have `EastUS` and `East US` for `eastus`.
    fn region(&self, told: &Text) -> Text {
        let is_azure = self.has_slashes();
        let is_plain = told
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        match is_azure && !is_plain {
            true => plain(told).into(),
            false => told.clone(),
        }
    }

    /// Whether the words of a meter say what a row is charged for.
    pub(super) fn charges_by_description(&self) -> bool {
        self.name == GCP.name
    }

    /// Whether days are written with slashes, the month first.
    pub(super) fn has_slashes(&self) -> bool {
        self.name == AZURE.name
    }

    /// What a word is called, in the form of [`plain`].
    pub(super) fn word_names(&self, word: Word) -> &'static [&'static str] {
        names(self.words, word)
    }

    /// What an amount is called, in the form of [`plain`].
    pub(super) fn cost_names(&self, cost: Cost) -> &'static [&'static str] {
        names(self.costs, cost)
    }

    /// Where in these columns the text of a word stands.
    pub(super) fn word_at(&self, word: Word, columns: &[String]) -> Option<usize> {
        at(self.word_names(word), columns)
    }

    /// Where in these columns an amount stands.
    pub(super) fn cost_at(&self, cost: Cost, columns: &[String]) -> Option<usize> {
        at(self.cost_names(cost), columns)
    }

    /// A row as charges: one, or two where one row says what another format says in two.
    pub(super) fn charges(
        &'static self,
        row: &Row,
        tags: Vec<Option<Text>>,
        tagged: Option<bool>,
    ) -> Result<[Option<(Key, Sums)>; 2], Fault> {
        let charged = (self.charge)(self, row)?;
        let billing_account = row.word(Word::BillingAccount).cloned().unwrap_or_default();
        let key = Key {
            currency: Currency(
                row.word(Word::Currency)
                    .map(|code| Text::from(code.to_ascii_uppercase()))
                    .ok_or_else(|| Fault::empty("the currency"))?,
            ),
            day: row
                .word(Word::Day)
                .ok_or_else(|| Fault::empty("the day"))
                .and_then(|text| {
                    let what = match self.has_slashes() {
                        true => "a date such as 2026-11-30 or, with the month first, 11/30/2026",
                        false => "a date such as 2026-11-30",
                    };
                    day(text, self.has_slashes()).ok_or_else(|| Fault::not("the day", what))
                })?,
            provider: match row.word(Word::Provider) {
                Some(provider) => provider.clone(),
                None => SmolStr::new_static(self.provider),
            },
            account: row
                .word(Word::Account)
                .cloned()
                .unwrap_or_else(|| billing_account.clone()),
            billing_account,
            service: row.word(Word::Service).cloned().unwrap_or_default(),
            region: row.word(Word::Region).map(|region| self.region(region)),
            category: charged.category,
            part: charged.part,
            tagged,
            resource: row.word(Word::Resource).cloned(),
            tags,
        };
        let sums = Sums {
            billed: charged.billed,
            effective: charged.effective,
            list: charged.list,
            rows: row.rows,
            estimated: false,
        };
        let also = charged.also.map(|also| {
            let key = Key {
                category: also.category,
                part: also.part,
                ..key.clone()
            };
            let sums = Sums {
                billed: Some(also.billed),
                effective: Some(also.effective),
                ..Sums::default()
            };
            (key, sums)
        });
        Ok([Some((key, sums)), also])
    }
}

fn names<Role: PartialEq>(
    named: &'static [(Role, &'static [&'static str])],
    role: Role,
) -> &'static [&'static str] {
    named
        .iter()
        .find(|(named, _)| *named == role)
        .map_or(&[], |(_, names)| names)
}

fn at(names: &[&str], columns: &[String]) -> Option<usize> {
    names
        .iter()
        .find_map(|name| columns.iter().position(|column| plain(column) == *name))
}

fn billed(row: &Row, column: &str) -> Result<Decimal, Fault> {
    row.cost(Cost::Billed).ok_or_else(|| Fault::empty(column))
}

fn service(row: &Row) -> &str {
    row.word(Word::Service).map_or("", |service| service)
}

/// A row of FOCUS 1.0 to 1.2.
fn focus(_: &Dialect, row: &Row) -> Result<Charged, Fault> {
    let word = |word| row.word(word).map_or("", |text| text.as_str());
    let category = match word(Word::Category).to_ascii_lowercase().as_str() {
        "usage" => ChargeCategory::Usage,
        "purchase" => ChargeCategory::Purchase,
        "tax" => ChargeCategory::Tax,
        "credit" => ChargeCategory::Credit,
        "adjustment" => ChargeCategory::Adjustment,
        "" => return Err(Fault::empty("ChargeCategory")),
        _ => return Err(Fault::not("ChargeCategory", "one of FOCUS")),
    };
    let part = match category {
        _ if word(Word::Class).eq_ignore_ascii_case("correction") => Part::Refund,
        ChargeCategory::Purchase if row.word(Word::Commitment).is_some() => Part::Commitment,
        ChargeCategory::Usage if word(Word::CommitmentStatus).eq_ignore_ascii_case("unused") => {
            Part::UnusedCommitment
        }
        _ => Part::of(category, service(row)),
    };
    Ok(Charged {
        category,
        part,
        billed: Some(billed(row, "BilledCost")?),
        effective: row.cost(Cost::Effective),
        list: row.cost(Cost::List),
        also: None,
    })
}

/// A row of the Cost and Usage Report, old or 2.0. The amortised cost by type of line is the one of AWS's
/// Cost and Usage Report documentation, "Understanding your amortized reservation data" and "Understanding
/// your savings plans": what a commitment pays for usage counts with the usage, what it leaves unused counts
/// with its fee, and a payment in advance counts nowhere else.
fn cur(_: &Dialect, row: &Row) -> Result<Charged, Fault> {
    let unblended = billed(row, "line_item_unblended_cost")?;
    let cost = |cost| row.cost(cost).unwrap_or_default();
    let kind = row
        .word(Word::Category)
        .ok_or_else(|| Fault::empty("line_item_line_item_type"))?;
    let refund = row
        .word(Word::Class)
        .is_some_and(|class| class.eq_ignore_ascii_case("refund"));
    let (category, part, effective) = match kind.as_str() {
        "DiscountedUsage" => (
            ChargeCategory::Usage,
            Part::Usage,
            cost(Cost::ReservationEffective),
        ),
        "SavingsPlanCoveredUsage" => (
            ChargeCategory::Usage,
            Part::Usage,
            cost(Cost::PlanEffective),
        ),
        // What it takes back of the invoice is what the covered usage put there.
        "SavingsPlanNegation" => (ChargeCategory::Usage, Part::Usage, Decimal::ZERO),
        "RIFee" | "SavingsPlanRecurringFee" | "SavingsPlanUpfrontFee" => {
            (ChargeCategory::Purchase, Part::Commitment, Decimal::ZERO)
        }
        "Fee" if row.word(Word::Commitment).is_some() => {
            (ChargeCategory::Purchase, Part::Commitment, Decimal::ZERO)
        }
        "Fee" => {
            let part = Part::of(ChargeCategory::Purchase, service(row));
            (ChargeCategory::Purchase, part, unblended)
        }
        "Tax" => (ChargeCategory::Tax, Part::Tax, unblended),
        "Credit" => (ChargeCategory::Credit, Part::Credit, unblended),
        "Refund" => (ChargeCategory::Adjustment, Part::Refund, unblended),
        // Discounts of an agreement come as lines of their own beside the usage whose price they lower.
        "Usage"
        | "BundledDiscount"
        | "EdpDiscount"
        | "PrivateRateDiscount"
        | "Discount"
        | "SppDiscount"
        | "RiVolumeDiscount" => {
            let part = Part::of(ChargeCategory::Usage, service(row));
            (ChargeCategory::Usage, part, unblended)
        }
        _ => {
            return Err(Fault::not(
                "line_item_line_item_type",
                "a type that AWS documents",
            ));
        }
    };
    // The row of a fee also says what of its commitment was not used.
    let unused = match kind.as_str() {
        "RIFee" => cost(Cost::ReservationUnusedUpfront) + cost(Cost::ReservationUnusedFee),
        "SavingsPlanRecurringFee" => cost(Cost::PlanCommitment) - cost(Cost::PlanUsed),
        _ => Decimal::ZERO,
    };
    Ok(Charged {
        category,
        part: if refund { Part::Refund } else { part },
        billed: Some(unblended),
        effective: Some(effective),
        list: row.cost(Cost::List),
        also: (!unused.is_zero()).then_some(Also {
            category: ChargeCategory::Usage,
            part: Part::UnusedCommitment,
            billed: Decimal::ZERO,
            effective: unused,
        }),
    })
}

/// A row of an actual or amortised cost export of Azure.
fn azure(_: &Dialect, row: &Row) -> Result<Charged, Fault> {
    let cost = billed(row, "the cost")?;
    let kind = row
        .word(Word::Category)
        .ok_or_else(|| Fault::empty("ChargeType"))?
        .to_ascii_lowercase();
    let (category, part) = match kind.as_str() {
        "usage" => {
            let part = Part::of(ChargeCategory::Usage, service(row));
            (ChargeCategory::Usage, part)
        }
        "unusedreservation" | "unusedsavingsplan" => {
            (ChargeCategory::Usage, Part::UnusedCommitment)
        }
        "purchase" if is_commitment(row) => (ChargeCategory::Purchase, Part::Commitment),
        "purchase" => {
            let part = Part::of(ChargeCategory::Purchase, service(row));
            (ChargeCategory::Purchase, part)
        }
        "tax" => (ChargeCategory::Tax, Part::Tax),
        "credit" => (ChargeCategory::Credit, Part::Credit),
        "refund" | "roundingadjustment" | "adjustment" => {
            (ChargeCategory::Adjustment, Part::Refund)
        }
        _ => return Err(Fault::not("ChargeType", "a type that Azure documents")),
    };
    Ok(Charged {
        category,
        part,
        billed: Some(cost),
        effective: None,
        list: None,
        also: None,
    })
}

/// Whether a row of Azure is about a reservation or a savings plan.
pub(super) fn is_commitment(row: &Row) -> bool {
    row.word(Word::Commitment).is_some()
        || row.word(Word::Class).is_some_and(|model| {
            ["reservation", "savingsplan"].contains(&model.to_ascii_lowercase().as_str())
        })
}

/// A row of the billing export of Google Cloud, standard or detailed. Promotions pay a bill that would be
/// there without them; all other credits (committed and sustained use, free tier, contract) are the price.
fn gcp(_: &Dialect, row: &Row) -> Result<Charged, Fault> {
    let cost = billed(row, "cost")? + row.cost(Cost::Discount).unwrap_or_default();
    let kind = row.word(Word::Category).map_or("regular", |kind| kind);
    let (category, part) = match kind {
        // What a commitment costs is a SKU of its own: "Commitment v1: Cpu in Belgium for 1 Year".
        "regular"
            if row
                .word(Word::Description)
                .is_some_and(|sku| sku.starts_with("Commitment")) =>
        {
            (ChargeCategory::Purchase, Part::Commitment)
        }
        "regular" => {
            let part = Part::of(ChargeCategory::Usage, service(row));
            (ChargeCategory::Usage, part)
        }
        "tax" => (ChargeCategory::Tax, Part::Tax),
        "adjustment" | "rounding_error" => (ChargeCategory::Adjustment, Part::Refund),
        _ => return Err(Fault::not("cost_type", "one that Google Cloud documents")),
    };
    Ok(Charged {
        category,
        part,
        billed: Some(cost),
        effective: Some(cost),
        list: row.cost(Cost::List),
        also: row
            .cost(Cost::Promotion)
            .filter(|promotion| !promotion.is_zero())
            .map(|promotion| Also {
                category: ChargeCategory::Credit,
                part: Part::Credit,
                billed: promotion,
                effective: promotion,
            }),
    })
}
