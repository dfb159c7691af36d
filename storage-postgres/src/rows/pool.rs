//! Wallets, the cursor, and sightings.

use flash_core::chain::Holdings;
use flash_core::store::{Cursor, PooledWallet, Priority, Sighting, StoreError, Wallet, WalletState};
use flash_core::time::Timestamp;
use flash_core::units::Sun;

use super::{address, block, corrupt, signed, version, version_number};

#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "wallet_row")]
pub(crate) struct WalletRow {
    pub(crate) address: [u8; 20],
    enabled: bool,
    priority: i16,
    stake_limit: i64,
    balance: i64,
    lendable: i64,
    lent_on_chain: i64,
    bandwidth: i64,
    observed_ms: i64,
    pub(crate) version: i64,
}

#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "wallet_put")]
pub(crate) struct WalletPut {
    pub(crate) content: WalletRow,
    pub(crate) follows: i64,
}

/// See `stake_move` in the schema.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "stake_move")]
pub(crate) struct StakeMove {
    pub(crate) address: [u8; 20],
    pub(crate) total: i64,
    pub(crate) least: i64,
    pub(crate) most: Option<i64>,
    pub(crate) most_after: Option<i64>,
}

#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "cursor_row")]
pub(crate) struct CursorRow {
    height: i64,
    block: [u8; 32],
    time_ms: i64,
    version: i64,
}

#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "cursor_put")]
pub(crate) struct CursorPut {
    pub(crate) content: CursorRow,
    pub(crate) follows: i64,
}

#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "sighting_row")]
pub(crate) struct SightingRow {
    pub(crate) tx: [u8; 32],
    height: i64,
    block: [u8; 32],
    time_ms: i64,
    succeeded: bool,
}

impl From<&Wallet> for WalletRow {
    fn from(wallet: &Wallet) -> Self {
        Self {
            address: *wallet.address.body(),
            enabled: wallet.state == WalletState::Enabled,
            priority: wallet.priority.0.into(),
            stake_limit: wallet.limit.get(),
            balance: wallet.holdings.balance.get(),
            lendable: wallet.holdings.lendable.get(),
            lent_on_chain: wallet.holdings.lent.get(),
            bandwidth: wallet.holdings.bandwidth,
            observed_ms: wallet.observed_at.as_millis(),
            version: version_number(wallet.version),
        }
    }
}

/// A wallet and what is lent of it.
pub(crate) fn pooled(row: &WalletRow, lent: i64) -> Result<PooledWallet, StoreError> {
    let priority = u8::try_from(row.priority).map_err(|_| corrupt(format!("priority {}", row.priority)))?;
    let wallet = Wallet {
        address: address(row.address),
        state: if row.enabled { WalletState::Enabled } else { WalletState::Disabled },
        priority: Priority(priority),
        limit: Sun::new(row.stake_limit),
        holdings: Holdings {
            balance: Sun::new(row.balance),
            lendable: Sun::new(row.lendable),
            lent: Sun::new(row.lent_on_chain),
            bandwidth: row.bandwidth,
        },
        observed_at: Timestamp::from_millis(row.observed_ms),
        version: version(row.version)?,
    };
    Ok(PooledWallet { wallet, lent: Sun::new(lent) })
}

impl From<&Cursor> for CursorRow {
    fn from(cursor: &Cursor) -> Self {
        Self {
            height: signed(cursor.solid.height.0),
            block: *cursor.solid.id.as_bytes(),
            time_ms: cursor.solid.time.as_millis(),
            version: version_number(cursor.version),
        }
    }
}

impl CursorRow {
    pub(crate) fn cursor(&self) -> Result<Cursor, StoreError> {
        Ok(Cursor { solid: block(self.height, self.block, self.time_ms)?, version: version(self.version)? })
    }
}

impl From<&Sighting> for SightingRow {
    fn from(sighting: &Sighting) -> Self {
        Self {
            tx: *sighting.tx.as_bytes(),
            height: signed(sighting.block.height.0),
            block: *sighting.block.id.as_bytes(),
            time_ms: sighting.block.time.as_millis(),
            succeeded: sighting.succeeded,
        }
    }
}

impl SightingRow {
    pub(crate) fn sighting(&self) -> Result<Sighting, StoreError> {
        let tx = flash_core::id::TxId::from_bytes(self.tx);
        Ok(Sighting { tx, block: block(self.height, self.block, self.time_ms)?, succeeded: self.succeeded })
    }
}
