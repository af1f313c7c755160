//! `uniqueString` and `guid`: names made of other names.

use super::args::{refuse, string, text, undecided};
use sha2::Digest;

use super::{FunctionError, Outcome};
use crate::expand::context::Context;
use crate::expand::value::Value;

/// The arguments with `-` between them.
fn joined(function: &str, args: &[Value]) -> Result<String, FunctionError> {
    let mut out = String::new();
    for i in 0..args.len() {
        if i > 0 {
            out.push('-');
        }
        out.push_str(string(function, args, i)?);
        if out.len() > super::args::MAX_TEXT {
            return Err(refuse(function, "the arguments are too long"));
        }
    }
    Ok(out)
}

pub(super) fn unique_string(context: &Context, args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    if context.placeholder {
        let hash = placeholder_hash("uniqueString", args)?;
        let hex: String = hash
            .iter()
            .flat_map(|b| [b >> 4, b & 15])
            .filter_map(|n| char::from_digit(n.into(), 16))
            .take(13)
            .collect();
        return text("uniqueString", hex);
    }
    let hash = murmur(joined("uniqueString", args)?.as_bytes());
    let letter = |i: u32| {
        // Five bits a letter from the top; the last four bits are filled with a zero.
        let five = if i < 12 { hash >> (59 - 5 * i) } else { hash << 1 };
        let five = u8::try_from(five & 31).unwrap_or(0);
        char::from(if five < 26 { b'a' + five } else { b'2' + five - 26 })
    };
    text("uniqueString", (0..13).map(letter).collect::<String>())
}

/// MurmurHash3 in the form with two 32-bit lanes that yields 64 bits.
fn murmur(bytes: &[u8]) -> u64 {
    const C1: u32 = 0x239B_961B;
    const C2: u32 = 0xAB0E_9789;
    let lane1 = |k: u32| k.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
    let lane2 = |k: u32| k.wrapping_mul(C2).rotate_left(17).wrapping_mul(C1);
    let word = |b: &[u8]| b.iter().rev().fold(0u32, |n, b| n << 8 | u32::from(*b));
    let (mut h1, mut h2) = (0u32, 0u32);
    for block in bytes.chunks(8) {
        let (low, high) = block.split_at(block.len().min(4));
        h1 ^= lane1(word(low));
        if block.len() == 8 {
            h1 = h1.rotate_left(19).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x561C_CD1B);
        }
        h2 ^= lane2(word(high));
        if block.len() == 8 {
            h2 = h2.rotate_left(13).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x0BCA_A747);
        }
    }
    #[allow(clippy::cast_possible_truncation, reason = "the algorithm takes the length modulo 2³²")]
    let length = bytes.len() as u32;
    let finish = |mut h: u32| {
        h = (h ^ h >> 16).wrapping_mul(0x85EB_CA6B);
        h = (h ^ h >> 13).wrapping_mul(0xC2B2_AE35);
        h ^ h >> 16
    };
    let cross = |h1: &mut u32, h2: &mut u32| {
        *h1 = h1.wrapping_add(*h2);
        *h2 = h2.wrapping_add(*h1);
    };
    h1 ^= length;
    h2 ^= length;
    cross(&mut h1, &mut h2);
    (h1, h2) = (finish(h1), finish(h2));
    cross(&mut h1, &mut h2);
    u64::from(h2) << 32 | u64::from(h1)
}

/// What PSRule for Azure makes names of: SHA-256 of the UUID namespace for URLs (its fields in little-endian order) and the
/// arguments. In a deployment to its made-up subscription no name is real; these are the ones that suppressions name.
fn placeholder_hash(function: &str, args: &[Value]) -> Result<[u8; 32], FunctionError> {
    let mut hash = sha2::Sha256::new();
    hash.update(uuid::Uuid::NAMESPACE_URL.to_bytes_le());
    for i in 0..args.len() {
        hash.update(string(function, args, i)?.as_bytes());
    }
    Ok(hash.finalize().into())
}

/// The namespace of `guid`'s UUIDs of version 5.
const NAMESPACE: uuid::Uuid = uuid::uuid!("11fb06fb-712d-4ddd-98c7-e71bbd588830");

pub(super) fn guid(context: &Context, args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    if context.placeholder {
        let hash = placeholder_hash("guid", args)?;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        return text("guid", uuid::Uuid::from_bytes_le(bytes).to_string());
    }
    let joined = joined("guid", args)?;
    text("guid", uuid::Uuid::new_v5(&NAMESPACE, joined.as_bytes()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_engines() {
        let azure = Context::unknown(crate::model::ScopeKind::ResourceGroup);
        let args: Vec<_> = ["asd", "asdf", "asdf"].map(Value::str).to_vec();
        assert_eq!(unique_string(&azure, &args).unwrap().unwrap().as_str().unwrap(), "iizpqit7ih3cc");
        assert_eq!(unique_string(&azure, &[Value::str("")]).unwrap().unwrap().as_str().unwrap(), "aaaaaaaaaaaaa");
        assert!(unique_string(&azure, &[Value::int(1)]).is_err());
        let id = guid(&azure, &[Value::str("a"), Value::str("b")]).unwrap().unwrap();
        assert_eq!(id.as_str().unwrap().as_bytes().get(14), Some(&b'5'));
        let placeholder = Context { placeholder: true, ..azure };
        let group = "/subscriptions/ffffffff-ffff-ffff-ffff-ffffffffffff/resourceGroups/ps-rule-test-rg";
        let name = unique_string(&placeholder, &[Value::str(group)]).unwrap().unwrap();
        assert_eq!(name.as_str().unwrap(), "5f3e65afb63bb");
    }
}
