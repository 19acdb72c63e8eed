//! What is built into the program: the rules, the retired ids, the smallest valid resource of each kind.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
