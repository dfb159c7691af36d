//! The gate: an operation that takes a [`Caller`] or an [`Operator`] cannot be reached without the key for it.

use std::sync::Arc;

use flash_core::id::{OrderId, UserId};
use flash_core::order::Order;
use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use super::keys::{Holder, Keys, Scope};
use super::problem::{Code, Problem};

/// `Authorization: Bearer <key>` with any key. A user's key acts for that user, a service's for its users, an
/// operator's for everyone.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "Key", checker = "any_key")]
pub(super) struct Caller(Arc<Holder>);

/// `Authorization: Bearer <key>` with an operator's key.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "OperatorKey", checker = "operator_key")]
pub(super) struct Operator(#[expect(dead_code, reason = "its being there is what it says")] Arc<Holder>);

async fn any_key(request: &Request, bearer: Bearer) -> poem::Result<Arc<Holder>> {
    let keys = request.data::<Arc<Keys>>();
    let holder = keys.and_then(|keys| keys.holder(&bearer.token)).cloned();
    Ok(holder.ok_or_else(|| Problem::new(Code::Unauthorized, "the key is not known"))?)
}

async fn operator_key(request: &Request, bearer: Bearer) -> poem::Result<Arc<Holder>> {
    let holder = any_key(request, bearer).await?;
    match holder.scope {
        Scope::Operator => Ok(holder),
        Scope::User(_) | Scope::Service | Scope::ServiceOf(_) => {
            Err(Problem::new(Code::Forbidden, "this takes an operator's key").into())
        }
    }
}

impl Caller {
    /// Passes a caller that may act for this user.
    pub(super) fn acts_for(&self, user: UserId) -> Result<(), Problem> {
        if self.0.scope.covers(user) {
            Ok(())
        } else {
            Err(Problem::new(Code::Forbidden, format!("this key does not act for user {user}")))
        }
    }

    /// Whose orders are meant: those of the user named, or all that this key may see.
    pub(super) fn orders_of(&self, named: Option<UserId>) -> Result<Option<UserId>, Problem> {
        match (named, &self.0.scope) {
            (Some(user), _) => self.acts_for(user).map(|()| Some(user)),
            (None, Scope::User(own)) => Ok(Some(*own)),
            (None, scope) if scope.covers_everyone() => Ok(None),
            (None, _) => Err(Problem::new(Code::InvalidArgument, "user_id: name one of the users of this key")),
        }
    }

    /// Passes an order that the caller may see. To everyone else it does not exist, so that ids cannot be probed.
    pub(super) fn sees(&self, order: Order) -> Result<Order, Problem> {
        if self.0.scope.covers(order.user) { Ok(order) } else { Err(unknown_order(order.id)) }
    }
}

fn unknown_order(id: OrderId) -> Problem {
    flash_core::Error::UnknownOrder(id).into()
}
