//! compute.capacity-reservation: room that is kept free for instances.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Time};

/// Room for instances of one type that the provider keeps free for the customer and bills like instances (AWS:
/// On-Demand Capacity Reservation).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputeCapacityReservation {
    /// What it is doing, as the provider words it: `active`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub state: Field<Text>,
    /// The type of instances it has room for: `m5.large`.
    pub instance_type: Text,
    /// `linux`, or the system with its licence as the provider words it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub platform: Field<Text>,
    /// `default`, `dedicated`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub tenancy: Field<Text>,
    /// Its zone.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub zone: Field<Text>,
    /// For how many instances it has room.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub total: Field<i64>,
    /// For how many of them no instance runs.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub available: Field<i64>,
    /// When it ends by itself; none when it stays until somebody cancels it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub ends: Field<Time>,
    /// Until when it can be neither cancelled nor made smaller; none when that is possible at any time.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub committed_until: Field<Time>,
    /// Whether it was paid as a whole in advance, so that cancelling it saves nothing (AWS: Capacity Block).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub paid_in_advance: Field<bool>,
    /// Another account that pays for what is not used; none when its owner pays.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub unused_billed_to: Field<Text>,
}
