//! Exact sets of addresses and ports: what a firewall really lets through.

mod addresses;
mod intervals;
mod openings;
mod packets;
mod protocols;
mod public;

pub use addresses::Addresses;
pub use intervals::{Intervals, Point};
pub use openings::{Allow, Entry, Opening, Openings, Protocol, Run, Runs, Share, Source};
pub use packets::{Line, Packets, Stretch, TCP, UDP};
pub use protocols::Protocols;
pub use public::{meets_internet, public_ipv4, public_ipv6, share_ipv4, share_ipv6};
