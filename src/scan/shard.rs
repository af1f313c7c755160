//! A part of the entry points, for several machines that share one scan.

use std::fmt;
use std::str::FromStr;

/// `--shard I/N`: the entry points whose paths fall to part I of N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// Whether a path (relative, with `/`) belongs to this part. FNV-1a, so that it does on every machine and for ever.
    pub fn holds(self, path: &str) -> bool {
        let hash =
            path.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        hash % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.trim().parse().ok()?, n.trim().parse().ok()?)));
        match parts {
            Some((index, count)) if 1 <= index && index <= count => Ok(Shard { index, count }),
            _ => Err("it has the form I/N, with I from 1 to N".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_part_all_paths() {
        let shards: Vec<Shard> = (1..=3).map(|i| format!("{i}/3").parse().unwrap()).collect();
        let paths: Vec<String> = (0..300).map(|i| format!("infra/{i}/main.json")).collect();
        for path in &paths {
            assert_eq!(shards.iter().filter(|s| s.holds(path)).count(), 1);
        }
        for shard in shards {
            assert!(paths.iter().filter(|p| shard.holds(p)).count() > 60);
        }
        assert!(["0/3", "4/3", "x", "1/0", "1"].iter().all(|t| t.parse::<Shard>().is_err()));
    }
}
