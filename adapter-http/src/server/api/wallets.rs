//! The pool of supplier wallets, for the operator.

use flash_core::Flash;
use flash_core::address::Address;
use flash_core::flash::{NewWallet, WalletChange};
use flash_core::id::WorkerId;
use flash_core::store::{Priority, WalletState};
use poem_openapi::OpenApi;

use super::Tag;
use crate::server::auth::Operator;
use crate::server::json::{Json, OptionalJson};
use crate::server::param::Path;
use crate::server::problem::{Code, Problem};
use crate::server::scalar::argument;
use crate::server::{show, time};
use crate::wire;

/// How many orders one call carries forward at most.
const ORDERS_PER_CALL: usize = 100;

pub(in crate::server) struct Wallets(pub(super) Flash);

#[OpenApi(prefix_path = "/api/supplier-wallets", tag = "Tag::SupplierWallets")]
impl Wallets {
    /// Adds a wallet to the pool, with the stake that the chain shows.
    ///
    /// Its key must be with the signer; keys are never sent over HTTP. Adding a wallet again changes nothing.
    #[oai(path = "/add", method = "post", operation_id = "addSupplierWallet")]
    async fn add(
        &self,
        _operator: Operator,
        body: Json<wire::AddWallet>,
    ) -> Result<Json<wire::SupplierWallet>, Problem> {
        let priority = u8::try_from(body.0.priority);
        let priority = priority.map_err(|_| Problem::new(Code::InvalidArgument, "priority: expected 0 to 255"))?;
        let new = NewWallet { address: argument("address", &body.0.address)?, priority: Priority(priority) };
        Ok(Json(show::wallet(&self.0.add_wallet(new).await?)))
    }

    /// Shows the pool.
    #[oai(path = "/", method = "get", operation_id = "listSupplierWallets")]
    async fn list(&self, _operator: Operator) -> Result<Json<wire::SupplierWallets>, Problem> {
        Ok(Json(show::wallets(&self.0.wallets().await?)))
    }

    /// Asks the chain what every wallet holds.
    #[oai(path = "/update-balances", method = "post", operation_id = "updateSupplierWallets")]
    async fn update(&self, _operator: Operator) -> Result<Json<wire::SupplierWallets>, Problem> {
        Ok(Json(show::wallets(&self.0.refresh_wallets().await?)))
    }

    /// Runs one round of the engine now, which otherwise runs by itself.
    #[oai(path = "/process-orders", method = "post", operation_id = "processOrders")]
    async fn process(&self, _operator: Operator) -> Result<Json<wire::Processed>, Problem> {
        let worker: WorkerId = "http".parse().map_err(Problem::internal)?;
        let worked = self.0.work(&worker, ORDERS_PER_CALL).await?;
        let orders = i64::try_from(worked.orders).unwrap_or(i64::MAX);
        Ok(Json(wire::Processed { orders, next_due: time::unless_never(worked.next_due) }))
    }

    /// Switches a wallet on or off for new orders.
    ///
    /// Without a body it is switched over. Stake that is out comes home either way.
    #[oai(path = "/:id/toggle", method = "put", operation_id = "toggleSupplierWallet")]
    async fn toggle(
        &self,
        _operator: Operator,
        /// The wallet's address.
        id: Path<Address>,
        body: OptionalJson<wire::Toggle>,
    ) -> Result<Json<wire::SupplierWallet>, Problem> {
        let enabled = match body.0 {
            Some(wire::Toggle { enabled }) => enabled,
            None => self.0.wallet(id.0).await?.wallet.state == WalletState::Disabled,
        };
        let state = if enabled { WalletState::Enabled } else { WalletState::Disabled };
        Ok(Json(show::wallet(&self.0.change_wallet(id.0, WalletChange::State(state)).await?)))
    }
}
