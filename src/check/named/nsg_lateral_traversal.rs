//! Whether a network security group keeps its members from managing each other.

use crate::check::compare::Lit;
use crate::check::condition::Evaluator;
use crate::check::evidence::{Found, Scope, Step};
use crate::check::language::Operand;
use crate::check::truth::Truth;
use crate::expand::{Data, Value};

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
    for n in forest.subtree(s.node) {
        if forest.nodes[n].is("Microsoft.Network/networkSecurityGroups/securityRules") && n != s.node {
            add(&mut rules, &mut hazy, forest.nodes[n].body.get("properties"));
        }
    }
    rules.sort_by(|a, b| a.priority.total_cmp(&b.priority));
    let (rdp, ssh) = (decide(&rules, "3389"), decide(&rules, "22"));
    if rdp == Access::Deny || ssh == Access::Deny {
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

fn decide(rules: &[Rule<'_>], port: &str) -> Access {
    for r in rules {
        let about = has(r.properties, ["destinationAddressPrefix", "destinationAddressPrefixes"], "VirtualNetwork")
            .and(has(r.properties, ["destinationPortRange", "destinationPortRanges"], port));
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

/// Whether a filter, given as one value or several, lets a word through; no filter and `*` let everything through.
fn has(properties: &Value, keys: [&str; 2], word: &str) -> Truth {
    for key in keys {
        let one = |v: &Value| match &v.data {
            Data::Str(s) => s.eq_ignore_ascii_case(word).into(),
            Data::Int(i) => Truth::from(i.to_string() == word),
            Data::Residual(_) => Truth::Unknown,
            _ => Truth::False,
        };
        match properties.get(key).map(|v| (&v.data, v)) {
            Some((Data::Array(items), _)) if !items.is_empty() => {
                return items.iter().fold(Truth::False, |t, v| t.or(one(v)));
            }
            Some((Data::Str(s), v)) if !s.is_empty() && s != "*" => return one(v),
            Some((Data::Residual(_), _)) => return Truth::Unknown,
            _ => {}
        }
    }
    Truth::True
}
