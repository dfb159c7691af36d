//! What the operator asks for.

use reqwest::Method;

use super::{Client, ClientError, answer, keyed};
use crate::wire;

impl Client {
    /// Moves a customer's money. With a key the same call can be made again until an answer comes.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn move_money(
        &self,
        user: i64,
        kind: wire::MovementKind,
        money: &wire::MoveMoney,
        key: Option<&str>,
    ) -> Result<wire::Movement, ClientError> {
        let verb = match kind {
            wire::MovementKind::Deposit => "deposit",
            wire::MovementKind::Deduct => "deduct",
            wire::MovementKind::Refund => "refund",
        };
        let request = self.request(Method::POST, &["api", "users", &user.to_string(), verb]);
        Ok(answer(keyed(request, key).json(money)).await?.1)
    }

    /// Adds a wallet to the pool.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn add_wallet(&self, wallet: &wire::AddWallet) -> Result<wire::SupplierWallet, ClientError> {
        self.post(&["api", "supplier-wallets", "add"], wallet).await
    }

    /// Shows the pool.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn wallets(&self) -> Result<wire::SupplierWallets, ClientError> {
        self.get(&["api", "supplier-wallets"], &()).await
    }

    /// Asks the chain what every wallet holds.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn update_wallets(&self) -> Result<wire::SupplierWallets, ClientError> {
        self.act(Method::POST, &["api", "supplier-wallets", "update-balances"]).await
    }

    /// Runs one round of the engine.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn process_orders(&self) -> Result<wire::Processed, ClientError> {
        self.act(Method::POST, &["api", "supplier-wallets", "process-orders"]).await
    }

    /// Switches a wallet on or off for new orders.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn toggle_wallet(&self, address: &str, enabled: bool) -> Result<wire::SupplierWallet, ClientError> {
        let request = self.request(Method::PUT, &["api", "supplier-wallets", address, "toggle"]);
        Ok(answer(request.json(&wire::Toggle { enabled })).await?.1)
    }

    /// Checks the books.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn verify(&self) -> Result<wire::Verification, ClientError> {
        self.get(&["api", "verify"], &()).await
    }

    /// Lists what happened after this number, oldest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn events(&self, after: i64, limit: u8) -> Result<wire::EventPage, ClientError> {
        self.get(&["api", "events"], &[("after", after), ("limit", limit.into())]).await
    }
}
