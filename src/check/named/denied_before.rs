//! Whether what a security rule allows is denied by a rule before it.
//!
//! Azure goes through the rules of a network security group by priority, and stops at the first that the traffic matches
//! (<https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules>).

use std::borrow::Cow;
use std::cell::Cell;
use std::net::IpAddr;

use ipnet::IpNet;

use super::support::security_rules::{INTERNET, Rule, Said, beside, is_any};
use crate::check::verdict::compare::{Lit, port_range};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::Truth;
use crate::rules::language::Operand;

/// So many addresses and ports of two rules are compared for one rule.
const MOST_COMPARISONS: usize = 20_000;

/// `with: {ports: [22], source: Internet}`, each optional: of what the rule allows, this traffic is asked about.
/// True where all of it is denied for certain; what is not certain is open.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let e = &*e;
    let arg = |name: &str| args.iter().find(|(n, _)| n == name).map(|(_, o)| e.operand(o, s));
    let (ports, source) = (arg("ports"), arg("source"));
    let ports = ports.as_ref().map(|ports| ports.items().iter().filter_map(|p| p.text()?.parse().ok()).collect());
    let from_internet = source.as_ref().and_then(Lit::text).is_some_and(|s| s.eq_ignore_ascii_case(INTERNET));
    let asked = Asked { ports, from_internet };
    let allow = Rule { e, item: s.base };
    let Some(own) = allow.priority() else { return Truth::False };
    let earlier = |rule: &Rule<'_, 'a>| rule.denies_inbound() && rule.priority().is_some_and(|p| p < own);
    let denies: Vec<_> = beside(e, s).into_iter().filter(earlier).collect();
    is_closed(&allow, &denies, &asked).into()
}

/// The traffic that is asked about.
struct Asked {
    ports: Option<Vec<u16>>,
    from_internet: bool,
}

/// Whether rules that come before another deny all traffic of it that is asked about.
fn is_closed<'a>(allow: &Rule<'_, 'a>, denies: &[Rule<'_, 'a>], asked: &Asked) -> bool {
    let left = Cell::new(MOST_COMPARISONS);
    let (source, destination, source_ports) = (allow.source(), allow.destination(), allow.source_ports());
    let fits = |deny: &&Rule<'_, 'a>| {
        let protocol = deny.text("protocol").unwrap_or_default();
        let own = allow.text("protocol");
        let of_protocol = protocol == "*" || own.is_some_and(|own| own.eq_ignore_ascii_case(protocol));
        let said = deny.source();
        // All of the internet is behind its tag.
        let internet = |text: &Cow<'_, str>| is_any(text) || text.eq_ignore_ascii_case(INTERNET);
        let of_internet = asked.from_internet && said.texts().iter().any(internet);
        of_protocol
            && (of_internet || covers(&said, &source, is_any, has_address, &left))
            && covers(&deny.source_ports(), &source_ports, is_all_ports, has_ports, &left)
            && covers(&deny.destination(), &destination, is_any, has_address, &left)
    };
    let fitting: Vec<Said<'a>> = denies.iter().filter(fits).map(Rule::ports).collect();
    let own = allow.ports();
    match &asked.ports {
        None => fitting.iter().any(|deny| covers(deny, &own, is_all_ports, has_ports, &left)),
        Some(ports) => {
            let own = own.texts();
            let is_own = |port: &&u16| own.is_empty() || own.iter().any(|text| has_ports(text, &port.to_string()));
            let is_denied = |port: &u16| {
                let port = Said::Texts(vec![Cow::Owned(port.to_string())]);
                fitting.iter().any(|deny| covers(deny, &port, is_all_ports, has_ports, &left))
            };
            !fitting.is_empty() && ports.iter().filter(is_own).all(is_denied)
        }
    }
}

/// Whether one side of what is denied has, for certain, all that is on that side of what is allowed.
fn covers(
    denied: &Said<'_>,
    allowed: &Said<'_>,
    is_all: fn(&str) -> bool,
    has: fn(&str, &str) -> bool,
    left: &Cell<usize>,
) -> bool {
    let (denied, allowed) = (denied.texts(), allowed.texts());
    let Some(rest) = left.get().checked_sub(denied.len().saturating_mul(allowed.len().max(1))) else { return false };
    left.set(rest);
    let is_denied = |one: &Cow<'_, str>| denied.iter().any(|text| has(text, one));
    denied.iter().any(|text| is_all(text)) || !allowed.is_empty() && allowed.iter().all(is_denied)
}

/// Whether a prefix or tag has all addresses of another. What the addresses of a tag are, Azure decides.
fn has_address(one: &str, other: &str) -> bool {
    let network = |text: &str| text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    match (network(one), network(other)) {
        (Some(one), Some(other)) => one.contains(&other),
        _ => one.eq_ignore_ascii_case(other),
    }
}

fn is_all_ports(text: &str) -> bool {
    port_range(text) == Some((0, u16::MAX))
}

fn has_ports(one: &str, other: &str) -> bool {
    match (port_range(one), port_range(other)) {
        (Some(one), Some(other)) => one.0 <= other.0 && other.1 <= one.1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_has_the_addresses_in_it() {
        for (one, other, has) in [
            ("0.0.0.0/0", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "0.0.0.0/0", false),
            ("0.0.0.0/0", "::/0", false),
            ("Internet", "internet", true),
            // Private addresses are in one of them.
            ("Internet", "0.0.0.0/0", false),
            ("0.0.0.0/0", "Internet", false),
        ] {
            assert_eq!(has_address(one, other), has, "{one} {other}");
        }
        assert!(has_ports("20-25", "22") && !has_ports("22", "20-25") && !has_ports("22", "ssh"));
    }

    #[test]
    fn what_is_not_known_covers_nothing_and_is_covered_by_all() {
        let texts = |all: &[&'static str]| Said::Texts(all.iter().map(|t| Cow::Borrowed(*t)).collect());
        let covers = |denied: &Said<'_>, allowed: &Said<'_>, most: usize| {
            covers(denied, allowed, is_any, has_address, &Cell::new(most))
        };
        assert!(covers(&texts(&["*"]), &Said::Open, 9) && covers(&texts(&["*"]), &texts(&["10.0.0.4", "x"]), 9));
        assert!(!covers(&Said::Open, &texts(&["10.0.0.4"]), 9) && !covers(&texts(&[]), &texts(&[]), 9));
        let (two, several) = (texts(&["10.0.0.0/9", "10.128.0.0/9"]), texts(&["10.0.0.4", "10.200.0.0/16"]));
        assert!(covers(&two, &several, 4));
        assert!(!covers(&two, &several, 3), "what takes too long is not certain");
        assert!(!covers(&two, &texts(&["10.0.0.4", "11.0.0.4"]), 9));
    }
}
