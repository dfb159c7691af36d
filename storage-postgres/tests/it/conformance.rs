//! The contract that every store keeps.

flash_core::store_conformance!(super::database::store());
