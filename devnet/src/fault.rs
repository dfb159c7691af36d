//! Faults that can be switched on: what a node may do to a broadcast on a bad day.

use std::time::Duration;

use flash_core::time::Span;
use flash_tron::contract::ContractType;

use crate::refusal::Code;

/// What goes wrong with a broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The node answers this code and does not take the transaction.
    Refuse {
        /// The code.
        code: Code,
        /// The text.
        message: String,
    },
    /// The connection is cut before anything happened.
    LoseBefore,
    /// The node takes the transaction, then the connection is cut instead of an answer.
    LoseAfter,
    /// The node takes the transaction and says so, and the transaction vanishes before the next block.
    Drop,
    /// The node takes the transaction, and no block holds it for this span of block time.
    Hold(Span),
    /// The answer comes so much later, in real time; the transaction is taken at once.
    SlowAnswer(Duration),
}

/// A fault and when it strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// Only for broadcasts of this contract.
    pub only: Option<ContractType>,
    /// Only for so many broadcasts; nothing means until cleared.
    pub count: Option<u32>,
}

impl From<Fault> for Rule {
    /// Strikes every broadcast until cleared.
    fn from(fault: Fault) -> Self {
        Self { fault, only: None, count: None }
    }
}

impl Rule {
    /// Strikes the next broadcast alone.
    #[must_use]
    pub const fn once(fault: Fault) -> Self {
        Self { fault, only: None, count: Some(1) }
    }
}

/// The faults that are on. The oldest that applies strikes.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    stopped: bool,
}

impl Faults {
    pub(crate) fn switch_on(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Makes the node silent, or lets it answer again.
    pub(crate) const fn set_stopped(&mut self, stopped: bool) {
        self.stopped = stopped;
    }

    pub(crate) const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// What strikes a broadcast of this contract, and uses up one of its count.
    pub(crate) fn strike(&mut self, contract_type: i32) -> Option<Fault> {
        let applies = |rule: &Rule| rule.only.is_none_or(|only| only.number() == contract_type);
        self.rules.retain(|rule| rule.count != Some(0));
        let rule = self.rules.iter_mut().find(|rule| applies(rule))?;
        rule.count = rule.count.map(|count| count.saturating_sub(1));
        Some(rule.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_fault_strikes_its_contract_and_no_more_than_its_count() {
        let mut faults = Faults::default();
        let only = Some(ContractType::DelegateResource);
        faults.switch_on(Rule { fault: Fault::Drop, only, count: Some(2) });
        let strikes = [57, 58, 57, 57].map(|contract| faults.strike(contract).is_some());
        assert_eq!(strikes, [true, false, true, false]);
    }

    #[test]
    fn the_oldest_fault_strikes_first() {
        let mut faults = Faults::default();
        faults.switch_on(Rule::once(Fault::LoseAfter));
        faults.switch_on(Fault::Drop.into());
        let strikes = [1, 1, 1].map(|contract| faults.strike(contract));
        assert_eq!(strikes, [Some(Fault::LoseAfter), Some(Fault::Drop), Some(Fault::Drop)]);
    }
}
