//! Customers' money.

use flash_core::Flash;
use flash_core::flash::{Adjustment, AdjustmentKind};
use flash_core::id::{IdempotencyKey, TransferId, UserId};
use flash_core::units::Asset;
use poem_openapi::OpenApi;
use uuid::Uuid;

use super::Tag;
use crate::server::auth::{Caller, Operator};
use crate::server::json::Json;
use crate::server::param::{Header, Optional, Path};
use crate::server::problem::Problem;
use crate::server::scalar::{After, Limit, argument};
use crate::server::show;
use crate::wire;

pub(in crate::server) struct Users(pub(super) Flash);

#[OpenApi(prefix_path = "/api", tag = "Tag::Users")]
impl Users {
    /// Shows what a customer has.
    ///
    /// One who was never seen has nothing.
    #[oai(path = "/users/:id/balance", method = "get", operation_id = "getBalance")]
    async fn balance(&self, caller: Caller, id: Path<UserId>) -> Result<Json<wire::Balance>, Problem> {
        caller.acts_for(id.0)?;
        Ok(Json(show::balance(id.0, &self.0.balances(id.0).await?)))
    }

    /// Lists the movements of a customer's money in one asset, oldest first.
    #[oai(path = "/users/:id/ledger", method = "get", operation_id = "listLedger")]
    async fn ledger(
        &self,
        caller: Caller,
        id: Path<UserId>,
        /// Of which asset; TRX when it is left out.
        asset: Optional<Asset>,
        /// How many at most.
        limit: Optional<Limit>,
        /// `next_cursor` of the page before.
        cursor: Optional<After>,
    ) -> Result<Json<wire::LedgerPage>, Problem> {
        caller.acts_for(id.0)?;
        let (Limit(limit), After(after)) = (limit.0.unwrap_or_default(), cursor.0.unwrap_or_default());
        let entries = self.0.entries(id.0, asset.0.unwrap_or(Asset::Trx), after, limit).await?;
        let last = entries.last().filter(|_| entries.len() == limit);
        Ok(Json(wire::LedgerPage {
            items: entries.iter().map(show::entry).collect(),
            next_cursor: last.map(|entry| entry.after.seq.to_string()),
        }))
    }

    /// Credits money that a customer paid in.
    ///
    /// Send an `Idempotency-Key`: the same movement under the same key moves nothing twice.
    #[oai(path = "/users/:id/deposit", method = "post", operation_id = "depositMoney")]
    async fn deposit(
        &self,
        _operator: Operator,
        id: Path<UserId>,
        /// The same key and movement is the same request. Bare or quoted.
        #[oai(name = "Idempotency-Key")]
        key: Header<IdempotencyKey>,
        body: Json<wire::MoveMoney>,
    ) -> Result<Json<wire::Movement>, Problem> {
        self.adjust(AdjustmentKind::Deposit, id.0, key.0, body.0).await
    }

    /// Takes money of a customer back.
    ///
    /// Send an `Idempotency-Key`: the same movement under the same key moves nothing twice.
    #[oai(path = "/users/:id/deduct", method = "post", operation_id = "deductMoney")]
    async fn deduct(
        &self,
        _operator: Operator,
        id: Path<UserId>,
        /// The same key and movement is the same request. Bare or quoted.
        #[oai(name = "Idempotency-Key")]
        key: Header<IdempotencyKey>,
        body: Json<wire::MoveMoney>,
    ) -> Result<Json<wire::Movement>, Problem> {
        self.adjust(AdjustmentKind::Deduct, id.0, key.0, body.0).await
    }

    /// Gives a customer money of the house.
    ///
    /// Send an `Idempotency-Key`: the same movement under the same key moves nothing twice. Orders that fail are
    /// refunded by themselves.
    #[oai(path = "/users/:id/refund", method = "post", operation_id = "refundMoney")]
    async fn refund(
        &self,
        _operator: Operator,
        id: Path<UserId>,
        /// The same key and movement is the same request. Bare or quoted.
        #[oai(name = "Idempotency-Key")]
        key: Header<IdempotencyKey>,
        body: Json<wire::MoveMoney>,
    ) -> Result<Json<wire::Movement>, Problem> {
        self.adjust(AdjustmentKind::Refund, id.0, key.0, body.0).await
    }
}

impl Users {
    async fn adjust(
        &self,
        kind: AdjustmentKind,
        user: UserId,
        key: Option<IdempotencyKey>,
        body: wire::MoveMoney,
    ) -> Result<Json<wire::Movement>, Problem> {
        let adjustment = Adjustment {
            id: transfer_id(user, key.as_ref()),
            user,
            asset: match body.asset {
                wire::Asset::Trx => Asset::Trx,
                wire::Asset::Usdt => Asset::Usdt,
            },
            amount: argument("amount", &body.amount)?,
            kind,
            reason: argument("reason", &body.reason)?,
        };
        let transfer = self.0.adjust(adjustment.clone()).await?;
        Ok(Json(show::movement(&adjustment, &transfer)))
    }
}

/// One key names one movement of a user, whichever operator's key it comes with: operators rotate theirs.
fn transfer_id(user: UserId, key: Option<&IdempotencyKey>) -> TransferId {
    match key {
        Some(key) => TransferId::derived(&[b"adjustment", &user.get().to_be_bytes(), key.as_str().as_bytes()]),
        None => TransferId::from_bytes(Uuid::now_v7().into_bytes()),
    }
}
