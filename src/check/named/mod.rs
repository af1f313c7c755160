//! Checks that need an algorithm. A page calls one with `use: name`, the file's name with `-` for `_`.
//!
//! To add one, write the file, declare it here, and give it `pub fn check`. `build.rs` finds it by its file name and refuses
//! a page that calls a name that is not there.

mod apim_cors;
mod apim_policy_base;
mod bastion_needs;
mod declared_twice;
mod denied_before;
mod depends_on;
mod empty_limits;
mod expression_length;
mod firewall_ip_range;
mod hardcoded_host;
mod hardcoded_location;
mod literal_property;
mod literal_secret;
mod name_segments;
mod nsg_lateral_traversal;
mod outer_secret;
mod output_secret;
mod parent_elsewhere;
mod perhaps_same_version;
mod recent_api_version;
mod required_members;
mod required_tags;
mod runtime_functions;
mod secret_leak;
mod secure_default;
mod secure_parameter;
mod secure_value;
mod strong_type;
pub mod support;
mod suppression_used;
mod takes_tags;
mod template_limits;
mod type_mistake;
mod unused_declarations;
mod value_constraint;

use crate::check::verdict::condition::NamedCheck;

include!(concat!(env!("OUT_DIR"), "/named.rs"));

/// Whether a check brings fixes of its own: that about suppressions removes them.
pub fn brings_fixes(name: &str) -> bool {
    name == "suppression-used"
}

/// The names of all checks, for pages that call one.
pub fn all() -> &'static [String] {
    static ALL: std::sync::LazyLock<Vec<String>> =
        std::sync::LazyLock::new(|| NAMES.iter().map(|n| (*n).to_owned()).collect());
    &ALL
}
