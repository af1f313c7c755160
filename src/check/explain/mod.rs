//! From evidence to what people read: messages, places, fixes. All English of findings stands here and in pages.

pub mod caller;
pub mod editable;
pub mod fix;
pub mod fix_holds;
pub mod message;
pub mod phrases;
pub mod place;
pub mod wanted;
