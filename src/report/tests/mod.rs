mod hostile;
mod limits;
mod merging;
pub mod sample;
mod snapshots;
mod text;
