//! Whether a network security group keeps its members from managing each other.

use std::rc::Rc;

use super::support::security_rules::{RULES, is_any, number, says_something};
use crate::check::verdict::compare::port_range;
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step};
use crate::check::verdict::member::At;
use crate::expand::known::truth::Truth;
use crate::expand::residual::Residual;
use crate::expand::{Data, Value};
use crate::rules::language::Operand;

/// An outbound rule.
struct Rule<'a> {
    /// Nothing if nobody knows.
    priority: Option<f64>,
    /// Whether it allows; nothing if nobody knows.
    allows: Option<bool>,
    properties: &'a Value,
    /// It is there for certain.
    sure: bool,
}

/// The outbound rules of a group.
#[derive(Default)]
struct Rules<'a> {
    all: Vec<Rule<'a>>,
    /// There may be others.
    hazy: bool,
}

/// Fails where neither SSH nor RDP to the virtual network is denied: the rules are read in order of priority, and the first
/// that is about the port and the `VirtualNetwork` decides.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let forest = e.world.forest;
    let mut rules = Rules::default();
    let (list, steps) = match e.follow(&forest.nodes[s.node].body, ["properties", "securityRules"]) {
        At::There(list, steps) => (Some(list), steps),
        At::Nowhere(steps) => (None, steps),
        At::Open(r, steps) => return unknown(e, s, Found::Unknown(r), &steps, LIST),
    };
    match list.map(|l| &l.data) {
        Some(Data::Array(items)) => {
            for item in items.iter() {
                rules.add_item(e, item, true);
            }
        }
        Some(Data::Residual(r)) => return unknown(e, s, Found::Unknown(r), &steps, LIST),
        _ => {}
    }
    let below = e.reached(s.node, |node| node.is(RULES));
    let own: Vec<(usize, bool)> = below.into_iter().filter(|(n, _)| *n != s.node).collect();
    for &(n, is_stray) in &own {
        // Rules that may not be there decide nothing alone.
        let sure = e.why_not(n, is_stray).is_none();
        rules.add_item(e, &forest.nodes[n].body, sure);
    }
    let found = list.map_or(Found::Missing, Found::Value);
    match rules.denies(3389).or(rules.denies(22)) {
        Truth::True if !rules.hazy => Truth::True,
        Truth::False if !rules.hazy => {
            let words = match list {
                Some(_) => {
                    "no outbound rule in `properties.securityRules` denies SSH (22) or RDP (3389) to the VirtualNetwork"
                }
                None if !own.is_empty() => {
                    "no outbound rule of the group denies SSH (22) or RDP (3389) to the VirtualNetwork"
                }
                None => "there are no security rules, so nothing denies SSH (22) or RDP (3389) to the VirtualNetwork",
            };
            e.say(s.node, &steps, found, words, false);
            Truth::False
        }
        _ => unknown(e, s, found, &steps, "a security rule is not known before deployment"),
    }
}

const LIST: &str = "the security rules are not known before deployment";

fn unknown<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, found: Found<'a>, steps: &[Step<'a>], words: &str) -> Truth {
    e.say(s.node, steps, found, words, true);
    Truth::Unknown
}

impl<'a> Rules<'a> {
    /// Adds a rule with its `properties`.
    fn add_item(&mut self, e: &Evaluator<'a>, item: &'a Value, sure: bool) {
        let outbound = |v: &Value| v.as_str().is_none_or(|d| d.eq_ignore_ascii_case("Outbound"));
        match e.follow(item, ["properties"]) {
            At::There(properties, _) => match &properties.data {
                Data::Residual(r) => match e.follow(properties, ["direction"]) {
                    At::There(direction, _) if !outbound(direction) => {}
                    _ => self.add_open(e, r),
                },
                Data::Object(o) => {
                    o.members.iter().filter_map(|m| m.value.as_residual()).for_each(|r| e.touch(r));
                    self.add(properties, sure);
                }
                _ => {}
            },
            At::Open(r, _) => self.add_open(e, r),
            At::Nowhere(_) => {}
        }
    }

    fn add_open(&mut self, e: &Evaluator<'a>, r: &'a Rc<Residual>) {
        e.touch(r);
        self.hazy = true;
    }

    fn add(&mut self, properties: &'a Value, sure: bool) {
        let direction = properties.get("direction");
        match direction.and_then(Value::as_str) {
            Some(d) if d.eq_ignore_ascii_case("Outbound") => {}
            Some(_) => return,
            None => {
                self.hazy |= direction.is_some_and(Value::is_residual);
                return;
            }
        }
        let priority = match properties.get("priority") {
            Some(v) if v.is_residual() => None,
            given => Some(given.and_then(number).unwrap_or(f64::MAX)),
        };
        let allows = properties.get("access").and_then(Value::as_str).map(|a| a.eq_ignore_ascii_case("Allow"));
        self.all.push(Rule { priority, allows, properties, sure });
    }

    /// Whether traffic to a port of the virtual network is denied, whichever rules are there and in whatever order those stand
    /// whose priority is not known.
    fn denies(&self, port: u16) -> Truth {
        let (mut ordered, mut anywhere) = (Vec::new(), Vec::new());
        for r in &self.all {
            let about = is_about(r.properties, port);
            let certain = about == Truth::True && r.sure;
            match r.priority {
                _ if about == Truth::False => {}
                Some(priority) => ordered.push((priority, certain, r.allows)),
                None => anywhere.push((certain, r.allows)),
            }
        }
        ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
        // What the traffic may meet first.
        let (mut allowed, mut denied) = (false, false);
        let mut meets = |allows: Option<bool>| {
            allowed |= allows != Some(false);
            denied |= allows != Some(true);
        };
        anywhere.iter().for_each(|(_, allows)| meets(*allows));
        let mut decided = anywhere.iter().any(|(certain, _)| *certain);
        for (_, certain, allows) in ordered {
            meets(allows);
            if certain {
                decided = true;
                break;
            }
        }
        if !decided {
            // The default rules allow traffic within the virtual network.
            meets(Some(true));
        }
        match (allowed, denied) {
            (false, true) => Truth::True,
            (true, false) => Truth::False,
            _ => Truth::Unknown,
        }
    }
}

/// Whether a rule is about all TCP traffic to a port within the virtual network.
fn is_about(properties: &Value, port: u16) -> Truth {
    let filter = |keys: &[&str], covers: &dyn Fn(&str) -> bool| covered(properties, keys, covers);
    filter(&["protocol"], &|text| is_any(text) || text.eq_ignore_ascii_case("Tcp"))
        .and(filter(&["sourcePortRange", "sourcePortRanges"], &|text| port_range(text) == Some((0, u16::MAX))))
        .and(filter(&["sourceAddressPrefix", "sourceAddressPrefixes"], &is_network))
        .and(filter(&["destinationAddressPrefix", "destinationAddressPrefixes"], &is_network))
        .and(filter(&["destinationPortRange", "destinationPortRanges"], &|text| {
            port_range(text).is_some_and(|(first, last)| (first..=last).contains(&port))
        }))
        .and(groups(properties))
}

/// Whether a prefix stands for all addresses of the virtual network.
fn is_network(text: &str) -> bool {
    is_any(text) || text.eq_ignore_ascii_case("VirtualNetwork") || matches!(text, "0.0.0.0/0" | "::/0")
}

/// A rule for application security groups is about some machines only.
fn groups(properties: &Value) -> Truth {
    let keys = ["sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups"];
    keys.into_iter().fold(Truth::True, |truth, key| {
        truth.and(match properties.get(key).map(|v| &v.data) {
            Some(Data::Array(items)) => items.is_empty().into(),
            Some(Data::Residual(_)) => Truth::Unknown,
            _ => Truth::True,
        })
    })
}

/// Whether a filter, given as one value or several, covers something; no filter and an empty one cover everything.
fn covered(properties: &Value, keys: &[&str], covers: &dyn Fn(&str) -> bool) -> Truth {
    let one = |v: &Value| match &v.data {
        Data::Str(s) => covers(s).into(),
        Data::Int(i) => covers(&i.to_string()).into(),
        Data::Residual(_) => Truth::Unknown,
        _ => Truth::False,
    };
    let given: Vec<&Value> = keys.iter().filter_map(|key| properties.get(key)).filter(|v| says_something(v)).collect();
    if given.is_empty() {
        return Truth::True;
    }
    given.into_iter().fold(Truth::False, |truth, v| {
        truth.or(match &v.data {
            Data::Array(items) => items.iter().fold(Truth::False, |t, item| t.or(one(item))),
            _ => one(v),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand::Object;

    fn rule(access: &str, priority: i64, members: &[(&str, &str)]) -> Value {
        let mut o = Object::default();
        o.set("direction".into(), None, Value::str("Outbound"));
        o.set("access".into(), None, Value::str(access));
        o.set("priority".into(), None, Value::int(priority));
        for (key, value) in members {
            o.set((*key).into(), None, Value::str(*value));
        }
        Value::object(o)
    }

    fn denies(values: &[Value], port: u16) -> Truth {
        let mut rules = Rules::default();
        values.iter().for_each(|v| rules.add(v, true));
        rules.denies(port)
    }

    #[test]
    fn a_range_covers_the_ports_in_it() {
        for (range, covered) in [("20-25", true), ("0-65535", true), ("*", true), ("22", true), ("23-3388", false)] {
            let wanted = covered.into();
            assert_eq!(denies(&[rule("Deny", 100, &[("destinationPortRange", range)])], 22), wanted, "{range}");
        }
    }

    #[test]
    fn a_rule_about_some_traffic_decides_nothing() {
        let narrow = [
            [("protocol", "Udp")],
            [("sourceAddressPrefix", "10.0.0.4")],
            [("sourcePortRange", "1024")],
            [("destinationAddressPrefix", "Internet")],
        ];
        for members in narrow {
            assert_eq!(denies(&[rule("Deny", 100, &members)], 22), Truth::False, "{members:?}");
            assert_eq!(denies(&[rule("Allow", 100, &members), rule("Deny", 200, &[])], 22), Truth::True, "{members:?}");
        }
    }

    #[test]
    fn the_first_rule_about_all_of_it_decides() {
        let rules = [rule("Allow", 100, &[("destinationPortRange", "20-25")]), rule("Deny", 200, &[])];
        assert_eq!(denies(&rules, 22), Truth::False);
        assert_eq!(denies(&rules, 3389), Truth::True);
    }

    #[test]
    fn a_rule_whose_priority_is_open_may_come_first_or_last() {
        let open = |access: &str| {
            let mut o = rule(access, 0, &[]).as_object().unwrap().clone();
            o.set("priority".into(), None, Value::residual(Residual::call("f", vec![])));
            Value::object(o)
        };
        assert_eq!(denies(&[rule("Allow", 200, &[]), open("Deny")], 22), Truth::Unknown);
        assert_eq!(denies(&[rule("Deny", 200, &[]), open("Allow")], 22), Truth::Unknown);
        assert_eq!(denies(&[rule("Deny", 200, &[]), open("Deny")], 22), Truth::True);
        // It decides, as there is no other.
        assert_eq!(denies(&[open("Deny")], 22), Truth::True);
        assert_eq!(denies(&[open("Allow")], 22), Truth::False);
    }

    #[test]
    fn a_rule_that_may_not_be_there_decides_nothing_alone() {
        let (deny, allow) = (rule("Deny", 100, &[]), rule("Allow", 200, &[]));
        let mut rules = Rules::default();
        rules.add(&deny, false);
        assert_eq!(rules.denies(22), Truth::Unknown);
        rules.add(&allow, false);
        assert_eq!(rules.denies(22), Truth::Unknown);
        let mut rules = Rules::default();
        rules.add(&allow, false);
        assert_eq!(rules.denies(22), Truth::False);
    }
}
