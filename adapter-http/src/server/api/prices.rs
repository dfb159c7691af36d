//! What rentals cost.

use flash_core::Flash;
use flash_core::flash::NewQuote;
use flash_core::id::QuoteId;
use flash_core::price::{Price, Term};
use flash_core::units::Energy;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::Tag;
use crate::server::auth::Caller;
use crate::server::json::Json;
use crate::server::param::Query;
use crate::server::problem::Problem;
use crate::server::scalar::{argument, user};
use crate::server::show;
use crate::wire;

pub(in crate::server) struct Prices(pub(super) Flash);

/// A held quote.
#[derive(ApiResponse)]
enum Held {
    /// The price holds until it expires, for one order.
    #[oai(status = 201)]
    New(Json<wire::Quote>),
}

#[OpenApi(prefix_path = "/api", tag = "Tag::Prices")]
impl Prices {
    /// Shows the price list.
    #[oai(path = "/prices", method = "get", operation_id = "listPrices")]
    async fn list(&self, _caller: Caller) -> Result<Json<wire::PriceList>, Problem> {
        let config = self.0.config();
        Ok(Json(wire::PriceList {
            smallest_order: config.smallest_order.get(),
            largest_order: config.largest_order.get(),
            terms: show::terms(&self.0.prices()),
        }))
    }

    /// Calculates what an order would cost now. Nothing is held.
    #[oai(path = "/prices/quote", method = "get", operation_id = "calculatePrice")]
    async fn calculate(
        &self,
        _caller: Caller,
        /// How much Energy.
        energy_amount: Query<Energy>,
        /// For how long.
        duration: Query<Term>,
    ) -> Result<Json<wire::Price>, Problem> {
        let (energy, term) = (energy_amount.0, duration.0);
        let Price { rate, total } = self.0.price(energy, term)?;
        Ok(Json(wire::Price {
            energy_amount: energy.get(),
            duration: term.as_str().to_owned(),
            sun_per_energy: rate.normalize().to_string(),
            price_trx: total.to_string(),
        }))
    }

    /// Holds a price for a while. Name the quote when you place the order.
    #[oai(path = "/quotes", method = "post", operation_id = "holdQuote")]
    async fn hold(&self, caller: Caller, body: Json<wire::HoldQuote>) -> Result<Held, Problem> {
        let new = NewQuote {
            id: QuoteId::from_bytes(Uuid::now_v7().into_bytes()),
            user: user(body.0.user_id)?,
            energy: Energy::new(body.0.energy_amount),
            term: argument("duration", &body.0.duration)?,
        };
        caller.acts_for(new.user)?;
        Ok(Held::New(Json(show::quote(&self.0.quote(new).await?))))
    }
}
