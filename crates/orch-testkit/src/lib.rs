//! Tools for the tests of the other crates; nothing here is part of the product.

pub mod builder;
pub mod cli;
pub mod conformance;
pub mod fake_provider;
pub mod fuzz;
pub mod harness;
pub mod loopback;
pub mod multiply;
pub mod mutate;
pub mod replay;
pub mod tls;
