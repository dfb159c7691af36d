//! The simulated network, called as any node is, and what only a devnet does.

use std::collections::BTreeSet;

use flash_tron::PrivateKey;
use serde_json::{Value, json};

/// A client of a devnet.
#[derive(Debug, Clone)]
pub(crate) struct Net {
    url: String,
    http: reqwest::Client,
}

impl Net {
    pub(crate) fn new(url: &str) -> Self {
        // No connection is kept: one that a fault has cut must not fail the next call.
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { url: url.to_owned(), http }
    }

    /// Calls a route of the node; `None` when the node is silent.
    async fn try_ask(&self, path: &str, body: &Value) -> Option<Value> {
        let response = self.http.post(format!("{}/{path}", self.url)).json(body).send().await.ok()?;
        response.json().await.ok()
    }

    pub(crate) async fn ask(&self, path: &str, body: Value) -> Value {
        self.try_ask(path, &body).await.unwrap()
    }

    /// Calls a route that only a devnet has.
    async fn control(&self, name: &str, body: Value) {
        let answer = self.ask(&format!("devnet/{name}"), body).await;
        assert!(answer.get("error").is_none(), "{name}: {answer}");
    }

    /// Moves time ahead, block by block.
    pub(crate) async fn advance(&self, seconds: u32) {
        self.control("advance", json!({ "seconds": seconds })).await;
    }

    /// Switches a fault on.
    pub(crate) async fn fault(&self, fault: Value) {
        self.control("fault", fault).await;
    }

    /// An account, as `getaccount` shows it.
    pub(crate) async fn account(&self, address: &str) -> Value {
        self.ask("wallet/getaccount", json!({ "address": address, "visible": true })).await
    }

    /// The stake lent between exactly these two, with the pool's transactions on top.
    pub(crate) async fn loan(&self, from: &str, to: &str) -> i64 {
        self.try_loan(from, to).await.unwrap()
    }

    async fn try_loan(&self, from: &str, to: &str) -> Option<i64> {
        let pair = json!({ "fromAddress": from, "toAddress": to, "visible": true });
        let answer = self.try_ask("wallet/getdelegatedresourcev2", &pair).await?;
        let records = answer["delegatedResource"].as_array().cloned().unwrap_or_default();
        Some(records.iter().map(|record| record["frozen_balance_for_energy"].as_i64().unwrap_or_default()).sum())
    }

    /// Whom a wallet lends to.
    async fn borrowers(&self, wallet: &str) -> Option<BTreeSet<String>> {
        let body = json!({ "value": wallet, "visible": true });
        let answer = self.try_ask("wallet/getdelegatedresourceaccountindexv2", &body).await?;
        let to = answer["toAccounts"].as_array().cloned().unwrap_or_default();
        Some(to.iter().map(|one| one.as_str().unwrap().to_owned()).collect())
    }

    /// All the stake these wallets lend, to whomever; `None` when the node is silent.
    pub(crate) async fn try_lent(&self, wallets: &[String]) -> Option<i64> {
        let mut lent = 0;
        for wallet in wallets {
            for borrower in self.borrowers(wallet).await? {
                lent += self.try_loan(wallet, &borrower).await?;
            }
        }
        Some(lent)
    }

    pub(crate) async fn lent(&self, wallets: &[String]) -> i64 {
        self.try_lent(wallets).await.unwrap()
    }

    /// Takes stake out of a wallet as its owner would: has the node build the transaction, signs it, sends it.
    pub(crate) async fn unstake(&self, owner: &PrivateKey, amount: i64) {
        let wish = json!({
            "owner_address": owner.address(),
            "unfreeze_balance": amount,
            "resource": "ENERGY",
            "visible": true,
        });
        let mut transaction = self.ask("wallet/unfreezebalancev2", wish).await;
        let id = transaction["txID"].as_str().unwrap().parse().unwrap();
        let signature: String = owner.sign(&id).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        transaction["signature"] = json!([signature]);
        let answer = self.ask("wallet/broadcasttransaction", transaction).await;
        assert_eq!(answer["result"], true, "{answer}");
    }
}
