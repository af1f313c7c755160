//! Templates and parameters to deployed resources, by partial evaluation.

pub mod context;
pub mod deployed;
pub mod functions;
pub mod partial;
pub mod residual;
pub mod value;

pub use context::Context;
pub use deployed::{Deployed, Deployment, Resource};
pub use residual::Residual;
pub use value::{Data, Object, Origin, Value};
