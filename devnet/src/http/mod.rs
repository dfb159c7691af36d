//! java-tron's HTTP API on top of a node, and the control routes beside it.

mod account;
mod answer;
mod block;
mod broadcast;
mod build;
mod chain;
mod control;
mod fields;
mod params;
mod transaction;
mod weight;

use std::sync::Arc;

use poem::endpoint::make;
use poem::error::ReadBodyError;
use poem::http::{Method, StatusCode};
use poem::{Body, Endpoint, Request, Response};
use serde_json::Value;

use self::answer::{Answer, ApiError};
use self::params::Params;
use crate::line::Lines;
use crate::node::Node;
use crate::view::View;

/// The longest request body, in bytes.
const BODY_LIMIT: usize = 4 << 20;

/// All routes of a node.
pub(crate) fn endpoint(node: Arc<Node>, lines: Lines) -> impl Endpoint<Output = Response> {
    make(move |request: Request| {
        let (node, lines) = (Arc::clone(&node), lines.clone());
        async move {
            let client = request.remote_addr().as_socket_addr().copied();
            let answer = route(&node, request).await;
            if let (Answer::Cut, Some(client)) = (&answer, client) {
                lines.cut(&client);
            }
            Ok::<_, std::convert::Infallible>(answer.into_response())
        }
    })
}

/// Which state a route reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// `/wallet`: the head with this node's pool on top.
    Head,
    /// `/walletsolidity`: the solid block.
    Solid,
}

/// A read or a builder: answers from what the node knows now.
type Api = fn(&Node, Side, &Params) -> Result<Value, ApiError>;

async fn route(node: &Arc<Node>, request: Request) -> Answer {
    let path = request.uri().path().to_owned();
    if let Some(name) = path.strip_prefix("/devnet/") {
        return match read(request).await {
            Ok((method, body)) => control::answer(node, name, method == Method::POST, &body).await,
            Err(answer) => answer,
        };
    }
    if node.faults().is_stopped() {
        return Answer::Cut;
    }
    let (side, name) = match (path.strip_prefix("/wallet/"), path.strip_prefix("/walletsolidity/")) {
        (Some(name), _) => (Side::Head, name),
        (None, Some(name)) => (Side::Solid, name),
        (None, None) => return Answer::NotFound,
    };
    if !matches!(*request.method(), Method::GET | Method::POST) {
        return Answer::Status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let query = request.params().unwrap_or_default();
    let (method, body) = match read(request).await {
        Ok(read) => read,
        Err(answer) => return answer,
    };
    let params = if method == Method::POST { Params::posted(&body) } else { Ok(Params::asked(query)) };
    let params = match params {
        Ok(params) => params,
        Err(error) => return error.into(),
    };
    if side == Side::Head && matches!(name, "broadcasthex" | "broadcasttransaction") {
        return broadcast::answer(node, name, &params).await.unwrap_or_else(Answer::from);
    }
    match find(side, name) {
        Some(api) => api(node, side, &params).map_or_else(Answer::from, Answer::Json),
        None => Answer::NotFound,
    }
}

async fn read(request: Request) -> Result<(Method, Vec<u8>), Answer> {
    let method = request.method().clone();
    let body: Body = request.into_body();
    match body.into_bytes_limit(BODY_LIMIT).await {
        Ok(body) => Ok((method, body.to_vec())),
        Err(ReadBodyError::PayloadTooLarge) => Err(Answer::Status(StatusCode::PAYLOAD_TOO_LARGE)),
        Err(_) => Err(Answer::Status(StatusCode::BAD_REQUEST)),
    }
}

/// What each side answers. `/walletsolidity` has no builders, no `getaccountresource` and no `getchainparameters`.
fn find(side: Side, name: &str) -> Option<Api> {
    let both: Option<Api> = match name {
        "getaccount" => Some(account::account),
        "getdelegatedresourcev2" => Some(account::loans),
        "getdelegatedresourceaccountindexv2" => Some(account::partners),
        "getcandelegatedmaxsize" => Some(account::lendable),
        "getavailableunfreezecount" => Some(account::unfreeze_count),
        "getcanwithdrawunfreezeamount" => Some(account::withdrawable),
        "getnowblock" => Some(block::now),
        "getblock" => Some(block::block),
        "getblockbynum" => Some(block::by_num),
        "getblockbyid" => Some(block::by_id),
        "getblockbylimitnext" => Some(block::range),
        "getblockbylatestnum" => Some(block::latest),
        "gettransactionbyid" => Some(transaction::by_id),
        "gettransactioninfobyid" => Some(transaction::info),
        "gettransactioninfobyblocknum" => Some(transaction::infos),
        "gettransactioncountbyblocknum" => Some(transaction::count),
        "getenergyprices" => Some(chain::energy_prices),
        "getnodeinfo" => Some(chain::node_info),
        _ => None,
    };
    let head: Option<Api> = match name {
        "getaccountresource" => Some(account::resources),
        "getchainparameters" => Some(chain::parameters),
        "getsignweight" => Some(weight::weight),
        "validateaddress" => Some(chain::validate_address),
        "gettransactionfrompending" => Some(transaction::pending),
        "createtransaction" => Some(build::transfer),
        "freezebalancev2" => Some(build::freeze),
        "unfreezebalancev2" => Some(build::unfreeze),
        "withdrawexpireunfreeze" => Some(build::withdraw),
        "cancelallunfreezev2" => Some(build::cancel),
        "delegateresource" => Some(build::delegate),
        "undelegateresource" => Some(build::reclaim),
        "triggersmartcontract" | "triggerconstantcontract" | "estimateenergy" => Some(build::no_contract),
        _ => None,
    };
    match side {
        Side::Head => both.or(head),
        Side::Solid => both,
    }
}

impl Side {
    /// The state this side reads.
    fn view(self, node: &Node) -> View {
        match self {
            Self::Head => node.network().pending_view(),
            Self::Solid => node.network().solid_view(),
        }
    }
}
