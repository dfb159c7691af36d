//! Users' address books.

use flash_core::Flash;
use flash_core::address::Address;
use flash_core::id::UserId;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use crate::server::auth::Caller;
use crate::server::json::Json;
use crate::server::param::Path;
use crate::server::problem::Problem;
use crate::server::scalar::argument;
use crate::server::show;
use crate::wire;

pub(in crate::server) struct Addresses(pub(super) Flash);

/// The address is forgotten.
#[derive(ApiResponse)]
enum Forgotten {
    /// The address is forgotten.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(prefix_path = "/api", tag = "Tag::Wallets")]
impl Addresses {
    /// Shows a user's address book.
    #[oai(path = "/wallets/users/:id", method = "get", operation_id = "listAddresses")]
    async fn list(&self, caller: Caller, id: Path<UserId>) -> Result<Json<wire::AddressBook>, Problem> {
        caller.acts_for(id.0)?;
        let book = self.0.addresses(id.0).await?;
        Ok(Json(wire::AddressBook { items: book.iter().map(show::saved_address).collect() }))
    }

    /// Keeps an address for a user. One that is there gets the new label.
    #[oai(path = "/wallets/users/:id", method = "post", operation_id = "saveAddress")]
    async fn save(
        &self,
        caller: Caller,
        id: Path<UserId>,
        body: Json<wire::SaveAddress>,
    ) -> Result<Json<wire::SavedAddress>, Problem> {
        caller.acts_for(id.0)?;
        let address = argument("address", &body.0.address)?;
        let label = body.0.label.map(|label| argument("label", &label)).transpose()?;
        Ok(Json(show::saved_address(&self.0.save_address(id.0, address, label).await?)))
    }

    /// Forgets an address of a user.
    #[oai(path = "/wallets/users/:id/:address", method = "delete", operation_id = "forgetAddress")]
    async fn forget(&self, caller: Caller, id: Path<UserId>, address: Path<Address>) -> Result<Forgotten, Problem> {
        caller.acts_for(id.0)?;
        self.0.forget_address(id.0, address.0).await?;
        Ok(Forgotten::Done)
    }
}
