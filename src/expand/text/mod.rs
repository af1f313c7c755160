//! Texts as the template engine has them: their units and letters, and how values are written as texts.

pub mod date_format;
pub mod id;
pub mod number;
pub mod order;
pub mod utf16;
pub mod written;
