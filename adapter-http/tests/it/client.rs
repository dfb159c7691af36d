use flash_adapter_http::client::{Client, ClientError, LedgerFilter, OrderFilter, Placed};
use flash_adapter_http::wire::{
    AddWallet, Asset, EntryKind, HoldQuote, MoveMoney, MovementKind, OrderStatus, PlaceOrder, SaveAddress,
};
use flash_core::units::Sun;

use crate::socket::serve;
use crate::world::{OPERATOR, SERVICE, World, address, receiver, supplier};

fn order() -> PlaceOrder {
    PlaceOrder {
        user_id: 7,
        receive_address: receiver().to_string(),
        energy_amount: 65_000,
        duration: "1h".to_owned(),
        client_order_id: None,
        max_price_trx: Some("2".to_owned()),
        quote_id: None,
    }
}

fn money(amount: &str) -> MoveMoney {
    MoveMoney { amount: amount.to_owned(), asset: Asset::Trx, reason: "counter".to_owned() }
}

async fn client(world: &World, key: &str) -> Client {
    Client::new(&format!("http://127.0.0.1:{}", serve(world).await), key).unwrap()
}

#[tokio::test]
async fn a_client_places_watches_and_cancels_orders() {
    let world = World::new().await;
    world.pay_in(7, "10").await;
    let client = client(&world, SERVICE).await;
    assert_eq!(client.health().await.unwrap().status, "ok");
    assert_eq!(client.price(65_000, "1h").await.unwrap().price_trx, "1.950000");
    assert_eq!(client.prices().await.unwrap().terms.len(), 6);
    let wish = HoldQuote { user_id: 7, energy_amount: 65_000, duration: "1h".to_owned() };
    let quote = client.hold_quote(&wish).await.unwrap();
    let order = PlaceOrder { quote_id: Some(quote.id), ..order() };
    let Placed::New(placed) = client.place_order(&order, Some("k-1")).await.unwrap() else { panic!("not new") };
    let again = client.place_order(&order, Some("k-1")).await.unwrap();
    assert_eq!(again, Placed::Replayed(placed.clone()));
    assert_eq!(client.order(&placed.id).await.unwrap(), placed);
    let filter = OrderFilter { user_id: Some(7), status: Some(OrderStatus::Pending), limit: Some(5), cursor: None };
    assert_eq!(client.orders(&filter).await.unwrap().items, std::slice::from_ref(&placed));
    assert_eq!(client.cancel_order(&placed.id).await.unwrap().status, OrderStatus::Cancelled);
    let kinds: Vec<_> =
        client.ledger(7, &LedgerFilter::default()).await.unwrap().items.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Deposit, EntryKind::Hold, EntryKind::Release]);
}

#[tokio::test]
async fn a_client_with_an_operators_key_runs_the_house() {
    let world = World::new().await;
    let client = client(&world, OPERATOR).await;
    for (kind, amount) in [(MovementKind::Deposit, "5"), (MovementKind::Deduct, "2"), (MovementKind::Refund, "1")] {
        assert_eq!(client.move_money(7, kind, &money(amount), None).await.unwrap().kind, kind);
    }
    assert_eq!(client.balance(7).await.unwrap().available_trx, "4.000000");
    world.chain.supply(address(101), Sun::from_trx(5).unwrap());
    assert_eq!(client.add_wallet(&AddWallet::new(address(101).to_string(), 3)).await.unwrap().priority, 3);
    assert!(!client.toggle_wallet(&supplier().to_string(), false).await.unwrap().enabled);
    assert_eq!(client.wallets().await.unwrap().items.len(), 2);
    assert_eq!(client.update_wallets().await.unwrap().items.len(), 2);
    assert_eq!(client.process_orders().await.unwrap().orders, 0);
    assert!(client.verify().await.unwrap().clean);
    assert!(!client.events(0, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_client_keeps_an_address_book() {
    let world = World::new().await;
    let client = client(&world, SERVICE).await;
    let save = SaveAddress { address: address(5).to_string(), label: Some("cold".to_owned()) };
    let saved = client.save_address(7, &save).await.unwrap();
    assert_eq!(client.addresses(7).await.unwrap().items, std::slice::from_ref(&saved));
    client.forget_address(7, &saved.address).await.unwrap();
    let gone = client.forget_address(7, &saved.address).await.unwrap_err();
    assert_eq!(gone.code(), Some("ADDRESS_NOT_FOUND"));
}

#[tokio::test]
async fn a_client_tells_a_refusal_from_silence() {
    let world = World::new().await;
    let client = client(&world, SERVICE).await;
    let refused = client.place_order(&order(), None).await.unwrap_err();
    assert_eq!(refused.code(), Some("INSUFFICIENT_BALANCE"));
    assert!(matches!(client.order("../../x").await, Err(ClientError::Refused(problem)) if problem.status == 400));
    let nobody = Client::new("http://127.0.0.1:1", SERVICE).unwrap();
    assert!(matches!(nobody.health().await, Err(ClientError::NoAnswer(_))));
    assert!(matches!(Client::new("ftp://x", SERVICE), Err(ClientError::Base(_))));
    assert!(!format!("{nobody:?}").contains(SERVICE));
}
