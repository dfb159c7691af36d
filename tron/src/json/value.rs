//! The value of a contract in JSON: one list of fields a contract, written and read beside each other.

use flash_core::address::Address;
use flash_core::units::Sun;
use serde_json::{Map, Value};

use super::transaction::{AddressForm, ParseJsonError};
use crate::contract::{
    AccountPermissionUpdate, CancelAllUnfreeze, Contract, ContractType, Delegate, Freeze, Key, Lock, Permission,
    PermissionId, PermissionKind, Resource, Transfer, TriggerSmart, Undelegate, Unfreeze, Vote, VoteWitness,
    WithdrawExpireUnfreeze,
};

/// Writes fields the way java-tron does: what has its default value is left out.
#[derive(Debug)]
pub(super) struct Writer {
    form: AddressForm,
    fields: Map<String, Value>,
}

impl Writer {
    pub(super) fn new(form: AddressForm) -> Self {
        Self { form, fields: Map::new() }
    }

    pub(super) fn value(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn int(self, name: &str, number: i64) -> Self {
        if number == 0 { self } else { self.value(name, number) }
    }

    pub(super) fn hex(self, name: &str, bytes: &[u8]) -> Self {
        if bytes.is_empty() { self } else { self.value(name, hex::encode(bytes)) }
    }

    fn flag(self, name: &str, flag: bool) -> Self {
        if flag { self.value(name, flag) } else { self }
    }

    fn address(self, name: &str, address: &Address) -> Self {
        let text = self.form.show(address);
        self.value(name, text)
    }

    fn resource(self, resource: Resource) -> Self {
        if resource.number() == 0 { self } else { self.value("resource", resource.name()) }
    }

    fn list<T>(self, name: &str, items: &[T], show: impl Fn(Self, &T) -> Self) -> Self {
        let form = self.form;
        let items: Vec<Value> = items.iter().map(|item| show(Self::new(form), item).done()).collect();
        if items.is_empty() { self } else { self.value(name, items) }
    }

    pub(super) fn done(self) -> Value {
        Value::Object(self.fields)
    }
}

/// Reads fields the way java-tron does: what is left out has its default value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    form: AddressForm,
    fields: &'a Map<String, Value>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(form: AddressForm, name: &'static str, value: &'a Value) -> Result<Self, ParseJsonError> {
        value.as_object().map(|fields| Self { form, fields }).ok_or(ParseJsonError { field: name })
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn inner(&self, name: &'static str) -> Result<Self, ParseJsonError> {
        Self::new(self.form, name, self.get(name).unwrap_or(&Value::Null))
    }

    pub(super) fn int(&self, name: &'static str) -> Result<i64, ParseJsonError> {
        self.or_default(name, Value::as_i64)
    }

    pub(super) fn int32(&self, name: &'static str) -> Result<i32, ParseJsonError> {
        i32::try_from(self.int(name)?).map_err(|_| ParseJsonError { field: name })
    }

    pub(super) fn text(&self, name: &'static str) -> Result<&'a str, ParseJsonError> {
        self.or_default(name, Value::as_str)
    }

    pub(super) fn hex(&self, name: &'static str) -> Result<Vec<u8>, ParseJsonError> {
        hex::decode(self.text(name)?).map_err(|_| ParseJsonError { field: name })
    }

    pub(super) fn items(&self, name: &'static str) -> Result<&'a [Value], ParseJsonError> {
        self.or_default(name, |value| value.as_array().map(Vec::as_slice))
    }

    fn or_default<T: Default>(
        &self,
        name: &'static str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<T, ParseJsonError> {
        self.get(name).map_or_else(|| Ok(T::default()), |value| read(value).ok_or(ParseJsonError { field: name }))
    }

    fn sun(&self, name: &'static str) -> Result<Sun, ParseJsonError> {
        self.int(name).map(Sun::new)
    }

    fn flag(&self, name: &'static str) -> Result<bool, ParseJsonError> {
        self.or_default(name, Value::as_bool)
    }

    fn address(&self, name: &'static str) -> Result<Address, ParseJsonError> {
        self.form.read(self.text(name)?).ok_or(ParseJsonError { field: name })
    }

    fn owner(&self) -> Result<Address, ParseJsonError> {
        self.address("owner_address")
    }

    /// An enum, which JSON names or numbers.
    fn choice<T>(
        &self,
        name: &'static str,
        by_name: impl Fn(&str) -> Option<T>,
        by_number: impl Fn(i32) -> Option<T>,
    ) -> Result<T, ParseJsonError> {
        let choice = match self.get(name).map(|value| (value.as_str(), value)) {
            None => by_number(0),
            Some((Some(text), _)) => by_name(text),
            Some((None, value)) => value.as_i64().and_then(|number| i32::try_from(number).ok()).and_then(by_number),
        };
        choice.ok_or(ParseJsonError { field: name })
    }

    fn resource(&self) -> Result<Resource, ParseJsonError> {
        self.choice("resource", Resource::from_name, Resource::from_number)
    }

    fn list<T>(
        &self,
        name: &'static str,
        read: impl Fn(Self) -> Result<T, ParseJsonError>,
    ) -> Result<Vec<T>, ParseJsonError> {
        self.items(name)?.iter().map(|item| read(Self::new(self.form, name, item)?)).collect()
    }
}

pub(super) fn write(form: AddressForm, contract: &Contract) -> Value {
    let fields = Writer::new(form);
    let written = match contract {
        Contract::Transfer(Transfer { owner, to, amount }) => {
            fields.address("owner_address", owner).address("to_address", to).int("amount", amount.get())
        }
        Contract::VoteWitness(VoteWitness { owner, votes, support }) => fields
            .address("owner_address", owner)
            .list("votes", votes, |item, vote| {
                item.address("vote_address", &vote.witness).int("vote_count", vote.count)
            })
            .flag("support", *support),
        Contract::TriggerSmart(TriggerSmart { owner, contract, call_value, data, call_token_value, token_id }) => {
            fields
                .address("owner_address", owner)
                .address("contract_address", contract)
                .int("call_value", call_value.get())
                .hex("data", data)
                .int("call_token_value", *call_token_value)
                .int("token_id", *token_id)
        }
        Contract::AccountPermissionUpdate(AccountPermissionUpdate { account, owner, witness, actives }) => {
            let fields = fields.address("owner_address", account);
            let fields = write_permission(fields, "owner", owner.as_ref());
            write_permission(fields, "witness", witness.as_ref()).list("actives", actives, permission_fields)
        }
        Contract::Freeze(Freeze { owner, amount, resource }) => {
            fields.address("owner_address", owner).int("frozen_balance", amount.get()).resource(*resource)
        }
        Contract::Unfreeze(Unfreeze { owner, amount, resource }) => {
            fields.address("owner_address", owner).int("unfreeze_balance", amount.get()).resource(*resource)
        }
        Contract::WithdrawExpireUnfreeze(WithdrawExpireUnfreeze { owner })
        | Contract::CancelAllUnfreeze(CancelAllUnfreeze { owner }) => fields.address("owner_address", owner),
        Contract::Delegate(Delegate { owner, receiver, stake, resource, lock }) => fields
            .address("owner_address", owner)
            .resource(*resource)
            .int("balance", stake.get())
            .address("receiver_address", receiver)
            .flag("lock", lock.locked)
            .int("lock_period", lock.slots),
        Contract::Undelegate(Undelegate { owner, receiver, stake, resource }) => fields
            .address("owner_address", owner)
            .resource(*resource)
            .int("balance", stake.get())
            .address("receiver_address", receiver),
    };
    written.done()
}

fn write_permission(fields: Writer, name: &str, permission: Option<&Permission>) -> Writer {
    match permission {
        None => fields,
        Some(permission) => {
            let inner = permission_fields(Writer::new(fields.form), permission).done();
            fields.value(name, inner)
        }
    }
}

fn permission_fields(fields: Writer, permission: &Permission) -> Writer {
    let kind = permission.kind;
    let fields = if kind.number() == 0 { fields } else { fields.value("type", kind.name()) };
    let fields = fields.int("id", permission.id.0.into());
    let name = permission.name.as_str();
    let fields = if name.is_empty() { fields } else { fields.value("permission_name", name) };
    fields
        .int("threshold", permission.threshold)
        .int("parent_id", permission.parent_id.into())
        .hex("operations", &permission.operations)
        .list("keys", &permission.keys, |item, key| item.address("address", &key.address).int("weight", key.weight))
}

pub(super) fn read(kind: ContractType, fields: &Reader<'_>) -> Result<Contract, ParseJsonError> {
    let owner = fields.owner()?;
    Ok(match kind {
        ContractType::Transfer => {
            Contract::Transfer(Transfer { owner, to: fields.address("to_address")?, amount: fields.sun("amount")? })
        }
        ContractType::VoteWitness => Contract::VoteWitness(VoteWitness {
            owner,
            votes: fields.list("votes", |vote| {
                Ok(Vote { witness: vote.address("vote_address")?, count: vote.int("vote_count")? })
            })?,
            support: fields.flag("support")?,
        }),
        ContractType::TriggerSmart => Contract::TriggerSmart(TriggerSmart {
            owner,
            contract: fields.address("contract_address")?,
            call_value: fields.sun("call_value")?,
            data: fields.hex("data")?,
            call_token_value: fields.int("call_token_value")?,
            token_id: fields.int("token_id")?,
        }),
        ContractType::AccountPermissionUpdate => Contract::AccountPermissionUpdate(AccountPermissionUpdate {
            account: owner,
            owner: read_optional_permission(fields, "owner")?,
            witness: read_optional_permission(fields, "witness")?,
            actives: fields.list("actives", |permission| read_permission(&permission))?,
        }),
        ContractType::FreezeBalanceV2 => {
            Contract::Freeze(Freeze { owner, amount: fields.sun("frozen_balance")?, resource: fields.resource()? })
        }
        ContractType::UnfreezeBalanceV2 => Contract::Unfreeze(Unfreeze {
            owner,
            amount: fields.sun("unfreeze_balance")?,
            resource: fields.resource()?,
        }),
        ContractType::WithdrawExpireUnfreeze => Contract::WithdrawExpireUnfreeze(WithdrawExpireUnfreeze { owner }),
        ContractType::CancelAllUnfreezeV2 => Contract::CancelAllUnfreeze(CancelAllUnfreeze { owner }),
        ContractType::DelegateResource => Contract::Delegate(Delegate {
            owner,
            receiver: fields.address("receiver_address")?,
            stake: fields.sun("balance")?,
            resource: fields.resource()?,
            lock: Lock { locked: fields.flag("lock")?, slots: fields.int("lock_period")? },
        }),
        ContractType::UnDelegateResource => Contract::Undelegate(Undelegate {
            owner,
            receiver: fields.address("receiver_address")?,
            stake: fields.sun("balance")?,
            resource: fields.resource()?,
        }),
    })
}

fn read_optional_permission(fields: &Reader<'_>, name: &'static str) -> Result<Option<Permission>, ParseJsonError> {
    fields.get(name).map(|_| read_permission(&fields.inner(name)?)).transpose()
}

fn read_permission(fields: &Reader<'_>) -> Result<Permission, ParseJsonError> {
    Ok(Permission {
        kind: fields.choice("type", PermissionKind::from_name, PermissionKind::from_number)?,
        id: PermissionId(fields.int32("id")?),
        name: fields.text("permission_name")?.to_owned(),
        threshold: fields.int("threshold")?,
        parent_id: fields.int32("parent_id")?,
        operations: fields.hex("operations")?,
        keys: fields.list("keys", |key| Ok(Key { address: key.address("address")?, weight: key.int("weight")? }))?,
    })
}
