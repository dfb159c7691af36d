//! The routes under `/devnet`, which a real node does not have.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use flash_core::address::Address;
use flash_core::chain::BlockRef;
use flash_core::clock::Clock;
use flash_core::time::Span;
use flash_core::units::{Energy, Sun};
use flash_tron::contract::ContractType;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::Answer;
use crate::fault::{Fault, Rule};
use crate::node::Node;
use crate::refusal::Code;
use crate::state::account::Resource;

/// Why a call was wrong, in a sentence that says what to do.
type Wrong = String;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Faucet {
    address: Address,
    amount_sun: Sun,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfAddress {
    address: Address,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UseEnergy {
    address: Address,
    energy: Energy,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultBody {
    kind: Kind,
    code: Option<String>,
    message: Option<String>,
    seconds: Option<u32>,
    answer_ms: Option<u32>,
    contract: Option<String>,
    count: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Refuse,
    LoseBefore,
    LoseAfter,
    Drop,
    Delay,
    Stop,
    Resume,
    Clear,
}

pub(super) async fn answer(node: &Arc<Node>, name: &str, is_post: bool, body: &[u8]) -> Answer {
    let answer = match (name, is_post) {
        ("clock", false) => Ok(clock(node)),
        ("faucet", true) => faucet(node, body),
        ("advance", true) => advance(node, body).await,
        ("contract", true) => contract(node, body),
        ("use_energy", true) => use_energy(node, body),
        ("stake", true) => stake(node, body),
        ("fault", true) => fault(node, body),
        ("clock", true) => Err("use GET for /devnet/clock".to_owned()),
        ("faucet" | "advance" | "contract" | "use_energy" | "stake" | "fault", false) => {
            Err(format!("use POST for /devnet/{name}"))
        }
        _ => return Answer::NotFound,
    };
    answer.map_or_else(Answer::Wrong, Answer::Json)
}

fn read<T: DeserializeOwned>(body: &[u8], example: &str) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(|error| format!("send a JSON body such as {example} ({error})"))
}

fn wrong(error: impl fmt::Display) -> Wrong {
    error.to_string()
}

fn faucet(node: &Node, body: &[u8]) -> Result<Value, Wrong> {
    let Faucet { address, amount_sun } = read(body, r#"{"address":"T…","amount_sun":1000000}"#)?;
    let balance = node.network().fund(address, amount_sun).map_err(wrong)?;
    Ok(json!({ "address": address, "balance_sun": balance }))
}

fn stake(node: &Node, body: &[u8]) -> Result<Value, Wrong> {
    let Faucet { address, amount_sun } = read(body, r#"{"address":"T…","amount_sun":1000000}"#)?;
    let mut network = node.network();
    let staked = network.stake(address, amount_sun, Resource::Energy).map_err(wrong)?;
    let limit = network.pending_view().limit(&address, Resource::Energy);
    Ok(json!({ "address": address, "staked_sun": staked, "energy_limit": limit }))
}

fn contract(node: &Node, body: &[u8]) -> Result<Value, Wrong> {
    let OfAddress { address } = read(body, r#"{"address":"T…"}"#)?;
    node.network().mark_contract(address);
    Ok(json!({ "address": address, "type": "Contract" }))
}

fn use_energy(node: &Node, body: &[u8]) -> Result<Value, Wrong> {
    let UseEnergy { address, energy } = read(body, r#"{"address":"T…","energy":65000}"#)?;
    let left = node.network().use_energy(address, energy).map_err(wrong)?;
    Ok(json!({ "address": address, "energy_left": left }))
}

async fn advance(node: &Arc<Node>, body: &[u8]) -> Result<Value, Wrong> {
    let Advance { seconds } = read(body, r#"{"seconds":60}"#)?;
    let span = Span::from_secs(seconds);
    if u64::from(span.as_millis()) != u64::from(seconds).saturating_mul(1_000) {
        return Err("advance by at most 4294967 seconds (49 days) at a time".to_owned());
    }
    let working = Arc::clone(node);
    // Weeks of blocks take a while; other tasks of this thread go on meanwhile.
    tokio::task::spawn_blocking(move || working.advance(span)).await.map_err(wrong)?;
    Ok(clock(node))
}

fn clock(node: &Node) -> Value {
    let (head, solid) = {
        let network = node.network();
        (network.head(), network.solid())
    };
    let shown = |block: BlockRef| json!({ "number": block.height, "time_ms": block.time });
    json!({
        "now_ms": node.clock().now(),
        "speed": node.clock().speed().factor(),
        "head": shown(head),
        "solid": shown(solid),
    })
}

fn fault(node: &Node, body: &[u8]) -> Result<Value, Wrong> {
    let body: FaultBody = read(body, r#"{"kind":"lose_after","contract":"DelegateResourceContract","count":1}"#)?;
    let only = body.contract.as_deref().map(named_contract).transpose()?;
    let fault = match body.kind {
        Kind::Refuse => refuse(&body)?,
        Kind::LoseBefore => Fault::LoseBefore,
        Kind::LoseAfter => Fault::LoseAfter,
        Kind::Drop => Fault::Drop,
        Kind::Delay => delay(&body)?,
        kind @ (Kind::Stop | Kind::Resume) => {
            node.faults().set_stopped(matches!(kind, Kind::Stop));
            return Ok(json!({ "done": true }));
        }
        Kind::Clear => {
            node.faults().clear();
            return Ok(json!({ "done": true }));
        }
    };
    node.faults().switch_on(Rule { fault, only, count: body.count });
    Ok(json!({ "done": true }))
}

fn named_contract(name: &str) -> Result<ContractType, Wrong> {
    ContractType::from_name(name).ok_or_else(|| {
        let names: Vec<_> = ContractType::ALL.iter().map(|kind| kind.name()).collect();
        format!("name a contract type: one of {}", names.join(", "))
    })
}

fn refuse(body: &FaultBody) -> Result<Fault, Wrong> {
    let code = body.code.as_deref().unwrap_or(Code::ServerBusy.name());
    let code = Code::named(code).filter(|code| *code != Code::Success).ok_or_else(|| {
        let names: Vec<_> = Code::ALL.iter().skip(1).map(|code| code.name()).collect();
        format!("name a code to refuse with: one of {}", names.join(", "))
    })?;
    Ok(Fault::Refuse { code, message: body.message.clone().unwrap_or_default() })
}

fn delay(body: &FaultBody) -> Result<Fault, Wrong> {
    match (body.seconds, body.answer_ms) {
        (Some(seconds), None) => Ok(Fault::Hold(Span::from_secs(seconds))),
        (None, Some(millis)) => Ok(Fault::SlowAnswer(Duration::from_millis(millis.into()))),
        _ => Err("give either seconds (of block time, before inclusion) or answer_ms (before the answer)".to_owned()),
    }
}
