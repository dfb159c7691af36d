//! How a devnet is set up.

use flash_core::time::Timestamp;

use crate::params::Params;

/// How fast virtual time runs.
///
/// At any speed but [`Speed::REAL`] block time leaves the wall clock behind: a client that dates transactions by its
/// own clock instead of the head's time finds them expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(u32);

impl Speed {
    /// Time stands still; only [`advance`](crate::Devnet::advance) moves it.
    pub const MANUAL: Self = Self(0);
    /// As on mainnet: a block each 3 seconds.
    pub const REAL: Self = Self(1);

    /// This many chain seconds in each real second.
    #[must_use]
    pub const fn times(factor: u32) -> Self {
        Self(factor)
    }

    /// Chain seconds in each real second; 0 when time stands still.
    #[must_use]
    pub const fn factor(self) -> u32 {
        self.0
    }
}

/// When block 0 was produced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Genesis {
    /// At this moment, rounded down to a multiple of 3 seconds. Runs with the same seed give the same blocks.
    At(Timestamp),
    /// So long ago that the first block a client sees is of the present moment.
    Now,
}

/// The settings of a devnet. Start from the default and change what matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What block ids and producers are made from.
    pub seed: u64,
    /// When block 0 was produced.
    pub genesis: Genesis,
    /// Empty blocks produced before the first client comes, so that there is a solid block to refer to.
    pub history: u32,
    /// How fast virtual time runs.
    ///
    /// At any speed but [`Speed::REAL`] block time leaves the wall clock behind: a client that dates transactions by its own
    /// clock instead of the head's time finds them expired.
    pub speed: Speed,
    /// How many blocks the solid block is behind the head; mainnet's 18 unless told otherwise.
    pub solid_lag: u32,
    /// How many transactions the pool holds before the node says it is busy.
    pub pool_limit: usize,
    /// Whether the node remembers ids before it validates, as a node with `node.rpc.trxCacheEnable` does: a
    /// transaction that was refused once is then "known" for ever.
    pub id_cache: bool,
    /// What the committee voted.
    pub params: Params,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            genesis: Genesis::Now,
            history: 40,
            speed: Speed::REAL,
            solid_lag: 18,
            pool_limit: 2_000,
            id_cache: false,
            params: Params::default(),
        }
    }
}
