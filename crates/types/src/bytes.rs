//! Numbers in the table: bytes that may be damaged.

use crate::Damaged;

/// Reads from the front of a record.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'t>(pub &'t [u8]);

impl<'t> Cursor<'t> {
    pub fn take(&mut self, count: usize) -> Result<&'t [u8], Damaged> {
        let (front, rest) = self.0.split_at_checked(count).ok_or(Damaged("a record ends too early"))?;
        self.0 = rest;
        Ok(front)
    }

    pub fn u8(&mut self) -> Result<u8, Damaged> {
        Ok(number(self.take(1)?) as u8)
    }

    pub fn u24(&mut self) -> Result<u32, Damaged> {
        Ok(number(self.take(3)?))
    }

    /// A number of as many bytes as it needs, seven bits each, the lowest first.
    pub fn varint(&mut self) -> Result<u64, Damaged> {
        let mut out = 0;
        for shift in (0..64).step_by(7) {
            let byte = u64::from(self.u8()?);
            out |= (byte & 127) << shift;
            if byte < 128 {
                return Ok(out);
            }
        }
        Err(Damaged("a number is too long"))
    }

    /// The same for numbers of either sign.
    pub fn signed(&mut self) -> Result<i64, Damaged> {
        let n = self.varint()?;
        Ok(((n >> 1) as i64) ^ -((n & 1) as i64))
    }

    /// How many things of a size follow: no more than there is room for.
    pub fn count(&mut self, size: usize) -> Result<usize, Damaged> {
        let count = usize::try_from(self.varint()?).map_err(|_| Damaged("a count is too large"))?;
        match count.checked_mul(size) {
            Some(all) if all <= self.0.len() => Ok(count),
            _ => Err(Damaged("a count is too large")),
        }
    }
}

/// Up to four bytes as a number, the lowest first.
pub fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).rev().fold(0, |n, b| n << 8 | u32::from(*b))
}

/// The record of a number in a section of records of one size.
pub fn record(section: &[u8], size: usize, at: u32) -> Result<Cursor<'_>, Damaged> {
    let start = (at as usize).checked_mul(size).ok_or(Damaged("a reference leads nowhere"))?;
    let bytes = section.get(start..).and_then(|rest| rest.get(..size));
    bytes.map(Cursor).ok_or(Damaged("a reference leads nowhere"))
}

/// What lies between a record's place and the next one's, in a section of places of four bytes each.
pub fn between<'t>(places: &[u8], blob: &'t [u8], at: u32) -> Result<&'t [u8], Damaged> {
    let start = number(record(places, 4, at)?.0) as usize;
    let end = number(record(places, 4, at.saturating_add(1))?.0) as usize;
    blob.get(start..end).ok_or(Damaged("a reference leads nowhere"))
}
