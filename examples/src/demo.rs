//! The demo: three supplier wallets, a spare one, a customer, and some receivers, on a devnet.
//!
//! Everything is fixed and public, so that a transcript can be repeated. None of it is fit for a real network.

use std::sync::Arc;
use std::time::Duration;

use flash_adapter_http::{Keys, Scope};
use flash_core::Flash;
use flash_core::address::Address;
use flash_core::chain::{Account, BlockRef, Chain, Height, Holdings, SignedTx};
use flash_core::flash::{Adjustment, AdjustmentKind, NewWallet};
use flash_core::id::{TransferId, UserId};
use flash_core::store::Priority;
use flash_core::time::{Span, Timestamp};
use flash_core::units::{Asset, Sun};
use flash_devnet::demo_key;
use flash_tron::contract::{Freeze, Resource};
use flash_tron::node::View;
use flash_tron::{Contract, LocalSigner, Node, Policy, PrivateKey, RawTransaction, Reference, TronChain};
use serde_json::{Value, json};

use crate::StartError;

/// A key that may do everything.
pub const OPERATOR_KEY: &str = "demo-operator-key-not-for-real-money";
/// A key that acts for every user.
pub const SERVICE_KEY: &str = "demo-service-key-not-for-real-money";
/// A key that acts for the demo customer.
pub const USER_KEY: &str = "demo-user-key-not-for-real-money";
/// The demo customer.
pub const USER: i64 = 1001;

/// Stake of each supplier wallet, in TRX: about 9.47 Energy each at the devnet's totals.
const STAKES: [i64; 3] = [250_000, 200_000, 150_000];
/// What a wallet keeps to pay with when its free bandwidth is used up.
const WALLET_TRX: i64 = 1_000;
const RECEIVERS: usize = 5;
/// How often a step that takes a block is looked at again before the demo gives up.
const PATIENCE: usize = 200;
const PAUSE: Duration = Duration::from_millis(50);
/// How many blocks apart the ones are that staking refers to.
const LANDMARKS: u64 = 100;
/// How long a staking can land after its landmark, which may be two hundred blocks back.
const STAKING_TIME: Span = Span::from_mins(30);

/// The keys of the HTTP API.
///
/// # Errors
/// Never in fact: the keys are well formed.
pub fn api_keys() -> Result<Keys, StartError> {
    let customer = customer()?;
    let keys = [
        ("demo-operator", OPERATOR_KEY, Scope::Operator),
        ("demo-service", SERVICE_KEY, Scope::Service),
        ("demo-user", USER_KEY, Scope::User(customer)),
    ];
    Keys::new(keys).map_err(|error| StartError::new("demo keys", error))
}

/// The demo customer.
///
/// # Errors
/// Never in fact: the id is positive.
pub fn customer() -> Result<UserId, StartError> {
    UserId::try_from(USER).map_err(|error| StartError::new("demo customer", error))
}

/// The keys of the supplier wallets, and of one more that the pool does not have yet.
#[must_use]
pub fn wallet_keys() -> Vec<PrivateKey> {
    let spare = std::iter::once(demo_key("spare"));
    (0..STAKES.len()).map(supplier_key).chain(spare).collect()
}

/// The supplier wallets.
#[must_use]
pub fn suppliers() -> Vec<Address> {
    (0..STAKES.len()).map(|n| supplier_key(n).address()).collect()
}

/// Accounts to rent Energy for.
#[must_use]
pub fn receivers() -> Vec<Address> {
    (0..RECEIVERS).map(|n| demo_key(&format!("receiver-{n}")).address()).collect()
}

fn supplier_key(n: usize) -> PrivateKey {
    demo_key(&format!("supplier-{n}"))
}

/// A devnet, as the demo uses it: through its HTTP routes alone, so that any devnet will do. Several processes may set
/// one up at once, and one that died half way is made up for.
#[derive(Debug)]
pub struct DemoNet {
    url: String,
    node: Node,
    chain: TronChain,
    http: reqwest::Client,
}

impl DemoNet {
    /// The devnet behind a node.
    #[must_use]
    pub fn new(url: impl Into<String>, node: Node) -> Self {
        let nobody = LocalSigner::new(Policy::rentals_up_to(Sun::ZERO), []);
        let chain = TronChain::new(vec![node.clone()], Arc::new(nobody), flash_tron::chain::Config::default());
        Self { url: url.into(), node, chain, http: reqwest::Client::new() }
    }

    /// Activates the receivers that are not yet.
    ///
    /// # Errors
    /// [`StartError`] when the devnet does not do what it is asked.
    pub async fn activate_receivers(&self) -> Result<(), StartError> {
        for receiver in receivers() {
            if !self.is_activated(&receiver).await? {
                self.faucet(&receiver, trx(10)?).await?;
            }
        }
        Ok(())
    }

    /// Gives the supplier wallets TRX and stakes it for Energy with real transactions, unless they have some.
    ///
    /// # Errors
    /// [`StartError`] when the devnet does not do what it is asked.
    pub async fn set_up_suppliers(&self) -> Result<(), StartError> {
        let mut staking = Vec::new();
        for (n, stake) in STAKES.into_iter().enumerate() {
            let key = supplier_key(n);
            let wallet = key.address();
            let (balance, staked) = self.holdings(&wallet).await?;
            if !staked.is_positive() {
                let wanted = trx(stake.saturating_add(WALLET_TRX))?;
                if balance < wanted {
                    let missing = wanted.minus(balance).map_err(|error| StartError::new("demo stake", error))?;
                    self.faucet(&wallet, missing).await?;
                }
                self.freeze(&key, trx(stake)?).await?;
                staking.push(wallet);
            }
        }
        let spare = demo_key("spare").address();
        if !self.is_activated(&spare).await? {
            self.faucet(&spare, trx(WALLET_TRX)?).await?;
        }
        for wallet in staking {
            self.wait_for_stake(&wallet).await?;
        }
        Ok(())
    }

    async fn faucet(&self, address: &Address, amount: Sun) -> Result<(), StartError> {
        self.control("faucet", json!({ "address": address, "amount_sun": amount })).await.map(|_| ())
    }

    /// Calls one of the devnet's own routes.
    async fn control(&self, route: &str, body: Value) -> Result<Value, StartError> {
        let url = format!("{}/devnet/{route}", self.url.trim_end_matches('/'));
        let failed = |error: &dyn std::fmt::Display| StartError::new(format!("{url} does not do as asked"), error);
        let response = self.http.post(&url).json(&body).send().await.map_err(|error| failed(&error))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| failed(&error))?;
        if status.is_success() { Ok(serde_json::from_str(&text).unwrap_or_default()) } else { Err(failed(&text)) }
    }

    async fn is_activated(&self, address: &Address) -> Result<bool, StartError> {
        Ok(self.account(address).await? != Account::Missing)
    }

    async fn account(&self, address: &Address) -> Result<Account, StartError> {
        let accounts = self.chain.accounts(&[*address]).await.map_err(unreachable)?;
        Ok(accounts.first().copied().unwrap_or(Account::Missing))
    }

    /// What an account can spend, and its stake for Energy, at home or lent.
    async fn holdings(&self, address: &Address) -> Result<(Sun, Sun), StartError> {
        match self.account(address).await? {
            Account::Normal(Holdings { balance, lendable, lent, .. }) => {
                let staked = lendable.plus(lent).map_err(|error| StartError::new("demo stake", error))?;
                Ok((balance, staked))
            }
            Account::Missing | Account::Contract => Ok((Sun::ZERO, Sun::ZERO)),
        }
    }

    /// Stakes. Whoever else sets this devnet up now signs the same bytes, and those count once.
    async fn freeze(&self, key: &PrivateKey, amount: Sun) -> Result<(), StartError> {
        let solid = self.chain.tips().await.map_err(unreachable)?.solid.height.0;
        let landmark = solid.saturating_sub(solid.checked_rem(LANDMARKS).unwrap_or_default());
        let block = self.node.header(View::Solid, Height(landmark)).await.map_err(unreachable)?;
        let id = block.block_id.ok_or_else(|| unreachable("it has no blocks"))?;
        let time = Timestamp::from_millis(block.block_header.raw_data.timestamp);
        let reference = Reference::from(&BlockRef { height: Height(landmark), id, time });
        let freeze = Freeze { owner: key.address(), amount, resource: Resource::Energy };
        let expires_at = time.after(STAKING_TIME);
        let signed = RawTransaction::new(Contract::Freeze(freeze), reference, expires_at, time).sign(key);
        let tx = SignedTx { id: signed.txid(), bytes: signed.encode(), expires_at };
        let answer = self.chain.broadcast(&tx).await;
        tracing::debug!(wallet = %key.address(), ?answer, "staking");
        Ok(())
    }

    async fn wait_for_stake(&self, wallet: &Address) -> Result<(), StartError> {
        for _ in 0..PATIENCE {
            let (_, staked) = self.holdings(wallet).await?;
            if staked.is_positive() {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(StartError::new(format!("{wallet} has no stake"), "its transaction was not carried out"))
    }
}

/// Adds the supplier wallets to the pool and gives the customer 100 TRX. Doing it again changes nothing.
///
/// # Errors
/// [`StartError`] when the business refuses.
pub async fn open_business(flash: &Flash) -> Result<(), StartError> {
    for address in suppliers() {
        let wallet = NewWallet { address, priority: Priority::default() };
        flash.add_wallet(wallet).await.map_err(|error| StartError::new("cannot add a demo wallet", error))?;
    }
    let deposit = Adjustment {
        id: TransferId::derived(&[b"demo deposit"]),
        user: customer()?,
        asset: Asset::Trx,
        amount: trx(100)?.into(),
        kind: AdjustmentKind::Deposit,
        reason: "demo money".parse().map_err(|error| StartError::new("demo deposit", error))?,
    };
    flash.adjust(deposit).await.map_err(|error| StartError::new("cannot credit the demo customer", error))?;
    Ok(())
}

fn trx(trx: i64) -> Result<Sun, StartError> {
    Sun::from_trx(trx).map_err(|error| StartError::new("demo stake", error))
}

fn unreachable(error: impl std::fmt::Display) -> StartError {
    StartError::new("the devnet does not answer as a node", error)
}
