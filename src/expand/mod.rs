//! Templates and parameters to deployed resources, by partial evaluation.
//!
//! [`expand`] is the way in and [`Deployed`] what comes out. In between: a [`run`](run::Run) shares bounds and diagnostics, an
//! [`instance`] is one deployment, [`eval`] evaluates expressions, [`functions`] says what the template functions do, [`text`] how values are written as texts, [`resources`] and
//! [`nested`] turn declarations into resources and deployments. A [`Value`] knows where it was decided; what only Azure can
//! decide is a [`Residual`].

mod access;
mod asked;
pub mod budget;
pub mod context;
mod definitions;
mod deploy;
pub mod deployed;
mod eval;
mod frame;
pub mod functions;
mod granted;
mod ids;
mod instance;
pub mod known;
mod linked;
mod linked_values;
mod misfit;
mod names;
mod nested;
mod print;
mod reference;
pub mod residual;
mod resources;
pub mod run;
mod substitute;
mod tables;
mod text;
mod types;
pub mod value;
mod weight;

pub use budget::Allowance;
pub use context::Context;
pub use deploy::{expand, object};
pub use deployed::{Deployed, Deployment, Resource, Unread};
pub(crate) use misfit::misfit;
pub use residual::Residual;
pub use run::Limits;
pub use substitute::substitute;
pub(crate) use types::{
    Shape as TypeShape, allowed, has_secret, is_secure, members as type_members, members_of as type_members_of,
    parts as type_parts, resolve as resolved_type,
};
pub use value::{Data, Object, Origin, Value};
pub use weight::made;
