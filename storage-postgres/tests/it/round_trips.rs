//! What each thing costs in round trips, counted on the wire.

use std::sync::Arc;

use flash_core::flash::Placed;
use flash_core::order::{OrderState, Status};
use flash_core::store::{OrderQuery, OrdersOf, Which};
use flash_core::testing::user;
use flash_storage_postgres::{Options, PostgresStore};
use futures_util::future::join_all;

use super::business::{Business, wish};
use super::database::{options, url};
use super::wire::Wire;

async fn business() -> (Arc<Wire>, Business) {
    let wire = Wire::to(&url()).await;
    // With one connection each for reads and commits what they prepare is prepared once.
    let options = Options { connections: 1, ..options() };
    let store = PostgresStore::open(wire.url(), &options).await.unwrap();
    (wire, Business::on(Arc::new(store)).await)
}

async fn place(business: &Business, wishes: std::ops::Range<u32>) {
    let placed = join_all(wishes.map(|n| business.flash.place(wish(n, 1)))).await;
    assert!(placed.into_iter().all(|placed| matches!(placed, Ok(Placed::New(_)))));
}

#[tokio::test]
async fn placing_an_order_is_one_round_trip() {
    let (wire, business) = business().await;
    place(&business, 0..2).await;
    wire.trips();
    place(&business, 2..3).await;
    assert_eq!(wire.trips(), 1);
}

#[tokio::test]
async fn orders_placed_at_once_share_round_trips() {
    let (wire, business) = business().await;
    place(&business, 0..2).await;
    wire.trips();
    place(&business, 2..66).await;
    assert!(wire.trips() <= 2, "64 orders");
}

#[tokio::test]
async fn a_page_of_orders_is_one_round_trip_however_long() {
    let (wire, business) = business().await;
    place(&business, 0..100).await;
    let worker = "w".parse().unwrap();
    let _ = business.flash.work(&worker, 100).await.unwrap();
    for which in [Which::Any, Which::Open, Which::Status(Status::Processing)] {
        for of in [OrdersOf::Anyone, OrdersOf::User(user(1))] {
            let query = OrderQuery { of, which, after: None, limit: 100 };
            business.flash.orders(&query).await.unwrap();
            wire.trips();
            assert_eq!(business.flash.orders(&query).await.unwrap().len(), 100);
            assert_eq!(wire.trips(), 1, "{of:?} {which:?}");
        }
    }
}

/// Round trips from the first claim until all of so many orders are final.
async fn trips_to_final(orders: u32) -> usize {
    let (wire, business) = business().await;
    let worker = "w".parse().unwrap();
    // An order that goes before prepares every statement.
    for range in [0..1, 1..orders + 1] {
        place(&business, range).await;
        wire.trips();
        for _ in 0..40 {
            let _ = business.flash.work(&worker, 256).await.unwrap();
            business.tick();
        }
    }
    let trips = wire.trips();
    let query = OrderQuery { of: OrdersOf::Anyone, which: Which::Any, after: None, limit: 1_000 };
    for order in business.flash.orders(&query).await.unwrap() {
        assert!(matches!(order.state, OrderState::Completed { .. }), "{order:?}");
    }
    trips
}

#[tokio::test]
async fn completing_many_orders_takes_hardly_more_round_trips_than_completing_one() {
    let (one, many) = (trips_to_final(1).await, trips_to_final(64).await);
    // Rounds of work are the same; within one, orders share what they ask and what they commit.
    assert!(many < one * 4, "{one} for one order, {many} for 64");
}
