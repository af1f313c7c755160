//! Whether security rules are those without which Azure Bastion is not deployed
//! (<https://learn.microsoft.com/azure/bastion/bastion-nsg>).

use super::support::security_rules::{INTERNET, Rule, beside, in_group};
use crate::check::verdict::condition::Evaluator;
use crate::check::verdict::evidence::Scope;
use crate::expand::known::Truth;
use crate::rules::language::Operand;

const GROUPS: &str = "Microsoft.Network/networkSecurityGroups";

/// The tag of Azure's own control plane.
const GATEWAYS: &str = "GatewayManager";

/// Of a group: it lets in the internet and the control plane as the subnet of Azure Bastion has to. Of a rule: it is the one for
/// the internet, in a group that has the other, too. What is not certain is not so.
pub fn check<'a>(e: &mut Evaluator<'a>, s: Scope<'a>, _args: &'a [(String, Operand)]) -> Truth {
    let e = &*e;
    if !s.item && e.world.forest.nodes[s.node].is(GROUPS) {
        let rules = in_group(e, s.node, s.node);
        return (rules.iter().any(is_for_users) && rules.iter().any(is_for_gateways)).into();
    }
    (is_for_users(&Rule { e, item: s.base }) && beside(e, s).iter().any(is_for_gateways)).into()
}

fn is_for_users(rule: &Rule<'_, '_>) -> bool {
    rule.lets_in(INTERNET, &["443"])
}

/// The second port is of older deployments.
fn is_for_gateways(rule: &Rule<'_, '_>) -> bool {
    rule.lets_in(GATEWAYS, &["443", "4443"])
}
