//! What a customer, a bot or a merchant asks for.

use reqwest::{Method, StatusCode};
use serde::Serialize;

use super::{Client, ClientError, answer, keyed, sent};
use crate::wire;

/// A placed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// It is new.
    New(wire::Order),
    /// It was placed before, by the same request.
    Replayed(wire::Order),
}

impl Placed {
    /// The order.
    #[must_use]
    pub fn into_order(self) -> wire::Order {
        match self {
            Self::New(order) | Self::Replayed(order) => order,
        }
    }
}

/// Which orders to list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OrderFilter {
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// With which status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<wire::OrderStatus>,
    /// How many at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u8>,
    /// `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Which lines of an account to list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LedgerFilter {
    /// Of which asset.
    pub asset: wire::Asset,
    /// How many at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u8>,
    /// `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Client {
    /// Places an order. With a key the same call can be made again until an answer comes.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn place_order(&self, order: &wire::PlaceOrder, key: Option<&str>) -> Result<Placed, ClientError> {
        let request = keyed(self.request(Method::POST, &["api", "orders"]), key).json(order);
        let (status, order) = answer(request).await?;
        Ok(if status == StatusCode::CREATED { Placed::New(order) } else { Placed::Replayed(order) })
    }

    /// Shows an order.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn order(&self, id: &str) -> Result<wire::Order, ClientError> {
        self.get(&["api", "orders", id], &()).await
    }

    /// Lists orders, newest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn orders(&self, filter: &OrderFilter) -> Result<wire::OrderPage, ClientError> {
        self.get(&["api", "orders"], filter).await
    }

    /// Cancels an order that nothing has been signed for.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn cancel_order(&self, id: &str) -> Result<wire::Order, ClientError> {
        self.act(Method::POST, &["api", "orders", id, "cancel"]).await
    }

    /// Shows what a customer has.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn balance(&self, user: i64) -> Result<wire::Balance, ClientError> {
        self.get(&["api", "users", &user.to_string(), "balance"], &()).await
    }

    /// Lists the movements of a customer's money, oldest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn ledger(&self, user: i64, filter: &LedgerFilter) -> Result<wire::LedgerPage, ClientError> {
        self.get(&["api", "users", &user.to_string(), "ledger"], filter).await
    }

    /// Shows a user's address book.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn addresses(&self, user: i64) -> Result<wire::AddressBook, ClientError> {
        self.get(&["api", "wallets", "users", &user.to_string()], &()).await
    }

    /// Keeps an address for a user.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn save_address(&self, user: i64, save: &wire::SaveAddress) -> Result<wire::SavedAddress, ClientError> {
        self.post(&["api", "wallets", "users", &user.to_string()], save).await
    }

    /// Forgets an address of a user.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn forget_address(&self, user: i64, address: &str) -> Result<(), ClientError> {
        let request = self.request(Method::DELETE, &["api", "wallets", "users", &user.to_string(), address]);
        sent(request).await.map(drop)
    }

    /// Shows the price list.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn prices(&self) -> Result<wire::PriceList, ClientError> {
        self.get(&["api", "prices"], &()).await
    }

    /// Calculates what an order would cost now.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn price(&self, energy_amount: i64, duration: &str) -> Result<wire::Price, ClientError> {
        let energy_amount = energy_amount.to_string();
        self.get(&["api", "prices", "quote"], &[("energy_amount", energy_amount.as_str()), ("duration", duration)])
            .await
    }

    /// Holds a price for a while.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn hold_quote(&self, quote: &wire::HoldQuote) -> Result<wire::Quote, ClientError> {
        self.post(&["api", "quotes"], quote).await
    }

    /// Tells whether the process is alive.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn health(&self) -> Result<wire::Health, ClientError> {
        self.get(&["health"], &()).await
    }
}
