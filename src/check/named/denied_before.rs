//! Whether what a security rule allows is denied by a rule before it.
//!
//! Azure goes through the rules of a network security group by priority, and stops at the first that the traffic matches
//! (<https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules>).

use std::borrow::Cow;
use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;

use ipnet::IpNet;

use super::support::security_rules::{INTERNET, Rule, Said, beside, is_any, say_open};
use crate::check::verdict::compare::{Lit, port_range};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::Truth;
use crate::expand::residual::Residual;
use crate::rules::language::Operand;

/// So many addresses and ports of two rules are compared for one rule.
const MOST_COMPARISONS: usize = 20_000;

/// `with: {ports: [22], source: Internet}`, each optional: of what the rule allows, this traffic is asked about.
/// True where all of it is denied for certain, unknown where it may be by a rule that somebody has written.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let (truth, why) = look(e, s, args);
    if truth == Truth::Unknown {
        say_open(e, s, "whether a rule before it denies the traffic", why);
    }
    truth
}

/// Whether the traffic is denied, and what decides that if it is not known.
fn look<'a>(e: &Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> (Truth, Option<&'a Rc<Residual>>) {
    let arg = |name: &str| args.iter().find(|(n, _)| n == name).map(|(_, o)| e.operand(o, s));
    let (ports, source) = (arg("ports"), arg("source"));
    let ports = ports.as_ref().map(|ports| ports.items().iter().filter_map(|p| p.text()?.parse().ok()).collect());
    let from_internet = source.as_ref().and_then(Lit::text).is_some_and(|s| s.eq_ignore_ascii_case(INTERNET));
    let asked = Asked { ports, from_internet };
    let allow = Rule { e, item: s.base, doubt: None };
    let others = beside(e, s).into_iter();
    let earlier = others.map(|deny| (deny.is_there().and(deny.denies_inbound()).and(deny.is_before(&allow)), deny));
    let denies: Vec<_> = earlier.filter(|(truth, _)| *truth != Truth::False).collect();
    let truth = is_closed(&allow, &denies, &asked);
    (truth, denies.iter().map(|(_, deny)| deny).chain([&allow]).find_map(Rule::undecided))
}

/// The traffic that is asked about.
struct Asked {
    ports: Option<Vec<u16>>,
    from_internet: bool,
}

/// Whether rules that come before another, each as far as that is known, deny all traffic of it that is asked about.
fn is_closed<'a>(allow: &Rule<'_, 'a>, denies: &[(Truth, Rule<'_, 'a>)], asked: &Asked) -> Truth {
    let left = Cell::new(MOST_COMPARISONS);
    let (source, destination, source_ports) = (allow.source(), allow.destination(), allow.source_ports());
    let of_source = |said: &Said<'_>| {
        // All of the internet is behind its tag.
        let internet = |text: &Cow<'_, str>| is_any(text) || text.eq_ignore_ascii_case(INTERNET);
        let of_internet = asked.from_internet && said.texts.iter().any(internet);
        if of_internet { Truth::True } else { covers(said, &source, is_any, has_address, &left) }
    };
    let fits = |(fits, deny): &(Truth, Rule<'_, 'a>)| {
        let fits = fits.and(deny.has_protocol_of(allow)).and(of_source(&deny.source()));
        let fits = fits.and(covers(&deny.source_ports(), &source_ports, is_all_ports, has_ports, &left));
        let fits = fits.and(covers(&deny.destination(), &destination, is_any, has_address, &left));
        (fits != Truth::False).then(|| (fits, deny.ports()))
    };
    let fitting: Vec<(Truth, Said<'a>)> = denies.iter().filter_map(fits).collect();
    let is_denied = |ports: &Said<'_>| {
        let by = |(fits, said): &(Truth, Said<'a>)| fits.and(covers(said, ports, is_all_ports, has_ports, &left));
        fitting.iter().map(by).fold(Truth::False, Truth::or)
    };
    let own = allow.ports();
    let Some(ports) = &asked.ports else { return is_denied(&own) };
    if fitting.is_empty() {
        return Truth::False;
    }
    let is_own = |port: &str| match own.texts.iter().any(|text| has_ports(text, port)) {
        false if own.open => Truth::Unknown,
        has => (has || own.texts.is_empty()).into(),
    };
    let is_closed = |port: &u16| {
        let port = port.to_string();
        is_own(&port).not().or(is_denied(&Said { texts: vec![Cow::Owned(port)], open: false }))
    };
    ports.iter().map(is_closed).fold(Truth::True, Truth::and)
}

/// Whether one side of what is denied has all that is on that side of what is allowed.
fn covers(
    denied: &Said<'_>,
    allowed: &Said<'_>,
    is_all: fn(&str) -> bool,
    has: fn(&str, &str) -> bool,
    left: &Cell<usize>,
) -> Truth {
    // What takes too long is not denied for certain, and is taken for open.
    let comparisons = denied.texts.len().saturating_mul(allowed.texts.len().max(1));
    let Some(rest) = left.get().checked_sub(comparisons) else { return Truth::False };
    left.set(rest);
    if denied.texts.iter().any(|text| is_all(text)) {
        return Truth::True;
    }
    let perhaps = if denied.open { Truth::Unknown } else { Truth::False };
    // What names nothing is about all there is.
    if allowed.texts.is_empty() && !allowed.open {
        return perhaps;
    }
    let one = |one: &Cow<'_, str>| if denied.texts.iter().any(|text| has(text, one)) { Truth::True } else { perhaps };
    let rest = if allowed.open { Truth::Unknown } else { Truth::True };
    allowed.texts.iter().map(one).fold(rest, Truth::and)
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
    fn what_is_not_known_is_covered_by_all_and_may_cover_anything() {
        let texts = |all: &[&'static str]| all.iter().map(|t| Cow::Borrowed(*t)).collect();
        let said = |all: &[&'static str]| Said { texts: texts(all), open: false };
        let open = |all: &[&'static str]| Said { texts: texts(all), open: true };
        let covers = |denied: &Said<'_>, allowed: &Said<'_>, most: usize| {
            covers(denied, allowed, is_any, has_address, &Cell::new(most))
        };
        assert_eq!(covers(&said(&["*"]), &open(&[]), 9), Truth::True);
        assert_eq!(covers(&open(&["*"]), &said(&["10.0.0.4", "x"]), 9), Truth::True);
        assert_eq!(covers(&open(&["10.0.0.0/8"]), &said(&["10.0.0.4"]), 9), Truth::True);
        assert_eq!(covers(&open(&[]), &said(&["10.0.0.4"]), 9), Truth::Unknown);
        assert_eq!(covers(&open(&[]), &said(&[]), 9), Truth::Unknown);
        assert_eq!(covers(&said(&["10.0.0.0/8"]), &open(&["10.0.0.4"]), 9), Truth::Unknown);
        assert_eq!(covers(&said(&["10.0.0.0/8"]), &open(&["11.0.0.4"]), 9), Truth::False);
        assert_eq!(covers(&said(&[]), &said(&[]), 9), Truth::False);
        let (two, several) = (said(&["10.0.0.0/9", "10.128.0.0/9"]), said(&["10.0.0.4", "10.200.0.0/16"]));
        assert_eq!(covers(&two, &several, 4), Truth::True);
        assert_eq!(covers(&two, &several, 3), Truth::False, "what takes too long is not certain");
        assert_eq!(covers(&two, &said(&["10.0.0.4", "11.0.0.4"]), 9), Truth::False);
    }
}
