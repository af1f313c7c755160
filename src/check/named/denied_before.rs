//! Whether what a security rule allows is denied by a rule before it.
//!
//! Azure goes through the rules of a network security group by priority, and stops at the first that the traffic matches
//! (<https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules>).

use std::borrow::Cow;
use std::cell::Cell;
use std::net::IpAddr;

use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::support::security_rules::{INTERNET, is_any, number, says_something};
use crate::check::verdict::compare::{Lit, port_range};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::check::verdict::member::At;
use crate::expand::known::identity::canonical;
use crate::expand::known::{self, Truth};
use crate::expand::{Data, Value};
use crate::rules::language::Operand;

const RULES: &str = "Microsoft.Network/networkSecurityGroups/securityRules";

/// So many rules of a group are held against one another, each against all; few groups have a tenth of that. Of a larger one
/// nothing is certain, and its rules are taken for open.
const MOST_RULES: usize = 300;

/// So many resources are looked through for rules whose group is declared elsewhere.
const MOST_NODES: usize = 300;

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
    allow.is_closed(&denies, &asked).into()
}

/// The traffic that is asked about.
struct Asked {
    ports: Option<Vec<u16>>,
    from_internet: bool,
}

/// The other rules of a rule's group, as far as they are there for certain wherever this one is.
pub(super) fn beside<'e, 'a>(e: &'e Evaluator<'a>, s: Scope<'a>) -> Vec<Rule<'e, 'a>> {
    let (nodes, own) = (&e.world.forest.nodes, &e.world.forest.nodes[s.node]);
    if let Some(group) = if s.item { Some(s.node) } else { own.parent } {
        return in_group(e, group, s.node);
    }
    let Some(above) = group_of(&own.id).filter(|_| nodes.len() <= MOST_NODES) else { return Vec::new() };
    let rules: Vec<usize> = (0..nodes.len()).filter(|n| nodes[*n].is(RULES)).collect();
    let is_beside = |n: usize| {
        let node = &nodes[n];
        let alike = node.parent.is_none() && node.declared_in == own.declared_in;
        alike && n != s.node && node.hangs_on(own).is_none() && group_of(&node.id).is_some_and(|group| group == above)
    };
    let found: Vec<usize> = rules.iter().copied().filter(|n| is_beside(*n)).collect();
    // What another resource writes again, or may, says last what the rule is.
    if found.len() > MOST_RULES || rules.iter().any(|n| nodes[*n].short_name.is_residual()) {
        return Vec::new();
    }
    let mut ids: FxHashMap<String, usize> = FxHashMap::default();
    rules.iter().for_each(|n| *ids.entry(canonical(&nodes[*n].id)).or_default() += 1);
    let once = |n: &usize| ids.get(&canonical(&nodes[*n].id)) == Some(&1);
    found.into_iter().filter(once).map(|n| Rule { e, item: &nodes[n].body }).collect()
}

/// The rules of a group (a node), as far as they are there for certain wherever another node is, which itself is left out.
pub(super) fn in_group<'e, 'a>(e: &'e Evaluator<'a>, group: usize, own: usize) -> Vec<Rule<'e, 'a>> {
    let forest = e.world.forest;
    let nodes = &forest.nodes;
    let is_sure = |n: usize| n != own && nodes[n].hangs_on(&nodes[own]).is_none();
    let listed = match e.follow(&nodes[group].body, ["properties", "securityRules"]) {
        At::There(list, _) => match &list.data {
            Data::Array(items) => items.iter().collect(),
            // What is joined to a list takes nothing out of it.
            Data::Residual(r) => known::joined(r).map(|list| list.items).unwrap_or_default(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let below: Vec<usize> = nodes[group].children.iter().copied().filter(|n| nodes[*n].is(RULES)).collect();
    if listed.len() + below.len() > MOST_RULES {
        return Vec::new();
    }
    // A rule of its own says last what the rule of its name is, and so may one of which nobody knows the group.
    let perhaps = forest.strays_of(group).iter().copied().filter(|n| nodes[*n].is(RULES));
    let named: Vec<&Value> = below.iter().copied().chain(perhaps).map(|n| &nodes[n].short_name).collect();
    let any = named.iter().any(|name| name.is_residual());
    let mut names: FxHashMap<String, usize> = FxHashMap::default();
    named.iter().for_each(|name| *names.entry(canonical(name)).or_default() += 1);
    let stays = |item: &&Value| {
        let name = item.get("name").and_then(Value::as_str);
        names.is_empty() || !any && name.is_some_and(|name| !names.contains_key(&canonical(&Value::str(name.clone()))))
    };
    let once = |n: &usize| !any && names.get(&canonical(&nodes[*n].short_name)) == Some(&1);
    let listed = listed.into_iter().filter(|_| group == own || is_sure(group)).filter(stays);
    let below = below.iter().copied().filter(|n| is_sure(*n)).filter(once).map(|n| &nodes[n].body);
    listed.chain(below).map(|item| Rule { e, item }).collect()
}

/// The id of a rule's group, with what is not known in braces.
fn group_of(id: &Value) -> Option<String> {
    canonical(id).rsplit_once("/securityrules/").map(|(group, _)| group.to_owned())
}

/// A security rule, as a resource or as an item of its group.
pub(super) struct Rule<'e, 'a> {
    pub(super) e: &'e Evaluator<'a>,
    pub(super) item: &'a Value,
}

/// What a rule says of one side of its traffic.
enum Said<'a> {
    /// These, and nothing else.
    Texts(Vec<Cow<'a, str>>),
    /// Nobody knows, or it says that in another way.
    Open,
}

impl<'a> Said<'a> {
    fn texts(&self) -> &[Cow<'a, str>] {
        if let Said::Texts(texts) = self { texts } else { &[] }
    }
}

impl<'a> Rule<'_, 'a> {
    fn get(&self, key: &'a str) -> At<'a> {
        self.e.follow(self.item, ["properties", key])
    }

    fn text(&self, key: &'a str) -> Option<&'a str> {
        if let At::There(v, _) = self.get(key) { v.as_str().map(|s| s.as_str()) } else { None }
    }

    fn priority(&self) -> Option<f64> {
        if let At::There(v, _) = self.get("priority") { number(v) } else { None }
    }

    fn denies_inbound(&self) -> bool {
        self.says("direction", "Inbound") && self.says("access", "Deny")
    }

    /// Whether it lets in TCP from a service tag alone, at these ports alone (the first among them), for certain.
    pub(super) fn lets_in(&self, tag: &str, ports: &[&str]) -> bool {
        let (sources, own) = (self.source(), self.ports());
        let (sources, own) = (sources.texts(), own.texts());
        self.says("direction", "Inbound")
            && self.says("access", "Allow")
            && self.says("protocol", "Tcp")
            && matches!(sources, [source] if source.eq_ignore_ascii_case(tag))
            && ports.first().is_some_and(|first| own.iter().any(|port| port == first))
            && own.iter().all(|port| ports.contains(&port.as_ref()))
    }

    fn says(&self, key: &'static str, word: &str) -> bool {
        self.text(key).is_some_and(|s| s.eq_ignore_ascii_case(word))
    }

    /// One side of the traffic: a property for one text, one for several, and one for groups of machines.
    fn side(&self, one: &'a str, several: &'a str, groups: Option<&'a str>) -> Said<'a> {
        let given = |key: &'a str| match self.get(key) {
            At::There(v, _) => Ok(Some(v).filter(|v| says_something(v))),
            At::Nowhere(_) => Ok(None),
            At::Open(..) => Err(()),
        };
        if groups.is_some_and(|key| !matches!(given(key), Ok(None))) {
            return Said::Open;
        }
        let mut texts = Vec::new();
        for key in [one, several] {
            let items: &[Value] = match given(key) {
                Err(()) => return Said::Open,
                Ok(None) => continue,
                Ok(Some(v)) => v.as_array().map_or(std::slice::from_ref(v), |items| items),
            };
            for item in items {
                match &item.data {
                    Data::Str(s) => texts.push(Cow::Borrowed(s.as_str())),
                    Data::Int(i) => texts.push(Cow::Owned(i.to_string())),
                    _ => return Said::Open,
                }
            }
        }
        Said::Texts(texts)
    }

    fn source(&self) -> Said<'a> {
        self.side("sourceAddressPrefix", "sourceAddressPrefixes", Some("sourceApplicationSecurityGroups"))
    }

    fn destination(&self) -> Said<'a> {
        let groups = Some("destinationApplicationSecurityGroups");
        self.side("destinationAddressPrefix", "destinationAddressPrefixes", groups)
    }

    fn source_ports(&self) -> Said<'a> {
        self.side("sourcePortRange", "sourcePortRanges", None)
    }

    fn ports(&self) -> Said<'a> {
        self.side("destinationPortRange", "destinationPortRanges", None)
    }

    /// Whether rules that come before this one deny all traffic of it that is asked about.
    fn is_closed(&self, denies: &[Rule<'_, 'a>], asked: &Asked) -> bool {
        let left = Cell::new(MOST_COMPARISONS);
        let (source, destination, source_ports) = (self.source(), self.destination(), self.source_ports());
        let fits = |deny: &&Rule<'_, 'a>| {
            let protocol = deny.text("protocol").unwrap_or_default();
            let own = self.text("protocol");
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
        let own = self.ports();
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
