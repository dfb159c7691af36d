//! The durable store of flash, on PostgreSQL, for many workers on many hosts.

#[cfg(feature = "testing")]
pub mod testing;
