//! Transactions: built here, hashed here, and read back only when every byte is understood.

use flash_core::chain::BlockRef;
use flash_core::id::{BlockId, TxId};
use flash_core::time::Timestamp;
use flash_core::units::Sun;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::contract::{Contract, DecodeError, PermissionId};
use crate::key::{PrivateKey, Signature};
use crate::proto;

/// What is signed: an intent, bound to a branch of the chain and to a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawTransaction {
    /// What it does.
    pub contract: Contract,
    /// Which permission of the owner signs.
    pub permission_id: PermissionId,
    /// The block it is bound to.
    pub reference: Reference,
    /// No block whose parent's time is at or past this can hold it.
    pub expiration: Timestamp,
    /// Not checked by the network; it tells transactions of one intent apart.
    pub timestamp: Timestamp,
    /// The most a contract call may burn; zero for anything else.
    pub fee_limit: Sun,
    /// Free bytes, empty as a rule: any memo costs the owner 1 TRX.
    pub memo: Vec<u8>,
}

/// A block as transactions refer to it: good on its branch for 65,536 blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The low 16 bits of its number, big-endian.
    pub ref_block_bytes: [u8; 2],
    /// Bytes 8 to 16 of its id.
    pub ref_block_hash: [u8; 8],
}

/// A transaction and its signatures. The raw bytes are kept as they were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTransaction {
    /// The encoded [`RawTransaction`].
    pub raw: Vec<u8>,
    /// Over its id.
    pub signatures: Vec<Signature>,
}

/// What a transaction's result takes of a block, in bytes; the network charges it in advance.
const RESULT_BANDWIDTH: usize = 64;

impl RawTransaction {
    /// A transaction without permission id, fee limit and memo, as every delegation is.
    #[must_use]
    pub const fn new(contract: Contract, reference: Reference, expiration: Timestamp, timestamp: Timestamp) -> Self {
        Self {
            contract,
            permission_id: PermissionId::OWNER,
            reference,
            expiration,
            timestamp,
            fee_limit: Sun::ZERO,
            memo: Vec::new(),
        }
    }

    /// The bytes that are hashed and signed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (kind, parameter) = self.contract.encode();
        let contract = proto::Contract {
            r#type: kind.number(),
            parameter: Some(parameter),
            permission_id: self.permission_id.0,
            ..proto::Contract::default()
        };
        let raw = proto::Raw {
            ref_block_bytes: self.reference.ref_block_bytes.to_vec(),
            ref_block_hash: self.reference.ref_block_hash.to_vec(),
            expiration: self.expiration.as_millis(),
            data: self.memo.clone(),
            contract: vec![contract],
            timestamp: self.timestamp.as_millis(),
            fee_limit: self.fee_limit.get(),
            ..proto::Raw::default()
        };
        raw.encode_to_vec()
    }

    /// Reads the bytes that are hashed and signed.
    ///
    /// # Errors
    /// [`DecodeError`] for anything that [`RawTransaction::encode`] would not write back byte for byte, so that
    /// nobody signs what was not understood.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let raw: proto::Raw = crate::contract::read(bytes)?;
        let transaction = Self::try_from(raw)?;
        if transaction.encode() == bytes { Ok(transaction) } else { Err(DecodeError::NotCanonical) }
    }

    /// Its id.
    #[must_use]
    pub fn txid(&self) -> TxId {
        txid(&self.encode())
    }

    /// Signs it with one key, whoever's that is.
    #[must_use]
    pub fn sign(&self, key: &PrivateKey) -> SignedTransaction {
        let raw = self.encode();
        let signatures = vec![key.sign(&txid(&raw))];
        SignedTransaction { raw, signatures }
    }
}

impl TryFrom<proto::Raw> for RawTransaction {
    type Error = DecodeError;

    /// Takes what is understood; [`RawTransaction::decode`] makes sure that nothing else was there.
    fn try_from(raw: proto::Raw) -> Result<Self, DecodeError> {
        let [contract] = raw.contract.as_slice() else {
            return Err(DecodeError::Field { field: "contract" });
        };
        let Some(parameter) = &contract.parameter else {
            return Err(DecodeError::Field { field: "parameter" });
        };
        Ok(Self {
            contract: Contract::decode(contract.r#type, parameter)?,
            permission_id: PermissionId(contract.permission_id),
            reference: Reference {
                ref_block_bytes: fixed("ref_block_bytes", &raw.ref_block_bytes)?,
                ref_block_hash: fixed("ref_block_hash", &raw.ref_block_hash)?,
            },
            expiration: Timestamp::from_millis(raw.expiration),
            timestamp: Timestamp::from_millis(raw.timestamp),
            fee_limit: Sun::new(raw.fee_limit),
            memo: raw.data,
        })
    }
}

fn fixed<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<[u8; N], DecodeError> {
    bytes.try_into().map_err(|_| DecodeError::Field { field })
}

/// The id of a transaction with these raw bytes.
#[must_use]
pub fn txid(raw: &[u8]) -> TxId {
    TxId::from_bytes(Sha256::digest(raw).into())
}

impl From<&BlockId> for Reference {
    fn from(id: &BlockId) -> Self {
        let [_, _, _, _, _, _, high, low, hash @ ..] = id.as_bytes();
        let [a, b, c, d, e, f, g, h, ..] = *hash;
        Self { ref_block_bytes: [*high, *low], ref_block_hash: [a, b, c, d, e, f, g, h] }
    }
}

impl From<&BlockRef> for Reference {
    fn from(block: &BlockRef) -> Self {
        Self::from(&block.id)
    }
}

impl SignedTransaction {
    /// Its id; signatures are no part of it.
    #[must_use]
    pub fn txid(&self) -> TxId {
        txid(&self.raw)
    }

    /// The bytes a node takes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let signature = self.signatures.iter().map(|signature| signature.to_bytes().to_vec()).collect();
        proto::Envelope { raw_data: self.raw.clone(), signature }.encode_to_vec()
    }

    /// Reads the bytes a node takes. The raw data is not looked into.
    ///
    /// # Errors
    /// [`DecodeError`] when there is more in it than raw data and signatures of 65 bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let proto::Envelope { raw_data, signature } = crate::contract::read(bytes)?;
        let signatures = signature.iter().map(|bytes| fixed("signature", bytes).map(Signature::from_bytes));
        let signed = Self { raw: raw_data, signatures: signatures.collect::<Result<_, _>>()? };
        if signed.encode() == bytes { Ok(signed) } else { Err(DecodeError::NotCanonical) }
    }

    /// The bandwidth the network charges for it, in bytes.
    #[must_use]
    pub fn bandwidth(&self) -> usize {
        self.encode().len().saturating_add(RESULT_BANDWIDTH)
    }
}
