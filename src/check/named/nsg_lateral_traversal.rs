//! Whether a network security group keeps its members from managing each other.

use crate::check::verdict::compare::{Lit, port_range};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::{Found, Scope, Step};
use crate::expand::known::truth::Truth;
use crate::expand::{Data, Value};
use crate::rules::language::Operand;

/// What the outbound rules say about a port to the virtual network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Allow,
    Deny,
    Unknown,
}

/// An outbound rule.
struct Rule<'a> {
    priority: f64,
    access: Option<bool>,
    properties: &'a Value,
}

/// Fails where neither SSH nor RDP to the virtual network is denied: the rules are read in order of priority, and the first
/// that is about the port and the `VirtualNetwork` decides.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let forest = e.world.forest;
    let mut rules: Vec<Rule<'a>> = Vec::new();
    let mut steps: Vec<Step<'a>> = Vec::new();
    let mut list: Option<&'a Value> = None;
    let body = &forest.nodes[s.node].body;
    if let Some(properties) = body.as_object().and_then(|o| o.member("properties")) {
        steps.push(Step::Member(properties));
        match properties.value.as_object().and_then(|o| o.member("securityRules")) {
            Some(m) => {
                steps.push(Step::Member(m));
                list = Some(&m.value);
            }
            None => steps.push(Step::Missing("securityRules")),
        }
    }
    let mut hazy = false;
    match list.map(|l| &l.data) {
        Some(Data::Array(items)) => {
            for item in items.iter() {
                hazy |= item.is_residual();
                add(&mut rules, &mut hazy, item.get("properties"));
            }
        }
        Some(Data::Residual(r)) => {
            e.say(s.node, &steps, Found::Unknown(r), "the security rules are not known before deployment", true);
            return Truth::Unknown;
        }
        _ => {}
    }
    // Rules that may not be there.
    let mut perhaps: Vec<Rule<'a>> = Vec::new();
    for (n, is_stray) in e.reached(s.node, |node| node.is("Microsoft.Network/networkSecurityGroups/securityRules")) {
        if n != s.node {
            let rules = if e.why_not(n, is_stray).is_some() { &mut perhaps } else { &mut rules };
            add(rules, &mut hazy, forest.nodes[n].body.get("properties"));
        }
    }
    rules.sort_by(|a, b| a.priority.total_cmp(&b.priority));
    let without = [decide(&rules, 3389), decide(&rules, 22)];
    rules.extend(perhaps);
    rules.sort_by(|a, b| a.priority.total_cmp(&b.priority));
    let [rdp, ssh] = [decide(&rules, 3389), decide(&rules, 22)];
    let denied = |[rdp, ssh]: [Access; 2]| rdp == Access::Deny || ssh == Access::Deny;
    hazy |= denied(without) != denied([rdp, ssh]);
    if !hazy && denied([rdp, ssh]) {
        return Truth::True;
    }
    let found = list.map_or(Found::Missing, Found::Value);
    if hazy || rdp == Access::Unknown || ssh == Access::Unknown {
        e.say(s.node, &steps, found, "a security rule is not known before deployment", true);
        return Truth::Unknown;
    }
    let words = match list {
        Some(_) => "no outbound rule in `properties.securityRules` denies SSH (22) or RDP (3389) to the VirtualNetwork",
        None => "there are no security rules, so nothing denies SSH (22) or RDP (3389) to the VirtualNetwork",
    };
    e.say(s.node, &steps, found, words, false);
    Truth::False
}

fn add<'a>(rules: &mut Vec<Rule<'a>>, hazy: &mut bool, properties: Option<&'a Value>) {
    let Some(properties) = properties else { return };
    let text = |key: &str| properties.get(key).and_then(Value::as_str);
    match text("direction") {
        Some(d) if d.eq_ignore_ascii_case("Outbound") => {}
        Some(_) => return,
        None => {
            *hazy |= properties.is_residual() || properties.get("direction").is_some_and(Value::is_residual);
            return;
        }
    }
    let priority = properties.get("priority").map(Lit::of).and_then(|l| l.text().and_then(|t| t.parse().ok()));
    rules.push(Rule {
        priority: priority.unwrap_or(f64::MAX),
        access: text("access").map(|a| a.eq_ignore_ascii_case("Allow")),
        properties,
    });
}

fn decide(rules: &[Rule<'_>], port: u16) -> Access {
    for r in rules {
        let filter = |keys: &[&str], covers: &dyn Fn(&str) -> bool| covered(r.properties, keys, covers);
        let about = filter(&["protocol"], &|text| is_any(text) || text.eq_ignore_ascii_case("Tcp"))
            .and(filter(&["sourcePortRange", "sourcePortRanges"], &|text| port_range(text) == Some((0, u16::MAX))))
            .and(filter(&["sourceAddressPrefix", "sourceAddressPrefixes"], &is_network))
            .and(filter(&["destinationAddressPrefix", "destinationAddressPrefixes"], &is_network))
            .and(filter(&["destinationPortRange", "destinationPortRanges"], &|text| {
                port_range(text).is_some_and(|(first, last)| (first..=last).contains(&port))
            }))
            .and(groups(r.properties));
        match (about, r.access) {
            (Truth::False, _) => {}
            (Truth::True, Some(true)) => return Access::Allow,
            (Truth::True, Some(false)) => return Access::Deny,
            _ => return Access::Unknown,
        }
    }
    // The default rules allow traffic within the virtual network.
    Access::Allow
}

fn is_any(text: &str) -> bool {
    text == "*" || text.eq_ignore_ascii_case("Any")
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

fn says_something(v: &Value) -> bool {
    match &v.data {
        Data::Null => false,
        Data::Str(s) => !s.is_empty(),
        Data::Array(items) => !items.is_empty(),
        _ => true,
    }
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

    fn decided(values: &[Value], port: u16) -> Access {
        let (mut rules, mut hazy) = (Vec::new(), false);
        values.iter().for_each(|v| add(&mut rules, &mut hazy, Some(v)));
        decide(&rules, port)
    }

    #[test]
    fn a_range_covers_the_ports_in_it() {
        for (range, covered) in [("20-25", true), ("0-65535", true), ("*", true), ("22", true), ("23-3388", false)] {
            let wanted = if covered { Access::Deny } else { Access::Allow };
            assert_eq!(decided(&[rule("Deny", 100, &[("destinationPortRange", range)])], 22), wanted, "{range}");
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
            assert_eq!(decided(&[rule("Deny", 100, &members)], 22), Access::Allow, "{members:?}");
            assert_eq!(
                decided(&[rule("Allow", 100, &members), rule("Deny", 200, &[])], 22),
                Access::Deny,
                "{members:?}"
            );
        }
    }

    #[test]
    fn the_first_rule_about_all_of_it_decides() {
        let rules = [rule("Allow", 100, &[("destinationPortRange", "20-25")]), rule("Deny", 200, &[])];
        assert_eq!(decided(&rules, 22), Access::Allow);
        assert_eq!(decided(&rules, 3389), Access::Deny);
    }
}
