//! How many public addresses the firewall rules of a database server let in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use crate::check::verdict::compare::Lit;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Trail};
use crate::check::verdict::member::At;
use crate::expand::known::truth::Truth;
use crate::expand::residual::Residual;
use crate::expand::{Data, Value};
use crate::rules::language::Operand;

/// `with: {type: …/firewallRules, most: 10}`: at most so many public addresses over all rules below the target, or in the target
/// if it is such a rule. `type` is one type or a list.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let arg = |name: &str| args.iter().find(|(n, _)| n == name).map(|(_, o)| e.operand(o, s));
    let types = arg("type").unwrap_or(Lit::Null);
    let types: Vec<_> = types.items().iter().filter_map(Lit::text).collect();
    let most = match arg("most") {
        Some(Lit::Int(n)) => u64::try_from(n).unwrap_or(0),
        _ => 10,
    };
    let (mut public, mut unknown, mut perhaps) = (0u64, Vec::new(), Vec::new());
    let mut widest: Option<(u64, usize, Trail<'a>, &'a Value)> = None;
    for (n, is_stray) in e.reached(s.node, |node| types.iter().any(|type_| node.is(type_))) {
        let (start, end) = match (bound(e, n, &START), bound(e, n, &END)) {
            (Bound::Nothing, _) | (_, Bound::Nothing) => continue,
            (Bound::Open(r, steps), _) | (_, Bound::Open(r, steps)) => {
                unknown.push((n, steps, r));
                continue;
            }
            (Bound::Given(start, _), Bound::Given(end, steps)) => (start, (end, steps)),
        };
        let (Some(first), Some(last)) = (start.as_str(), end.0.as_str()) else { continue };
        let size = match (first.trim().parse(), last.trim().parse()) {
            // The rule that lets in the services of Azure is another rule's business. What it is called does not matter.
            (Ok(IpAddr::V4(a)), Ok(IpAddr::V4(b))) if a.is_unspecified() && b.is_unspecified() => continue,
            (Ok(IpAddr::V4(a)), Ok(IpAddr::V4(b))) => public_addresses(a, b),
            (Ok(IpAddr::V6(a)), Ok(IpAddr::V6(b))) => public_networks(a, b),
            _ => continue,
        };
        if size == 0 {
            continue;
        }
        // A rule that may not be there lets in nobody for certain.
        if let Some(doubt) = e.why_not(n, is_stray) {
            // Nobody knows how many of them there are: as many as one likes.
            perhaps.push((if e.is_uncounted(n) { u64::MAX } else { size }, doubt));
            continue;
        }
        public = public.saturating_add(size);
        if widest.as_ref().is_none_or(|(w, ..)| size > *w) {
            widest = Some((size, n, end.1, end.0));
        }
    }
    if public > most {
        if let Some((_, n, steps, value)) = widest {
            let words = format!("the firewall rules let in {public} public addresses, but at most {most} are allowed");
            e.say(n, &steps, Found::Value(value), words, false);
        }
        return Truth::False;
    }
    match unknown.into_iter().next() {
        None if perhaps.iter().fold(public, |sum, (size, _)| sum.saturating_add(*size)) > most => {
            if let Some((_, doubt)) = perhaps.into_iter().max_by_key(|(size, _)| *size) {
                e.say(doubt.node, &[], doubt.found, doubt.words, true);
            }
            Truth::Unknown
        }
        Some((n, steps, r)) => {
            e.say(n, &steps, Found::Unknown(r), "an address of a firewall rule is not known before deployment", true);
            Truth::Unknown
        }
        None => Truth::True,
    }
}

/// The names of the first address, and of the last one; services spell them differently.
const START: [&str; 3] = ["startIpAddress", "startIP", "startIPv6Address"];
const END: [&str; 3] = ["endIpAddress", "endIP", "endIPv6Address"];

/// The first or last address of a rule.
enum Bound<'a> {
    Given(&'a Value, Trail<'a>),
    Nothing,
    Open(&'a Rc<Residual>, Trail<'a>),
}

fn bound<'a>(e: &Evaluator<'a>, node: usize, names: &[&'static str]) -> Bound<'a> {
    let mut found = Bound::Nothing;
    for name in names {
        match e.follow(&e.world.forest.nodes[node].body, ["properties", name]) {
            At::There(value, way) => match &value.data {
                Data::Null => {}
                Data::Residual(r) => {
                    e.touch(r);
                    return Bound::Open(r, way);
                }
                _ => return Bound::Given(value, way),
            },
            At::Open(r, way) => {
                e.touch(r);
                found = Bound::Open(r, way);
            }
            At::Nowhere(_) => {}
        }
    }
    found
}

/// The private ranges (RFC 1918), first and last address.
const PRIVATE: [(Ipv4Addr, Ipv4Addr); 3] = [
    (Ipv4Addr::new(10, 0, 0, 0), Ipv4Addr::new(10, 255, 255, 255)),
    (Ipv4Addr::new(172, 16, 0, 0), Ipv4Addr::new(172, 31, 255, 255)),
    (Ipv4Addr::new(192, 168, 0, 0), Ipv4Addr::new(192, 168, 255, 255)),
];

/// How many addresses between two, both included and in any order, are not private.
fn public_addresses(a: Ipv4Addr, b: Ipv4Addr) -> u64 {
    let size = |first: u32, last: u32| u64::from(last) + 1 - u64::from(first);
    let (first, last) = (u32::from(a.min(b)), u32::from(a.max(b)));
    let private: u64 = PRIVATE
        .iter()
        .map(|(from, to)| (u32::from(*from).max(first), u32::from(*to).min(last)))
        .filter(|(from, to)| from <= to)
        .map(|(from, to)| size(from, to))
        .sum();
    size(first, last) - private
}

/// How many addresses between two of IPv6 count. A site has a network of 64 bits at least, within which its machines change their
/// addresses as they like: each such network counts as one. Unique local addresses (`fc00::/7`) are not public.
fn public_networks(a: Ipv6Addr, b: Ipv6Addr) -> u64 {
    const LOCAL: (u128, u128) = (0xfc00 << 48, (0xfe00 << 48) - 1);
    let network = |address: Ipv6Addr| u128::from(address) >> 64;
    let size = |first: u128, last: u128| (last + 1).saturating_sub(first);
    let (first, last) = (network(a.min(b)), network(a.max(b)));
    let public = size(first, last) - size(first.max(LOCAL.0), last.min(LOCAL.1));
    u64::try_from(public).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_taken_out_of_a_range() {
        let public = |a: &str, b: &str| public_addresses(a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(public("10.0.0.0", "10.255.255.255"), 0);
        assert_eq!(public("10.0.0.0", "11.0.0.4"), 5);
        assert_eq!(public("172.16.0.0", "172.31.255.255"), 0);
        assert_eq!(public("172.32.0.0", "172.32.0.9"), 10);
        assert_eq!(public("192.167.255.255", "192.169.0.0"), 2);
        assert_eq!(public("0.0.0.0", "255.255.255.255"), (1 << 32) - (1 << 24) - (1 << 20) - (1 << 16));
        assert_eq!(public("203.0.113.9", "203.0.113.0"), 10);
    }
    #[test]
    fn a_network_of_64_bits_counts_as_one_address() {
        let public = |a: &str, b: &str| public_networks(a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(public("2001:db8::1", "2001:db8::1"), 1);
        assert_eq!(public("2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"), 1);
        assert_eq!(public("2001:db8::", "2001:db8:0:9::1"), 10);
        assert_eq!(public("fd00::", "fdff:ffff::"), 0);
        assert_eq!(public("fdff:ffff:ffff:ffff::", "fe00:0:0:1::"), 2);
        assert_eq!(public("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), u64::MAX - (1 << 57) + 1);
    }
}
