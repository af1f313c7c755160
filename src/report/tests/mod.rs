mod hostile;
mod limits;
mod merging;
mod sample;
mod snapshots;
