//! The hex form of addresses, as java-tron prints them where `visible` is false.

use flash_core::address::Address;

/// A text is not the hex form of a TRON address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 42 hex digits that start with 41")]
pub struct ParseHexAddressError;

/// The 21 bytes as 42 lower-case hex digits.
#[must_use]
pub fn hex_address(address: &Address) -> String {
    hex::encode(address.to_bytes())
}

/// Reads 42 hex digits of either case. java-tron pads a text that lost a digit and takes `0x`; this does neither,
/// because the result would be somebody else's address.
///
/// # Errors
/// [`ParseHexAddressError`] for anything else.
pub fn parse_hex_address(text: &str) -> Result<Address, ParseHexAddressError> {
    let mut bytes = [0; 21];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| ParseHexAddressError)?;
    Address::from_bytes(&bytes).map_err(|_| ParseHexAddressError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_cases_read_and_lower_case_shows() {
        let text = "41a614f803b6fd780986a42c78ec9c7f77e6ded13c";
        let address = parse_hex_address(text).unwrap();
        assert_eq!(address.to_string(), "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t");
        assert_eq!(hex_address(&address), text);
        assert_eq!(parse_hex_address(&text.to_uppercase()), Ok(address));
    }

    #[test]
    fn nothing_is_padded_or_stripped() {
        for bad in [
            "",
            "41a614f803b6fd780986a42c78ec9c7f77e6ded13",
            "1a614f803b6fd780986a42c78ec9c7f77e6ded13c",
            "0x41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
            "a0a614f803b6fd780986a42c78ec9c7f77e6ded13c",
            "41a614f803b6fd780986a42c78ec9c7f77e6ded13c00",
            " 41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
        ] {
            assert_eq!(parse_hex_address(bad), Err(ParseHexAddressError), "{bad:?}");
        }
    }
}
