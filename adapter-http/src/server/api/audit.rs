//! The books looked at from outside, for the operator.

use flash_core::Flash;
use poem_openapi::OpenApi;

use super::Tag;
use crate::server::auth::Operator;
use crate::server::json::Json;
use crate::server::param::Optional;
use crate::server::problem::Problem;
use crate::server::scalar::{After, Limit};
use crate::server::show;
use crate::wire;

pub(in crate::server) struct Audit(pub(super) Flash);

#[OpenApi(prefix_path = "/api", tag = "Tag::Audit")]
impl Audit {
    /// Checks the books against themselves and against the chain.
    ///
    /// Reads everything: for now and then, not for every minute.
    #[oai(path = "/verify", method = "get", operation_id = "verifyBooks")]
    async fn verify(&self, _operator: Operator) -> Result<Json<wire::Verification>, Problem> {
        let (books, chain) = (self.0.verify().await?, self.0.verify_chain().await?);
        Ok(Json(show::verification(&books, &chain)))
    }

    /// Lists what happened, oldest first.
    #[oai(path = "/events", method = "get", operation_id = "listEvents")]
    async fn events(
        &self,
        _operator: Operator,
        /// Only what came after this number.
        after: Optional<After>,
        /// How many at most.
        limit: Optional<Limit>,
    ) -> Result<Json<wire::EventPage>, Problem> {
        let (After(after), Limit(limit)) = (after.0.unwrap_or_default(), limit.0.unwrap_or_default());
        let events = self.0.events(after, limit).await?;
        let items = events.iter().map(show::event).collect::<Result<Vec<_>, _>>().map_err(Problem::internal)?;
        let last_seq = items.last().map_or(show::number(after), |event| event.seq);
        Ok(Json(wire::EventPage { items, last_seq }))
    }
}
