//! Functions on addresses and address blocks, named as in CEL's network extension; text is taken as well.

use std::net::IpAddr;

use ipnet::IpNet;

use super::table::{Function, Gives, Run, Takes, global, method};
use crate::lang::node::unexpected;
use crate::value::{Stop, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    global("isIP", &[Takes::Text], Gives::Bool, Run::One(is_ip)),
    global("isCIDR", &[Takes::Text], Gives::Bool, Run::One(is_cidr)),
    global("ip", &[Takes::Text], Gives::Ip, Run::One(to_ip)),
    global("cidr", &[Takes::Text], Gives::Cidr, Run::One(to_cidr)),
    method("ip", &[Takes::Cidr], Gives::Ip, Run::One(first_ip)),
    method("masked", &[Takes::Cidr], Gives::Cidr, Run::One(masked)),
    method(
        "prefixLength",
        &[Takes::Cidr],
        Gives::Int,
        Run::One(prefix_length),
    ),
    method(
        "containsIP",
        &[Takes::Cidr, Takes::Ip],
        Gives::Bool,
        Run::Two(contains_ip),
    ),
    method(
        "containsIP",
        &[Takes::Cidr, Takes::Text],
        Gives::Bool,
        Run::Two(contains_ip),
    ),
    method(
        "containsCIDR",
        &[Takes::Cidr, Takes::Cidr],
        Gives::Bool,
        Run::Two(contains_cidr),
    ),
    method(
        "containsCIDR",
        &[Takes::Cidr, Takes::Text],
        Gives::Bool,
        Run::Two(contains_cidr),
    ),
    method("family", &[Takes::Ip], Gives::Int, Run::One(family)),
    method(
        "isUnspecified",
        &[Takes::Ip],
        Gives::Bool,
        Run::One(is_unspecified),
    ),
    method(
        "isLoopback",
        &[Takes::Ip],
        Gives::Bool,
        Run::One(is_loopback),
    ),
    method(
        "isLinkLocalUnicast",
        &[Takes::Ip],
        Gives::Bool,
        Run::One(is_link_local),
    ),
    method(
        "isGlobalUnicast",
        &[Takes::Ip],
        Gives::Bool,
        Run::One(is_global_unicast),
    ),
    method("isPrivate", &[Takes::Ip], Gives::Bool, Run::One(is_private)),
];

fn ip(value: &Value) -> Result<IpAddr, Stop> {
    match value {
        Value::Ip(ip) => Ok(*ip),
        Value::Text(text) => text
            .parse()
            .map_err(|_| Stop::error(format!("`{text}` is not an address"))),
        value => Err(unexpected(value, "an address")),
    }
}

fn block(value: &Value) -> Result<IpNet, Stop> {
    match value {
        Value::Cidr(block) => Ok(*block),
        Value::Text(text) => text
            .parse()
            .map_err(|_| Stop::error(format!("`{text}` is not an address block"))),
        value => Err(unexpected(value, "an address block")),
    }
}

fn is<T: std::str::FromStr>(value: &Value) -> Result<Value, Stop> {
    match value {
        Value::Text(text) => Ok(Value::Bool(text.parse::<T>().is_ok())),
        value => Err(unexpected(value, "text")),
    }
}

fn is_ip(value: &Value) -> Result<Value, Stop> {
    is::<IpAddr>(value)
}

fn is_cidr(value: &Value) -> Result<Value, Stop> {
    is::<IpNet>(value)
}

fn to_ip(value: &Value) -> Result<Value, Stop> {
    ip(value).map(Value::Ip)
}

fn to_cidr(value: &Value) -> Result<Value, Stop> {
    block(value).map(Value::Cidr)
}

fn first_ip(value: &Value) -> Result<Value, Stop> {
    Ok(Value::Ip(block(value)?.addr()))
}

fn masked(value: &Value) -> Result<Value, Stop> {
    Ok(Value::Cidr(block(value)?.trunc()))
}

fn prefix_length(value: &Value) -> Result<Value, Stop> {
    Ok(Value::Int(i64::from(block(value)?.prefix_len())))
}

fn contains_ip(of: &Value, inner: &Value) -> Result<Value, Stop> {
    Ok(Value::Bool(block(of)?.contains(&ip(inner)?)))
}

fn contains_cidr(of: &Value, inner: &Value) -> Result<Value, Stop> {
    Ok(Value::Bool(block(of)?.contains(&block(inner)?)))
}

fn family(value: &Value) -> Result<Value, Stop> {
    Ok(Value::Int(if ip(value)?.is_ipv4() { 4 } else { 6 }))
}

fn is_unspecified(value: &Value) -> Result<Value, Stop> {
    Ok(Value::Bool(ip(value)?.is_unspecified()))
}

fn is_loopback(value: &Value) -> Result<Value, Stop> {
    Ok(Value::Bool(ip(value)?.is_loopback()))
}

fn link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

fn is_link_local(value: &Value) -> Result<Value, Stop> {
    Ok(Value::Bool(link_local(ip(value)?)))
}

/// Neither unspecified, loopback, multicast, broadcast nor link-local; private addresses are in it.
fn is_global_unicast(value: &Value) -> Result<Value, Stop> {
    let ip = ip(value)?;
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    Ok(Value::Bool(
        !ip.is_unspecified()
            && !ip.is_loopback()
            && !ip.is_multicast()
            && !broadcast
            && !link_local(ip),
    ))
}

/// 10/8, 172.16/12, 192.168/16 and fc00::/7.
fn is_private(value: &Value) -> Result<Value, Stop> {
    Ok(Value::Bool(match ip(value)? {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    }))
}
