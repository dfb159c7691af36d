//! A user's address book.

use serde::{Deserialize, Serialize};

/// An address to keep. One that is there gets the new label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object), oai(example))]
pub struct SaveAddress {
    /// The address.
    #[cfg_attr(feature = "server", oai(validator(pattern = "^T[1-9A-HJ-NP-Za-km-z]{33}$")))]
    pub address: String,
    /// The user's name for it; 1 to 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "server", oai(nullable, validator(min_length = 1, max_length = 500)))]
    pub label: Option<String>,
}

/// An address in the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct SavedAddress {
    /// The address.
    pub address: String,
    /// The user's name for it.
    #[cfg_attr(feature = "server", oai(nullable))]
    pub label: Option<String>,
    /// When it was saved.
    pub saved_at: String,
}

/// A user's addresses, by address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(poem_openapi::Object))]
pub struct AddressBook {
    /// The addresses.
    pub items: Vec<SavedAddress>,
}

#[cfg(feature = "server")]
impl poem_openapi::types::Example for SaveAddress {
    fn example() -> Self {
        Self { address: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t".to_owned(), label: Some("cold wallet".to_owned()) }
    }
}
