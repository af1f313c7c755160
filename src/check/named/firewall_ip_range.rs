//! How many public addresses the firewall rules of a database server let in.

use std::net::Ipv4Addr;

use crate::check::compare::Lit;
use crate::check::condition::Evaluator;
use crate::check::evidence::{Found, Scope, Step};
use crate::check::language::Operand;
use crate::check::truth::Truth;
use crate::expand::{Object, Value};

/// `with: {type: …/firewallRules, most: 10}`: at most so many public addresses over all rules below the target.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, args: &'a [(String, Operand)]) -> Truth {
    let arg = |name: &str| args.iter().find(|(n, _)| n == name).map(|(_, o)| e.operand(o, s));
    let type_ = arg("type").and_then(|t| t.text().map(|t| t.to_string())).unwrap_or_default();
    let most = match arg("most") {
        Some(Lit::Int(n)) => u64::try_from(n).unwrap_or(0),
        _ => 10,
    };
    let forest = e.world.forest;
    let (mut public, mut unknown) = (0u64, Vec::new());
    let mut widest: Option<(u64, usize, Vec<Step<'a>>, &'a Value)> = None;
    for n in forest.subtree(s.node) {
        let node = &forest.nodes[n];
        if !node.is(&type_) {
            continue;
        }
        let Some(properties) = node.body.as_object().and_then(|o| o.member("properties")) else { continue };
        let Some(object) = properties.value.as_object() else { continue };
        let (Some(start), Some(end)) = (bound(object, "start"), bound(object, "end")) else { continue };
        let steps = vec![Step::Member(properties), Step::Member(end)];
        let (first, last) = match (start.value.as_str(), end.value.as_str()) {
            (Some(a), Some(b)) => (a, b),
            _ => {
                unknown.push((n, steps, &end.value));
                continue;
            }
        };
        // The rule that lets in the services of Azure is another rule's business.
        let azure = first == "0.0.0.0" && last == "0.0.0.0";
        if azure || node.short_name.as_str().is_some_and(|n| n.eq_ignore_ascii_case("AllowAllWindowsAzureIps")) {
            continue;
        }
        let (Ok(a), Ok(b)) = (first.parse::<Ipv4Addr>(), last.parse::<Ipv4Addr>()) else { continue };
        if is_private(a) {
            continue;
        }
        let size = u64::from(u32::from(a).abs_diff(u32::from(b))) + 1;
        public += size;
        if widest.as_ref().is_none_or(|(w, ..)| size > *w) {
            widest = Some((size, n, steps, &end.value));
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
        Some((n, steps, value)) => {
            let found = value.as_residual().map_or(Found::Value(value), Found::Unknown);
            e.say(n, &steps, found, "an address of a firewall rule is not known before deployment", true);
            Truth::Unknown
        }
        None => Truth::True,
    }
}

/// The first or last address; services spell it differently.
fn bound<'a>(o: &'a Object, which: &str) -> Option<&'a crate::expand::value::Member> {
    o.member(&format!("{which}IpAddress")).or_else(|| o.member(&format!("{which}IP"))).filter(|m| !m.value.is_null())
}

/// Private as PSRule sees it: all of 172.0.0.0/8 counts.
fn is_private(a: Ipv4Addr) -> bool {
    let [x, y, ..] = a.octets();
    x == 10 || x == 172 || x == 192 && y == 168
}
