//! Orders.

use flash_core::Flash;
use flash_core::flash::{NewOrder, Placed};
use flash_core::id::{ClientOrderId, IdempotencyKey, OrderId, UserId};
use flash_core::order::Status;
use flash_core::store::{OrderCursor, OrderQuery, OrdersOf, Which};
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::Tag;
use crate::server::auth::Caller;
use crate::server::json::Json;
use crate::server::param::{Header, Optional, Path};
use crate::server::problem::{Code, Problem};
use crate::server::scalar::{Limit, argument, argument_or, cursor_text, user};
use crate::server::show;
use crate::wire;

pub(in crate::server) struct Orders(pub(super) Flash);

/// A placed order.
#[derive(ApiResponse)]
enum Placement {
    /// It is new: its price is held.
    #[oai(status = 201)]
    New(Json<wire::Order>),
    /// It was placed before by the same request; as it stands now.
    #[oai(status = 200)]
    Replayed(Json<wire::Order>, #[oai(header = "Idempotency-Replayed")] String),
}

#[OpenApi(prefix_path = "/api", tag = "Tag::Orders")]
impl Orders {
    /// Places an order.
    ///
    /// Holds its price and reserves stake. The same request under the same `Idempotency-Key` or `client_order_id` is
    /// answered with the same order, and nothing is held twice; after a lost answer, send it again.
    #[oai(path = "/orders", method = "post", operation_id = "placeOrder")]
    async fn place(
        &self,
        caller: Caller,
        /// The same key and body is the same request. Bare or quoted, 1 to 255 visible ASCII characters.
        #[oai(name = "Idempotency-Key")]
        key: Header<IdempotencyKey>,
        body: Json<wire::PlaceOrder>,
    ) -> Result<Placement, Problem> {
        let new = new_order(body.0, key.0)?;
        caller.acts_for(new.user)?;
        // Boxed, so that the layers around do not copy the room it needs.
        Ok(match Box::pin(self.0.place(new)).await? {
            Placed::New(order) => Placement::New(Json(show::order(&order))),
            Placed::Replayed(order) => Placement::Replayed(Json(show::order(&order)), "true".to_owned()),
        })
    }

    /// Shows an order.
    #[oai(path = "/orders/:id", method = "get", operation_id = "getOrder")]
    async fn get(&self, caller: Caller, id: Path<OrderId>) -> Result<Json<wire::Order>, Problem> {
        let order = caller.sees(self.0.order(id.0).await?)?;
        Ok(Json(show::order(&order)))
    }

    /// Lists orders, newest first.
    ///
    /// A user's key lists that user's orders; a service names one of its users.
    #[oai(path = "/orders", method = "get", operation_id = "listOrders")]
    async fn list(
        &self,
        caller: Caller,
        /// Whose.
        user_id: Optional<UserId>,
        /// Only those with this status.
        status: Optional<Status>,
        /// How many at most.
        limit: Optional<Limit>,
        /// `next_cursor` of the page before.
        cursor: Optional<OrderCursor>,
    ) -> Result<Json<wire::OrderPage>, Problem> {
        let Limit(limit) = limit.0.unwrap_or_default();
        let query = OrderQuery {
            of: caller.orders_of(user_id.0)?.map_or(OrdersOf::Anyone, OrdersOf::User),
            which: status.0.map_or(Which::Any, Which::Status),
            after: cursor.0,
            limit,
        };
        let orders = self.0.orders(&query).await?;
        let last = orders.last().filter(|_| orders.len() == limit).map(OrderCursor::of);
        Ok(Json(wire::OrderPage {
            items: orders.iter().map(show::order).collect(),
            next_cursor: last.as_ref().map(cursor_text),
        }))
    }

    /// Cancels an order that nothing has been signed for, and gives its price back.
    ///
    /// Cancelling it again is no error.
    #[oai(path = "/orders/:id/cancel", method = "post", operation_id = "cancelOrder")]
    async fn cancel(&self, caller: Caller, id: Path<OrderId>) -> Result<Json<wire::Order>, Problem> {
        caller.sees(self.0.order(id.0).await?)?;
        Ok(Json(show::order(&self.0.cancel(id.0).await?)))
    }
}

fn new_order(body: wire::PlaceOrder, key: Option<IdempotencyKey>) -> Result<NewOrder, Problem> {
    let client_order_id = body.client_order_id.map(|id| {
        let reason = |error| Problem::new(Code::InvalidArgument, format!("client_order_id: {error}"));
        id.parse::<ClientOrderId>().map_err(reason)
    });
    let max_price = body.max_price_trx.map(|price| argument("max_price_trx", &price));
    Ok(NewOrder {
        id: OrderId::from_bytes(Uuid::now_v7().into_bytes()),
        user: user(body.user_id)?,
        receiver: argument_or(Code::InvalidReceiverAddress, "receive_address", &body.receive_address)?,
        energy: flash_core::units::Energy::new(body.energy_amount),
        term: argument("duration", &body.duration)?,
        client_order_id: client_order_id.transpose()?,
        key,
        max_price: max_price.transpose()?,
        quote: body.quote_id.map(|id| argument("quote_id", &id)).transpose()?,
    })
}
