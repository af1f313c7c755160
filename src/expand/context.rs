//! The deployment context: what `subscription()`, `resourceGroup()` and the like answer.

use jiff::Timestamp;

use super::value::{Object, Value};
use crate::model::ScopeKind;

/// The subscription of a scan where nobody names one, and its tenant.
pub const ASSUMED_SUBSCRIPTION: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
/// The resource group of a scan where nobody names one.
pub const ASSUMED_GROUP: &str = "ps-rule-test-rg";
/// The management group of a scan where nobody names one.
pub const ASSUMED_MANAGEMENT_GROUP: &str = "psrule-test";

/// Where and when a template is deployed, as far as that is known. What is `None` stays residual.
#[derive(Debug, Clone)]
pub struct Context {
    /// The scope of the deployment.
    pub scope: ScopeKind,
    /// `subscription().subscriptionId`
    pub subscription_id: Option<Value>,
    /// `subscription().displayName`
    pub subscription_name: Option<Value>,
    /// `subscription().state`, which PSRule has and Azure has not; without it there is none.
    pub subscription_state: Option<Value>,
    /// `tenant().tenantId`
    pub tenant_id: Option<Value>,
    /// `tenant().displayName`
    pub tenant_name: Option<Value>,
    /// `tenant().countryCode`
    pub tenant_country: Option<Value>,
    /// `resourceGroup().name`
    pub resource_group: Option<Value>,
    /// `resourceGroup().location`, and `deployment().location` at other scopes.
    pub location: Option<Value>,
    /// `resourceGroup().tags`
    pub tags: Option<Value>,
    /// Members of `resourceGroup().properties`.
    pub group_properties: Option<Object>,
    /// `managementGroup().name`
    pub management_group: Option<Value>,
    /// Members of `managementGroup().properties`.
    pub management_group_properties: Option<Object>,
    /// `deployment().name`
    pub deployment_name: Option<Value>,
    /// The subscription is PSRule's made-up one: generated names are PSRule's, too, so that suppressions by name carry over.
    pub placeholder: bool,
    /// Functions take what a resource's own body says for all that there will be, as in the engine's `snapshot`. If not, what it
    /// does not say stays open: Azure adds to it (an identity's principal, an address), and rules must not take that for missing.
    pub snapshot: bool,
    /// The clock; `None` leaves `utcNow()` residual.
    pub now: Option<Timestamp>,
}

impl Context {
    /// Nothing is known.
    pub fn unknown(scope: ScopeKind) -> Self {
        Context {
            scope,
            subscription_id: None,
            subscription_name: None,
            subscription_state: None,
            tenant_id: None,
            tenant_name: None,
            tenant_country: None,
            resource_group: None,
            location: None,
            tags: None,
            group_properties: None,
            management_group: None,
            management_group_properties: None,
            deployment_name: None,
            placeholder: false,
            snapshot: true,
            now: None,
        }
    }
}
