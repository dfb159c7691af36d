//! Which leg a delegation was signed for in a life that the store has forgotten.

use super::{Finality, Leg, LegNo, LegState, Order, OrderState};
use crate::chain::{Delegation, SignedTx};
use crate::fate::Fate;

impl Order {
    /// The leg that a delegation in a solid block was signed for, if it can have been: it lends this receiver the leg's
    /// stake, and no attempt of the leg is live. Not the wallet decides, since the leg may have moved to another one after
    /// a death, but a leg of the same wallet comes first.
    ///
    /// `fate` tells of an attempt what became of it by the time of that block: a later attempt was signed only when the
    /// one before was dead, whether or not the order says so already.
    pub fn leg_served_by(&self, delegation: &Delegation, fate: impl Fn(&SignedTx) -> Fate) -> Option<LegNo> {
        let delivering = match self.state {
            OrderState::Pending
            | OrderState::Processing
            | OrderState::Completed { finality: Finality::Included, .. } => true,
            OrderState::Completed { .. }
            | OrderState::Reclaiming { .. }
            | OrderState::Expired { .. }
            | OrderState::Undoing { .. }
            | OrderState::Failed { .. }
            | OrderState::Cancelled { .. }
            | OrderState::Reviewing { .. } => false,
        };
        if !delivering || self.receiver != delegation.receiver {
            return None;
        }
        let waits = |leg: &Leg| match &leg.state {
            LegState::Reserved => true,
            LegState::Delegating { attempt, .. } => matches!(fate(&attempt.tx), Fate::Dead(_)),
            LegState::Delegated { .. }
            | LegState::Reclaiming { .. }
            | LegState::Returned { .. }
            | LegState::Released => false,
        };
        let fits = self.numbered_legs().filter(|(_, leg)| leg.stake == delegation.stake && waits(leg));
        fits.min_by_key(|(no, leg)| (leg.wallet != delegation.wallet, *no)).map(|(no, _)| no)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::chain::{BlockRef, Height};
    use crate::id::{BlockId, OrderId, TxId, UserId};
    use crate::order::{Attempt, FailReason, Rental, Seen, Version};
    use crate::price::Term;
    use crate::time::Timestamp;
    use crate::units::{Energy, Sun};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn address(n: u8) -> Address {
        Address::from_body([n; 20])
    }

    fn delegation(wallet: u8) -> Delegation {
        Delegation { wallet: address(wallet), receiver: address(9), stake: Sun::TRX }
    }

    fn block() -> BlockRef {
        BlockRef { height: Height(7), id: BlockId::from_bytes([7; 32]), time: NOW }
    }

    fn delegating() -> LegState {
        let tx = SignedTx { id: TxId::from_bytes([5; 32]), bytes: vec![5], expires_at: NOW };
        LegState::Delegating { attempt: Attempt { tx, stake: Sun::TRX }, seen: Seen::Nowhere }
    }

    /// An order of two legs, of the wallets 1 and 2, with equal stake.
    fn order(state: OrderState, legs: [LegState; 2]) -> Order {
        let leg = |(n, state)| Leg { wallet: address(n), stake: Sun::TRX, state, dead: Vec::new() };
        Order {
            id: OrderId::derived(&[b"order"]),
            user: UserId::try_from(1).unwrap(),
            client_order_id: None,
            receiver: address(9),
            energy: Energy::new(65_000),
            term: Term::OneHour,
            price: Sun::TRX,
            created_at: NOW,
            give_up_at: NOW,
            state,
            legs: (1..).zip(legs).map(leg).collect(),
            version: Version::FIRST,
        }
    }

    fn reserved() -> [LegState; 2] {
        [LegState::Reserved, LegState::Reserved]
    }

    #[test]
    fn a_leg_of_the_same_wallet_comes_first_and_any_other_after_it() {
        let order = order(OrderState::Processing, reserved());
        for (wallet, expected) in [(1, 0), (2, 1), (3, 0)] {
            assert_eq!(order.leg_served_by(&delegation(wallet), |_| Fate::Open), Some(LegNo(expected)));
        }
    }

    #[test]
    fn another_receiver_or_stake_serves_nobody() {
        let order = order(OrderState::Pending, reserved());
        let to_another = Delegation { receiver: address(8), ..delegation(1) };
        let of_more = Delegation { stake: Sun::new(1_000_001), ..delegation(1) };
        for other in [to_another, of_more] {
            assert_eq!(order.leg_served_by(&other, |_| Fate::Open), None);
        }
    }

    #[test]
    fn a_leg_whose_attempt_is_dead_waits_for_another_and_one_whose_attempt_may_land_does_not() {
        let legs = || [delegating(), LegState::Released];
        let order = order(OrderState::Processing, legs());
        for (fate, expected) in [
            (Fate::Dead(block()), Some(LegNo(0))),
            (Fate::Open, None),
            (Fate::Included(block()), None),
            (Fate::Landed(block()), None),
        ] {
            assert_eq!(order.leg_served_by(&delegation(1), |_| fate), expected, "{fate:?}");
        }
    }

    #[test]
    fn only_an_order_that_is_being_delivered_is_served() {
        let rental = Rental { started_at: NOW, ends_at: NOW };
        let completed = |finality| OrderState::Completed { rental, finality };
        for (state, served) in [
            (OrderState::Pending, true),
            (OrderState::Processing, true),
            (completed(Finality::Included), true),
            (completed(Finality::Final), false),
            (OrderState::Undoing { reason: FailReason::TimedOut }, false),
            (OrderState::Cancelled { at: NOW }, false),
        ] {
            let order = order(state, reserved());
            assert_eq!(order.leg_served_by(&delegation(1), |_| Fate::Open).is_some(), served, "{state:?}");
        }
    }
}
