//! Effective exposure: which packets of the public internet really arrive, and by which way.

mod admission;
mod appliance;
mod arrivals;
mod aws;
mod azure;
mod balancer;
mod behind;
mod gcp;
mod ground;
mod guarded;
mod hidden;
mod mark;
mod member;
mod order;
mod path;
mod reached;
mod routes;
mod rules;
mod tags;

pub(crate) use arrivals::Arrival;
pub(crate) use ground::Known;
pub(crate) use guarded::{Guarding, guarding, meant};
pub(crate) use reached::of_any;
pub use reached::{Packet, Reached, Told, of_balancer, of_instance, of_interface};

#[cfg(test)]
mod tests;
