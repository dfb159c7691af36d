//! Several nodes asked as one: the first good answer is believed.
//!
//! This is the place where health, quorums and circuit breakers belong.

use flash_core::chain::ChainError;

use crate::node::{Node, NodeError};

/// Nodes in the order in which they are asked.
#[derive(Debug, Clone)]
pub(super) struct Nodes(Vec<Node>);

/// What one node's answer is worth.
#[derive(Debug)]
pub(super) enum Word<T> {
    /// It settles the question.
    Last(T),
    /// It stands if no other node knows better: the node may lag behind.
    Weak(T),
}

/// There is nobody to ask.
#[derive(Debug, thiserror::Error)]
#[error("no node is configured")]
struct NoNodes;

impl Nodes {
    pub(super) const fn new(nodes: Vec<Node>) -> Self {
        Self(nodes)
    }

    pub(super) fn in_order(&self) -> &[Node] {
        &self.0
    }

    /// Asks one node after the other until one has the last word.
    pub(super) async fn ask<'a, T, F>(&'a self, question: impl Fn(&'a Node) -> F) -> Result<T, ChainError>
    where
        F: Future<Output = Result<Word<T>, NodeError>>,
    {
        let mut weak = None;
        let mut error = ChainError::Unavailable(Box::new(NoNodes));
        for node in &self.0 {
            match question(node).await {
                Ok(Word::Last(answer)) => return Ok(answer),
                Ok(Word::Weak(answer)) => weak = weak.or(Some(answer)),
                Err(why) => {
                    tracing::warn!(?node, error = ?why, "a node gave no answer");
                    error = sorted(why);
                }
            }
        }
        weak.ok_or(error)
    }
}

/// Sorts a node's error by what the caller can do.
fn sorted(error: NodeError) -> ChainError {
    match error {
        NodeError::Malformed { what } => ChainError::Malformed { what },
        error @ (NodeError::Unreachable(_)
        | NodeError::Overloaded { .. }
        | NodeError::Behind
        | NodeError::Status { .. }
        | NodeError::Refused { .. }) => ChainError::Unavailable(Box::new(error)),
    }
}
