//! Who may sign for an account.

use flash_core::address::Address;

use super::ContractType;

/// Which permission of the owner a transaction is signed with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionId(pub i32);

impl PermissionId {
    /// The owner's own permission; it does not appear on the wire.
    pub const OWNER: Self = Self(0);
}

/// A set of keys and what they may do together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// What it is for.
    pub kind: PermissionKind,
    /// What a transaction calls it by.
    pub id: PermissionId,
    /// A name for people.
    pub name: String,
    /// The weight of keys needed.
    pub threshold: i64,
    /// Always 0 on the network, but part of the bytes.
    pub parent_id: i32,
    /// A bit a contract type: byte `number / 8`, bit `number % 8`; 32 bytes for an active permission, else empty.
    pub operations: Vec<u8>,
    /// The keys.
    pub keys: Vec<Key>,
}

/// What a permission is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PermissionKind {
    /// Everything.
    Owner,
    /// Making blocks.
    Witness,
    /// The contracts its operations name.
    Active,
}

/// A key of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key's address.
    pub address: Address,
    /// Its weight.
    pub weight: i64,
}

impl PermissionKind {
    /// The network's number for it.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Owner => 0,
            Self::Witness => 1,
            Self::Active => 2,
        }
    }

    /// The network's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Witness => "Witness",
            Self::Active => "Active",
        }
    }

    /// The kind of a number.
    #[must_use]
    pub const fn from_number(number: i32) -> Option<Self> {
        match number {
            0 => Some(Self::Owner),
            1 => Some(Self::Witness),
            2 => Some(Self::Active),
            _ => None,
        }
    }

    /// The kind of a name, as JSON carries it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Owner, Self::Witness, Self::Active].into_iter().find(|kind| kind.name() == name)
    }
}

impl Permission {
    /// The operations of an active permission that allows these contracts and no others.
    #[must_use]
    pub fn operations_for(allowed: &[ContractType]) -> Vec<u8> {
        let mut operations = vec![0_u8; 32];
        for kind in allowed {
            let number = kind.number().unsigned_abs();
            let byte = usize::try_from(number >> 3).ok().and_then(|at| operations.get_mut(at));
            if let Some(byte) = byte {
                *byte |= 1 << (number & 7);
            }
        }
        operations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rental_only_key_has_the_known_operations() {
        let operations =
            Permission::operations_for(&[ContractType::DelegateResource, ContractType::UnDelegateResource]);
        assert_eq!(hex::encode(operations), format!("0000000000000006{}", "0".repeat(48)));
    }
}
