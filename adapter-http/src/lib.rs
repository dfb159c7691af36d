//! flash over HTTP: a poem-openapi face ([`app`], feature `server`) and a typed client (feature `client`), which share
//! the types of [`wire`].
//!
//! ```
//! # #[cfg(feature = "server")]
//! # fn mount(flash: flash_core::Flash) -> Result<impl poem::Endpoint, flash_adapter_http::KeysError> {
//! use flash_adapter_http::{Keys, Scope};
//! use poem::Route;
//!
//! let keys = Keys::new([("ops", "a-long-and-random-secret", Scope::Operator)])?;
//! let routes = Route::new().nest("/", flash_adapter_http::app(flash, keys));
//! # Ok(routes)
//! # }
//! ```

pub mod wire;

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "server")]
mod server;

#[cfg(feature = "server")]
pub use crate::server::keys::{Keys, KeysError, Scope};
#[cfg(feature = "server")]
pub use crate::server::{Probe, app, app_with, health, openapi};
