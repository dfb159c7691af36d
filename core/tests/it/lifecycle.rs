//! The life of an order, with and without trouble.

use flash_core::Error;
use flash_core::chain::Chain;
use flash_core::event::Event;
use flash_core::flash::WalletChange;
use flash_core::order::{AttemptKind, FailReason, Finality, LegState, OrderState, Status};
use flash_core::store::WalletState;
use flash_core::testing::Fault;
use flash_core::units::Sun;

use crate::story::{NOW, Story, receiver, trx, wallet};

const PRICE: i64 = 1_950_000;
const MONEY: i64 = 100_000_000;

#[tokio::test]
async fn an_order_is_delivered_captured_reclaimed_and_expires() {
    let story = Story::with_wallets(&[10_000]).await;
    let order = story.place(1).await.unwrap();
    let stake = order.legs[0].stake;
    assert_eq!((order.status(), story.money().await), (Status::Pending, (MONEY - PRICE, PRICE)));
    assert_eq!((story.lent(1).await, stake), (stake, Sun::new(6_867_972_224)));

    story.work().await;
    assert_eq!(story.order(1).await.status(), Status::Processing);

    story.blocks(1).await;
    let OrderState::Completed { rental, finality: Finality::Included } = story.order(1).await.state else {
        panic!("not completed by the first block: {:?}", story.order(1).await)
    };
    assert_eq!(rental.started_at, story.chain.head().time);
    assert_eq!(story.money().await, (MONEY - PRICE, PRICE));
    assert_eq!(story.chain.lent(wallet(1), receiver()), stake);

    story.blocks(18).await;
    assert!(matches!(story.order(1).await.state, OrderState::Completed { finality: Finality::Final, .. }));
    assert_eq!(story.money().await, (MONEY - PRICE, 0));
    story.assert_clean().await;

    story.an_hour_later().await;
    story.blocks(2).await;
    assert_eq!(story.chain.lent(wallet(1), receiver()), Sun::ZERO);
    assert_eq!(story.order(1).await.status(), Status::Completed);
    story.blocks(19).await;
    assert_eq!((story.order(1).await.status(), story.lent(1).await), (Status::Expired, Sun::ZERO));
    assert_eq!(story.money().await, (MONEY - PRICE, 0));
    assert_eq!(story.chain.received().len(), 2);
    story.assert_clean().await;
    story.place(2).await.unwrap();
}

#[tokio::test]
async fn an_order_larger_than_any_wallet_is_split() {
    let story = Story::with_wallets(&[5_000, 4_000, 3_000]).await;
    let order = story.place(1).await.unwrap();
    assert_eq!(order.legs.len(), 2);
    story.work().await;
    story.blocks(20).await;
    assert!(matches!(story.order(1).await.state, OrderState::Completed { finality: Finality::Final, .. }));
    let out = story.chain.all_lent().values().map(|sun| sun.get()).sum::<i64>();
    assert_eq!(out, 6_867_972_224);
    story.an_hour_later().await;
    story.blocks(25).await;
    assert_eq!(story.order(1).await.status(), Status::Expired);
    story.assert_clean().await;
}

#[tokio::test]
async fn a_lost_acknowledgement_is_neither_success_nor_failure() {
    for fault in [Fault::LoseBefore, Fault::LoseAfter, Fault::Drop, Fault::Refuse, Fault::FalselyKnown, Fault::Delay(3)]
    {
        let story = Story::with_wallets(&[10_000]).await;
        story.chain.befall([fault]);
        story.place(1).await.unwrap();
        story.work().await;
        story.blocks(25).await;
        let order = story.order(1).await;
        assert!(matches!(order.state, OrderState::Completed { finality: Finality::Final, .. }), "{fault:?} {order:?}");
        assert_eq!(story.chain.received().len(), 1, "{fault:?}: the same bytes again, never others");
        assert_eq!(story.money().await, (MONEY - PRICE, 0));
        story.assert_clean().await;
    }
}

#[tokio::test]
async fn an_order_that_never_lands_is_refunded_once_and_only_after_proof() {
    let story = Story::with_wallets(&[10_000]).await;
    story.place(1).await.unwrap();
    for n in 1..=3 {
        story.chain.befall([Fault::Refuse; 40]);
        story.work().await;
        let deaths = |order: &flash_core::order::Order| order.legs[0].deaths(AttemptKind::Delegate);
        for _ in 0..60 {
            let held = story.money().await;
            if deaths(&story.order(1).await) == n {
                break;
            }
            assert_eq!(held, (MONEY - PRICE, PRICE), "no refund while an attempt may land");
            story.blocks(1).await;
        }
        assert_eq!(deaths(&story.order(1).await), n);
    }
    story.blocks(1).await;
    let order = story.order(1).await;
    assert!(matches!(order.state, OrderState::Failed { reason: FailReason::AttemptsExhausted, .. }), "{order:?}");
    assert_eq!((story.money().await, story.lent(1).await), ((MONEY, 0), Sun::ZERO));
    story.assert_clean().await;
}

#[tokio::test]
async fn after_a_death_another_wallet_is_tried() {
    let story = Story::with_wallets(&[7_000, 8_000]).await;
    story.place(1).await.unwrap();
    story.chain.befall([Fault::Refuse; 20]);
    story.work().await;
    story.blocks(40).await;
    story.chain.heal();
    story.blocks(25).await;
    let order = story.order(1).await;
    assert_eq!((order.legs[0].wallet, order.legs[0].dead.len()), (wallet(2), 1), "{order:?}");
    assert!(matches!(order.state, OrderState::Completed { finality: Finality::Final, .. }));
    assert_eq!((story.lent(1).await, story.chain.lent(wallet(1), receiver())), (Sun::ZERO, Sun::ZERO));
    story.assert_clean().await;
}

#[tokio::test]
async fn a_split_that_cannot_be_completed_is_undone_before_the_money_is_released() {
    let story = Story::with_wallets(&[5_000, 4_000]).await;
    let order = story.place(1).await.unwrap();
    // The second wallet's stake is gone, and the books do not know.
    let second = order.legs[1].wallet;
    story.chain.supply(second, Sun::ZERO);
    story.work().await;
    story.blocks(25).await;
    assert_eq!(story.chain.lent(order.legs[0].wallet, receiver()), order.legs[0].stake);
    for _ in 0..200 {
        if story.order(1).await.state.is_closed() {
            break;
        }
        let still_out = story.chain.all_lent().values().any(|sun| sun.is_positive());
        if still_out {
            assert_eq!(story.money().await, (MONEY - PRICE, PRICE), "no refund while a leg is out");
        }
        story.blocks(1).await;
    }
    assert_eq!(story.order(1).await.status(), Status::Failed);
    assert!(story.chain.all_lent().values().all(|sun| *sun == Sun::ZERO));
    assert_eq!(story.money().await, (MONEY, 0));
    assert_eq!((story.lent(1).await, story.lent(2).await), (Sun::ZERO, Sun::ZERO));
    story.assert_clean().await;
}

#[tokio::test]
async fn a_reorganisation_reopens_an_order_and_the_same_bytes_go_out_again() {
    let story = Story::with_wallets(&[10_000]).await;
    story.place(1).await.unwrap();
    story.work().await;
    story.blocks(3).await;
    assert_eq!(story.order(1).await.status(), Status::Completed);
    story.chain.reorganise(4, true);
    story.clock.set(story.chain.head().time);
    assert_eq!(story.chain.lent(wallet(1), receiver()), Sun::ZERO);
    story.work().await;
    let reopened = story.order(1).await;
    assert_eq!(reopened.status(), Status::Processing);
    story.blocks(22).await;
    let order = story.order(1).await;
    assert!(matches!(order.state, OrderState::Completed { finality: Finality::Final, .. }));
    assert_eq!((story.chain.received().len(), story.money().await), (1, (MONEY - PRICE, 0)));
    story.assert_clean().await;
}

#[tokio::test]
async fn the_term_is_counted_from_the_block_that_holds_the_delegation_now() {
    let story = Story::with_wallets(&[10_000]).await;
    story.place(1).await.unwrap();
    story.work().await;
    story.blocks(1).await;
    let started_at = |order: flash_core::order::Order| match order.state {
        OrderState::Completed { rental, .. } => rental.started_at,
        other => panic!("{other:?}"),
    };
    let first = started_at(story.order(1).await);
    // The delegation moves to a later block of the other branch before anybody looks.
    story.chain.reorganise(1, false);
    story.clock.set(story.chain.head().time);
    story.work().await;
    let now = started_at(story.order(1).await);
    assert_eq!((now, now > first), (story.chain.head().time, true));
}

#[tokio::test]
async fn an_order_is_not_cancelled_once_anything_is_signed() {
    let story = Story::with_wallets(&[10_000]).await;
    let order = story.place(1).await.unwrap();
    let cancelled = story.flash.cancel(order.id).await.unwrap();
    assert_eq!((cancelled.status(), story.money().await), (Status::Cancelled, (MONEY, 0)));
    assert_eq!(story.flash.cancel(order.id).await.unwrap(), cancelled);
    story.blocks(5).await;
    assert_eq!((story.chain.broadcasts(), story.lent(1).await), (0, Sun::ZERO));

    let order = story.place(2).await.unwrap();
    story.work().await;
    assert!(matches!(story.flash.cancel(order.id).await, Err(Error::IllegalMove(_))));
    assert_eq!(story.money().await, (MONEY - PRICE, PRICE));
    story.assert_clean().await;
}

#[tokio::test]
async fn orders_to_one_receiver_are_reclaimed_each_by_its_own_stake() {
    let story = Story::with_wallets(&[20_000]).await;
    let first = story.place(1).await.unwrap();
    story.work().await;
    story.blocks(400).await;
    let second = story.place(2).await.unwrap();
    story.work().await;
    story.blocks(25).await;
    let both = first.legs[0].stake.plus(second.legs[0].stake).unwrap();
    assert_eq!(story.chain.lent(wallet(1), receiver()), both);
    story.chain.skip(800);
    story.blocks(25).await;
    assert_eq!(story.order(1).await.status(), Status::Expired);
    assert_eq!(story.order(2).await.status(), Status::Completed);
    assert_eq!(story.chain.lent(wallet(1), receiver()), second.legs[0].stake);
    story.assert_clean().await;
}

#[tokio::test]
async fn stake_that_somebody_else_took_home_is_noticed_and_freed() {
    let story = Story::with_wallets(&[10_000]).await;
    let order = story.place(1).await.unwrap();
    story.work().await;
    story.blocks(25).await;
    story.chain.reclaim_behind_our_back(wallet(1), receiver(), order.legs[0].stake);
    assert_eq!(story.flash.verify_chain().await.unwrap().findings.len(), 1);
    story.an_hour_later().await;
    assert_eq!(story.order(1).await.status(), Status::Completed, "a node that lags must not make us give stake up");
    story.blocks(45).await;
    let order = story.order(1).await;
    assert_eq!(order.status(), Status::Expired);
    assert!(matches!(order.legs[0].state, LegState::Returned { reclaim: None, .. }));
    assert_eq!(story.lent(1).await, Sun::ZERO);
    let events = story.flash.events(0, 100).await.unwrap();
    assert!(events.iter().any(|recorded| matches!(recorded.event, Event::StakeVanished { .. })));
}

#[tokio::test]
async fn a_part_taken_home_by_somebody_else_leaves_other_orders_theirs() {
    let story = Story::with_wallets(&[20_000]).await;
    let first = story.place(1).await.unwrap();
    story.work().await;
    story.blocks(400).await;
    let second = story.place(2).await.unwrap();
    story.work().await;
    story.blocks(25).await;
    story.chain.reclaim_behind_our_back(wallet(1), receiver(), trx(100));
    story.chain.skip(800);
    story.blocks(25).await;
    let LegState::Returned { reclaim: Some(reclaim), .. } = &story.order(1).await.legs[0].state else {
        panic!("{:?}", story.order(1).await)
    };
    assert_eq!(reclaim.attempt.stake, first.legs[0].stake.minus(trx(100)).unwrap());
    assert_eq!(story.chain.lent(wallet(1), receiver()), second.legs[0].stake);
}

#[tokio::test]
async fn reclaims_are_tried_until_the_chain_takes_one() {
    let story = Story::with_wallets(&[10_000]).await;
    story.place(1).await.unwrap();
    story.work().await;
    story.blocks(25).await;
    story.chain.skip(1_200);
    for _ in 0..300 {
        story.chain.befall([Fault::Refuse; 2]);
        story.blocks(1).await;
    }
    let order = story.order(1).await;
    assert!(matches!(order.state, OrderState::Reclaiming { .. }), "{order:?}");
    assert!(order.legs[0].deaths(AttemptKind::Reclaim) >= 3);
    story.chain.heal();
    story.blocks(150).await;
    assert_eq!(story.order(1).await.status(), Status::Expired);
    story.assert_clean().await;
}

#[tokio::test]
async fn a_dead_transaction_that_lands_after_all_parks_the_order() {
    let story = Story::with_wallets(&[10_000]).await;
    story.chain.befall([Fault::Drop; 25]);
    story.place(1).await.unwrap();
    story.work().await;
    story.blocks(45).await;
    let order = story.order(1).await;
    let dead = order.legs[0].dead[0].clone();
    // What no honest chain does: a block holds a transaction long after its expiry.
    let cursor = story.store.cursor().await.unwrap().unwrap();
    let sighting = flash_core::store::Sighting { tx: dead.attempt.tx.id, block: cursor.solid, succeeded: true };
    let changes = vec![
        flash_core::store::Change::Sighting(sighting),
        flash_core::store::Change::Wake { order: order.id, at: NOW },
    ];
    let set = flash_core::store::ChangeSet { at: NOW, changes };
    assert_eq!(story.store.commit(set).await.unwrap(), flash_core::store::Commit::Done);
    story.blocks(1).await;
    assert_eq!(story.order(1).await.status(), Status::Reviewing);
    let events = story.flash.events(0, 100).await.unwrap();
    assert!(events.iter().any(|recorded| matches!(recorded.event, Event::OrderReviewing { .. })));
    let (_, held) = story.money().await;
    assert_eq!(held, PRICE, "a human decides, and until then the money stays");
}

#[tokio::test]
async fn nothing_is_signed_while_the_head_is_far_from_our_clock() {
    let story = Story::with_wallets(&[10_000]).await;
    story.place(1).await.unwrap();
    story.clock.set(NOW.after(flash_core::time::Span::from_secs(31)));
    story.work().await;
    assert_eq!((story.order(1).await.status(), story.chain.broadcasts()), (Status::Pending, 0));
    story.blocks(13).await;
    assert_eq!(story.order(1).await.status(), Status::Completed);
}

#[tokio::test]
async fn an_order_that_is_not_begun_in_time_is_refunded() {
    let story = Story::with_wallets(&[10_000]).await;
    story.place(1).await.unwrap();
    story.clock.set(NOW.after(flash_core::time::Span::from_mins(6)));
    story.work().await;
    let order = story.order(1).await;
    assert!(matches!(order.state, OrderState::Failed { reason: FailReason::TimedOut, .. }), "{order:?}");
    assert_eq!((story.money().await, story.chain.broadcasts()), ((MONEY, 0), 0));
}

#[tokio::test]
async fn a_disabled_wallet_takes_its_stake_home_and_lends_no_more() {
    let story = Story::with_wallets(&[20_000]).await;
    story.place(1).await.unwrap();
    story.work().await;
    story.blocks(25).await;
    let off = WalletChange::State(WalletState::Disabled);
    story.flash.change_wallet(wallet(1), off).await.unwrap();
    assert!(matches!(story.place(2).await, Err(Error::NoCapacity { .. })));
    story.an_hour_later().await;
    story.blocks(25).await;
    assert_eq!((story.order(1).await.status(), story.lent(1).await), (Status::Expired, Sun::ZERO));
}

#[tokio::test]
async fn a_worker_far_behind_catches_up_before_it_signs() {
    let story = Story::with_wallets(&[10_000]).await;
    story.work().await;
    (0..5_000).for_each(|_| story.chain.tick());
    story.clock.set(story.chain.head().time);
    story.place(1).await.unwrap();
    for _ in 0..5 {
        story.work().await;
    }
    let cursor = story.store.cursor().await.unwrap().unwrap();
    assert_eq!(cursor.solid, story.chain.tips().await.unwrap().solid);
    story.blocks(1).await;
    assert_eq!(story.order(1).await.status(), Status::Completed);
}
