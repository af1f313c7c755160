//! Whether security rules are those without which Azure Bastion is not deployed
//! (<https://learn.microsoft.com/azure/bastion/bastion-nsg>).

use std::rc::Rc;

use super::support::security_rules::{INTERNET, Rule, beside, in_group, say_open};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::Truth;
use crate::expand::residual::Residual;
use crate::rules::language::Operand;

const GROUPS: &str = "Microsoft.Network/networkSecurityGroups";

/// The tag of Azure's own control plane.
const GATEWAYS: &str = "GatewayManager";

/// Of a group: it lets in the internet and the control plane as the subnet of Azure Bastion has to. Of a rule: it is the one for
/// the internet, in a group that has the other, too.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let (truth, why) = look(e, s);
    if truth == Truth::Unknown {
        say_open(e, s, "whether these are the rules of Azure Bastion", why);
    }
    truth
}

/// Whether they are those rules, and what decides that if it is not known.
fn look<'a>(e: &Evaluator<'a>, s: Scope<'a>) -> (Truth, Option<&'a Rc<Residual>>) {
    let is_group = !s.item && e.world.forest.nodes[s.node].is(GROUPS);
    let own = if is_group { in_group(e, s.node, s.node) } else { vec![Rule { e, item: s.base, doubt: None }] };
    let users = such(&own, INTERNET, &["443"]);
    if users.is_empty() {
        return (Truth::False, None);
    }
    let beside = if is_group { Vec::new() } else { beside(e, s) };
    // The second port is of older deployments.
    let gateways = such(if is_group { &own } else { &beside }, GATEWAYS, &["443", "4443"]);
    // One rule is not both, though nobody may know which it is.
    let both = |(of_users, user): &(Truth, &Rule<'_, 'a>)| {
        let others = gateways.iter().filter(|(_, rule)| !std::ptr::eq(rule.item, user.item));
        others.map(|(of_gateways, _)| of_users.and(*of_gateways)).fold(Truth::False, Truth::or)
    };
    let truth = users.iter().map(both).fold(Truth::False, Truth::or);
    (truth, users.iter().chain(&gateways).find_map(|(_, rule)| rule.undecided()))
}

/// The rules that let in a tag at these ports, or may, each with which of the two it is.
fn such<'r, 'a>(rules: &'r [Rule<'r, 'a>], tag: &str, ports: &[&str]) -> Vec<(Truth, &'r Rule<'r, 'a>)> {
    let all = rules.iter().map(|rule| (rule.lets_in(tag, ports), rule));
    all.filter(|(truth, _)| *truth != Truth::False).collect()
}
