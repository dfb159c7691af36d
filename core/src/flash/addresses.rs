//! A user's address book.

use crate::address::Address;
use crate::error::Error;
use crate::flash::Flash;
use crate::id::UserId;
use crate::ledger::Note;
use crate::store::{Change, ChangeSet, Commit, SavedAddress, StoreError};

/// How many addresses one user can keep.
const MOST_ADDRESSES: usize = 100;

impl Flash {
    /// A user's address book, by address.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn addresses(&self, user: UserId) -> Result<Vec<SavedAddress>, Error> {
        Ok(self.store().addresses(user).await?)
    }

    /// Keeps an address for a user. One that is there gets the new label.
    ///
    /// # Errors
    /// [`Error::AddressBookFull`], [`Error::Store`].
    pub async fn save_address(
        &self,
        user: UserId,
        address: Address,
        label: Option<Note>,
    ) -> Result<SavedAddress, Error> {
        let book = self.addresses(user).await?;
        let known = book.iter().find(|saved| saved.address == address);
        if known.is_none() && book.len() >= MOST_ADDRESSES {
            return Err(Error::AddressBookFull { most: MOST_ADDRESSES });
        }
        let saved_at = known.map_or_else(|| self.now(), |saved| saved.saved_at);
        let saved = SavedAddress { address, label, saved_at };
        self.keep(Change::SaveAddress { user, saved: saved.clone() }).await?;
        Ok(saved)
    }

    /// Forgets an address of a user.
    ///
    /// # Errors
    /// [`Error::UnknownAddress`], [`Error::Store`].
    pub async fn forget_address(&self, user: UserId, address: Address) -> Result<(), Error> {
        if !self.addresses(user).await?.iter().any(|saved| saved.address == address) {
            return Err(Error::UnknownAddress(address));
        }
        self.keep(Change::ForgetAddress { user, address }).await
    }

    async fn keep(&self, change: Change) -> Result<(), Error> {
        match self.store().commit(ChangeSet { at: self.now(), changes: vec![change] }).await? {
            Commit::Done => Ok(()),
            Commit::Refused(refusal) => Err(StoreError::Corrupt { what: format!("{refusal:?}") }.into()),
        }
    }
}
