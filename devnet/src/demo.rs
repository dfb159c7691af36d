//! Keys and wallets for demos and tests.

use flash_core::units::Sun;
use flash_tron::key::PrivateKey;

use crate::control::ControlError;
use crate::network::Network;
use crate::producer::derived_key;
use crate::state::account::Resource;

/// The key that a name always gives.
///
/// Anybody can compute it from the name: an address of such a key holds nothing of worth on any real network.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "one name in 2¹²⁸ has no key, and nobody knows it")]
#[expect(clippy::expect_used, reason = "one name in 2¹²⁸ has no key, and nobody knows it")]
pub fn demo_key(name: &str) -> PrivateKey {
    derived_key(&[b"demo", name.as_bytes()]).expect("a hash below the order of the curve")
}

/// The wallet of a name: an account of its demo key with this balance and this stake for Energy, at once.
///
/// # Errors
/// [`ControlError`] when an amount is negative or out of range.
pub fn set_up_wallet(network: &mut Network, name: &str, balance: Sun, stake: Sun) -> Result<PrivateKey, ControlError> {
    let key = demo_key(name);
    network.fund(key.address(), balance.plus(stake)?)?;
    if stake != Sun::ZERO {
        network.stake(key.address(), stake, Resource::Energy)?;
    }
    Ok(key)
}
