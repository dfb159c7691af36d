//! Who may sign for an account, and for what.

use std::borrow::Cow;

use flash_core::address::Address;
use flash_tron::contract::{Key, Permission, PermissionId, PermissionKind};

/// Contract types that an account's first active permission allows, a bit each, as mainnet sets them.
const DEFAULT_OPERATIONS: [u8; 8] = [0x7f, 0xff, 0x1f, 0xc0, 0x03, 0x3e, 0xc3, 0x0f];

/// The permissions of an account. An account that never changed them has its own key for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(Option<Box<Custom>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Custom {
    owner: Permission,
    actives: Vec<Permission>,
}

impl Permissions {
    /// Permissions that differ from the default. Active permissions are numbered from 2.
    #[must_use]
    pub fn custom(owner: Permission, actives: Vec<Permission>) -> Self {
        let numbered = (2..).zip(actives).map(|(id, active)| Permission { id: PermissionId(id), ..active });
        Self(Some(Box::new(Custom { owner, actives: numbered.collect() })))
    }

    /// The owner permission.
    #[must_use]
    pub fn owner(&self, account: Address) -> Cow<'_, Permission> {
        match &self.0 {
            None => Cow::Owned(default_owner(account)),
            Some(custom) => Cow::Borrowed(&custom.owner),
        }
    }

    /// The active permissions.
    #[must_use]
    pub fn actives(&self, account: Address) -> Cow<'_, [Permission]> {
        match &self.0 {
            None => Cow::Owned(vec![default_active(account)]),
            Some(custom) => Cow::Borrowed(&custom.actives),
        }
    }

    /// The permission that a transaction names.
    #[must_use]
    pub fn find(&self, account: Address, id: PermissionId) -> Option<Permission> {
        if id == PermissionId::OWNER {
            return Some(self.owner(account).into_owned());
        }
        self.actives(account).iter().find(|active| active.id == id).cloned()
    }
}

/// The owner permission of an account that never changed it.
fn default_owner(account: Address) -> Permission {
    Permission {
        kind: PermissionKind::Owner,
        id: PermissionId::OWNER,
        name: "owner".to_owned(),
        threshold: 1,
        parent_id: 0,
        operations: Vec::new(),
        keys: vec![Key { address: account, weight: 1 }],
    }
}

/// The active permission of an account that never changed it.
fn default_active(account: Address) -> Permission {
    let mut operations = DEFAULT_OPERATIONS.to_vec();
    operations.resize(32, 0);
    Permission {
        kind: PermissionKind::Active,
        id: PermissionId(2),
        name: "active".to_owned(),
        operations,
        ..default_owner(account)
    }
}

/// Whether an active permission allows contracts of this type.
pub(crate) fn allows(permission: &Permission, contract_type: i32) -> bool {
    let (Ok(byte), bit) = (usize::try_from(contract_type >> 3), contract_type & 7) else {
        return false;
    };
    permission.operations.get(byte).is_some_and(|operations| operations >> bit & 1 == 1)
}

/// The weight of a key; 0 for a stranger's.
pub(crate) fn weight(permission: &Permission, key: &Address) -> i64 {
    permission.keys.iter().find(|known| known.address == *key).map_or(0, |known| known.weight)
}

#[cfg(test)]
mod tests {
    use flash_tron::contract::ContractType;

    use super::*;

    #[test]
    fn a_rental_only_key_delegates_and_reclaims_and_nothing_else() {
        let rental = [ContractType::DelegateResource, ContractType::UnDelegateResource];
        let operations = Permission::operations_for(&rental);
        let permission = Permission { operations, ..default_active(Address::from_body([1; 20])) };
        assert!(allows(&permission, 57) && allows(&permission, 58));
        assert!([1, 56, 59, 1_000, -1].iter().all(|other| !allows(&permission, *other)));
    }
}
