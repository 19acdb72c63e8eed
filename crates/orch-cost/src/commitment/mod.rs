//! Commitments (reservations, savings plans, committed use): what they cover, how far they are used, and what another
//! one would bring.
//!
//! All of it is by the hour, because a commitment is: what is not used in an hour is lost, and an average of a day hides
//! that. Rows that are not of one hour are counted and said, never spread over hours.

mod advice;
mod coverage;
mod offer;
mod paid;
mod pending;
mod scope;
mod simulate;
mod usage;

pub use advice::{Advice, LEAST_DAYS, LeftOut, Pool, Refused, Suggestions, advise};
pub use coverage::{
    Coverage, Covered, HourOfAll, OfProvider, Report, Unknown, Utilisation, Window, report,
};
pub use offer::{KINDS, Offer, OfferKind, Rate};
pub use paid::{Paid, PaidByMachine};
pub use pending::{ORDER, Open, Pending};
#[cfg(feature = "billing-files")]
pub(crate) use scope::may_be_covered;
pub use scope::{Group, Scope};
pub use simulate::{Plan, Point, Terms, plan};
pub use usage::{CommitmentKey, Held, Hour, Place, Role, Usage, Use};

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod property_tests;
