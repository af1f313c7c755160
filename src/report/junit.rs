//! TODO
use super::Report;
use std::io::{self, Write};
pub fn write(_: &Report, _: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
