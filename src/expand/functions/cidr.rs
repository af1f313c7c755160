//! `parseCidr`, `cidrSubnet`, `cidrHost`.
//!
//! Networks are read as leniently as the engine does: characters that no address has are left out, an IPv4 address may have fewer
//! than four parts, a network without a prefix gets the one of its historical class, the bits of a host are cleared.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::args::{int, refuse, some, string, undecided};
use super::{FunctionError, Outcome};
use crate::expand::value::{Object, Value};

/// A network: the address as a number, how many of its bits are the network's, how many there are.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Network {
    address: u128,
    prefix: u32,
    bits: u32,
}

impl Network {
    fn new(address: u128, prefix: u32, bits: u32) -> Option<Self> {
        let mask = mask(prefix, bits);
        (prefix <= bits).then_some(Network { address: address & mask, prefix, bits })
    }

    /// The last address.
    fn last(self) -> u128 {
        self.address | !mask(self.prefix, self.bits) & all_ones(self.bits)
    }

    fn text(self, address: u128) -> String {
        if self.bits == 32 {
            return Ipv4Addr::from(u32::try_from(address & 0xffff_ffff).unwrap_or(0)).to_string();
        }
        v6_text(address)
    }
}

fn all_ones(bits: u32) -> u128 {
    u128::MAX >> (128 - bits)
}

fn mask(prefix: u32, bits: u32) -> u128 {
    all_ones(bits) & !all_ones(bits).checked_shr(prefix).unwrap_or(0)
}

/// An IPv6 address as .NET writes it: like Rust's, but an IPv4 address inside shows as one.
fn v6_text(address: u128) -> String {
    let ip = Ipv6Addr::from(address);
    let s = ip.segments();
    let four = Ipv4Addr::from(u32::try_from(address & 0xffff_ffff).unwrap_or(0));
    let no_front = s[..4].iter().all(|x| *x == 0) && s[6] != 0;
    match (s[4], s[5]) {
        (0, 0) if no_front => format!("::{four}"),
        (0, 0xffff) if no_front => format!("::ffff:{four}"),
        (0xffff, 0) if no_front => format!("::ffff:0:{four}"),
        (0, 0x5efe) => {
            let front = Ipv6Addr::from(address >> 32 << 32 | 0xffff_ffff).to_string();
            format!("{}{four}", front.strip_suffix("ffff:ffff").unwrap_or(&front))
        }
        _ => ip.to_string(),
    }
}

/// An IPv4 address of one to four numbers, decimal, octal or hexadecimal; the last one fills what is left.
fn v4(s: &str) -> Option<u32> {
    let parts: Vec<&str> = s.split('.').collect();
    let number = |p: &str| -> Option<u32> {
        let lower = p.to_ascii_lowercase();
        if let Some(hex) = lower.strip_prefix("0x") {
            return u32::from_str_radix(hex, 16).ok();
        }
        if !p.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if p.len() > 1 && p.starts_with('0') { u32::from_str_radix(p, 8).ok() } else { p.parse().ok() }
    };
    let (last, front) = parts.split_last()?;
    if front.len() > 3 {
        return None;
    }
    let mut address = 0u32;
    for (i, p) in front.iter().enumerate() {
        let n = number(p).filter(|n| *n < 256)?;
        address |= n << (24 - 8 * u32::try_from(i).ok()?);
    }
    let room = 32 - 8 * u32::try_from(front.len()).ok()?;
    let n = number(last)?;
    (u64::from(n) < 1u64 << room).then_some(address | n)
}

fn address(s: &str) -> Option<(u128, u32)> {
    if s.contains(':') {
        return s.parse::<Ipv6Addr>().ok().map(|ip| (u128::from(ip), 128));
    }
    v4(s).map(|n| (u128::from(n), 32))
}

fn read(given: &str) -> Option<Network> {
    let kept = |c: &char| c.is_ascii_hexdigit() || matches!(c, '.' | '/' | ':') || c.is_whitespace();
    let clean: String = given.chars().filter(kept).collect();
    let mut parts = clean.split(|c: char| c == '/' || c.is_whitespace()).filter(|p| !p.is_empty());
    let (ip, bits) = address(parts.next()?)?;
    let prefix = match parts.next() {
        None if bits == 32 => match ip >> 29 {
            0..=3 => 8,
            4 | 5 => 16,
            6 => 24,
            _ => return None,
        },
        None => return None,
        Some(p) if p.bytes().all(|b| b.is_ascii_digit()) => p.parse().ok()?,
        Some(netmask) => {
            let (m, b) = address(netmask)?;
            let ones = (m << (128 - b)).leading_ones();
            (b == bits && mask(ones, b) == m).then_some(ones)?
        }
    };
    Network::new(ip, prefix, bits)
}

fn network(function: &str, args: &[Value]) -> Result<Network, FunctionError> {
    let given = string(function, args, 0)?;
    read(given).ok_or_else(|| refuse(function, format_args!("`{}` is no address range", super::json::shortened(given))))
}

pub(super) fn parse_cidr(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let n = network("parseCidr", args)?;
    let (first, last) = match n {
        Network { bits: 128, .. } => (n.address, n.last()),
        // With fewer than four addresses there is none to spare for the network and the broadcast.
        Network { prefix: 31 | 32, .. } => (n.address, n.address),
        _ => (n.address + 1, n.last() - 1),
    };
    let mut out = Object::default();
    let mut put = |key: &str, address: u128| out.set(key.into(), None, Value::str(n.text(address)));
    put("network", n.address);
    put("netmask", mask(n.prefix, n.bits));
    if n.bits == 32 {
        put("broadcast", n.last());
    }
    put("firstUsable", first);
    put("lastUsable", last);
    out.set("cidr".into(), None, Value::int(i64::from(n.prefix)));
    some(Value::object(out))
}

pub(super) fn cidr_subnet(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let n = network("cidrSubnet", args)?;
    let (prefix, index) = (int("cidrSubnet", args, 1)?, int("cidrSubnet", args, 2)?);
    let Some(new) = u32::try_from(prefix).ok().filter(|p| (n.prefix..=n.bits).contains(p)) else {
        let message = format_args!("a /{} range has no part of /{prefix}", n.prefix);
        return Err(refuse("cidrSubnet", message));
    };
    let extra = new - n.prefix;
    // The engine does not survive counting 2³² subnets.
    if extra >= 32 {
        return Err(refuse("cidrSubnet", format_args!("a /{} range has too many parts of /{new}", n.prefix)));
    }
    let Some(i) = u128::try_from(index).ok().filter(|i| *i < 1 << extra) else {
        return Err(refuse(
            "cidrSubnet",
            format_args!("there are {} parts, counted from 0, and no number {index}", 1u64 << extra),
        ));
    };
    let step = i.checked_shl(n.bits - new).unwrap_or(0);
    some(Value::str(format!("{}/{new}", n.text(n.address | step))))
}

pub(super) fn cidr_host(args: &[Value]) -> Outcome {
    if undecided(args) {
        return Ok(None);
    }
    let index = int("cidrHost", args, 1)?;
    let n = network("cidrHost", args)?;
    // Number 0 is the first address after the network's own.
    let host = u128::try_from(i128::from(index) + 1).ok().filter(|h| *h <= n.last() - n.address);
    match host {
        Some(h) => some(Value::str(n.text(n.address + h))),
        None => Err(refuse("cidrHost", format_args!("{}/{} has no host number {index}", n.text(n.address), n.prefix))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(range: &str, prefix: i64, index: i64) -> Option<String> {
        let v = cidr_subnet(&[Value::str(range), Value::int(prefix), Value::int(index)]).ok()??;
        v.as_str().map(ToString::to_string)
    }

    fn host(range: &str, index: i64) -> Option<String> {
        let v = cidr_host(&[Value::str(range), Value::int(index)]).ok()??;
        v.as_str().map(ToString::to_string)
    }

    #[test]
    fn parts_and_hosts() {
        assert_eq!(subnet("10.144.0.0/20", 24, 4).as_deref(), Some("10.144.4.0/24"));
        assert_eq!(subnet("10.144.0.0/20", 24, 16), None);
        assert_eq!(subnet("10.144.0.0/20", 16, 0), None);
        assert_eq!(subnet("fdad:3236:5555::/48", 52, 5).as_deref(), Some("fdad:3236:5555:5000::/52"));
        assert_eq!(subnet("10.0.0.0/8", 8, 0).as_deref(), Some("10.0.0.0/8"));
        assert_eq!(host("10.144.3.0/24", 0).as_deref(), Some("10.144.3.1"));
        assert_eq!(host("10.144.3.0/24", 255), None);
        assert_eq!(host("::/0", i64::MAX).as_deref(), Some("::8000:0:0:0"));
        assert_eq!(host("fe80::/10", 300).as_deref(), Some("fe80::12d"));
    }

    #[test]
    fn networks_are_read_leniently() {
        let net = |s: &str| read(s).map(|n| (n.text(n.address), n.prefix));
        assert_eq!(net("172.16.9.9"), Some(("172.16.0.0".into(), 16)));
        assert_eq!(net("10.1/255.255.0.0"), Some(("10.0.0.0".into(), 16)));
        assert_eq!(net("10.0.0.0/255.0.255.0"), None);
        assert_eq!(net("1.2.3.4.5/8"), None);
        assert_eq!(net("::ffff:1.2.3.4/128"), Some(("::ffff:1.2.3.4".into(), 128)));
        assert_eq!(net("fe80::5efe:102:304/128"), Some(("fe80::5efe:1.2.3.4".into(), 128)));
        assert_eq!(net("224.0.0.1"), None);
    }
}
