//! What is so when everything has ended: the servers' word, the customers' record, the books and the chain, laid side by
//! side.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use flash_adapter_http::client::LedgerFilter;
use flash_adapter_http::wire::{Balance, DelegationStatus, EntryKind, LedgerEntry, Order, OrderStatus};
use flash_core::chain::Height;
use flash_core::units::Sun;
use flash_tron::node::View;

use super::customers::{Answer, Record};
use super::workplace::Workplace;

/// Everything that can be known.
pub(crate) struct Audit {
    orders: Vec<Order>,
    accounts: BTreeMap<i64, (Balance, Vec<LedgerEntry>)>,
    /// The transactions in blocks that lend stake, and those that take it home.
    lent: BTreeSet<String>,
    taken_home: BTreeSet<String>,
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |status| self.orders.iter().filter(|order| order.status == status).count();
        let (expired, failed) = (with(OrderStatus::Expired), with(OrderStatus::Failed));
        let (orders, cancelled) = (self.orders.len(), with(OrderStatus::Cancelled));
        write!(f, "{orders} orders: {expired} delivered, {failed} failed, {cancelled} cancelled")
    }
}

impl Audit {
    /// Reads all of it.
    pub(crate) async fn of(workplace: &Workplace) -> Self {
        let orders = workplace.orders().await;
        let operator = workplace.operator();
        let mut accounts = BTreeMap::new();
        for user in orders.iter().map(|order| order.user_id).collect::<BTreeSet<_>>() {
            let (mut entries, mut cursor) = (Vec::new(), None);
            loop {
                let filter = LedgerFilter { cursor, limit: Some(100), ..LedgerFilter::default() };
                let page = operator.ledger(user, &filter).await.unwrap();
                entries.extend(page.items);
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            accounts.insert(user, (operator.balance(user).await.unwrap(), entries));
        }
        let (lent, taken_home) = delegations(&workplace.node).await;
        Self { orders, accounts, lent, taken_home }
    }

    /// Each order that was confirmed is there and is the one that was asked for; none is there that was refused; and no
    /// wish was granted twice.
    pub(crate) fn every_answer_was_true(&self, record: &Record) {
        let mut orders = BTreeMap::new();
        for order in &self.orders {
            let number = order.client_order_id.clone().unwrap();
            if let Some(other) = orders.insert(number, order) {
                panic!("two orders for one wish: {other:?} and {order:?}");
            }
        }
        for wish in &record.wishes {
            let order = orders.remove(wish.number());
            match &wish.answer {
                Answer::Placed(placed) => {
                    let order = order.unwrap_or_else(|| panic!("an order was confirmed and is not there: {wish:?}"));
                    let asked = (&placed.id, wish.order.user_id, &wish.order.receive_address, wish.order.energy_amount);
                    assert_eq!((&order.id, order.user_id, &order.receive_address, order.energy_amount), asked);
                }
                Answer::Refused(_) if wish.is_refused_for_good() => {
                    assert_eq!(order, None, "an order was refused and is there: {wish:?}");
                }
                Answer::Refused(_) => {}
                Answer::Unknown => panic!("an answer was due: {wish:?}"),
            }
        }
        assert!(orders.is_empty(), "nobody asked for these: {orders:?}");
    }

    /// Each order's price was held once, and then either taken or given back once, as its end says; and what everybody
    /// has left is what they paid in, less the prices of what was delivered.
    pub(crate) fn everyone_paid_for_what_was_delivered_and_once(&self, record: &Record) {
        let mut moved: BTreeMap<&str, Vec<EntryKind>> = BTreeMap::new();
        for entry in self.accounts.values().flat_map(|(_, entries)| entries) {
            if let Some(order) = &entry.order_id {
                moved.entry(order).or_default().push(entry.kind);
            }
        }
        for order in &self.orders {
            let end = if is_delivered(order) { EntryKind::Capture } else { EntryKind::Release };
            assert_eq!(moved.remove(order.id.as_str()), Some(vec![EntryKind::Hold, end]), "{order:?}");
        }
        assert!(moved.is_empty(), "money moved for orders that are not there: {moved:?}");
        for user in record.users() {
            let deposits: i64 =
                record.deposits.iter().filter(|(of, _)| *of == user).map(|(_, trx)| trx * 1_000_000).sum();
            let delivered = self.orders.iter().filter(|order| order.user_id == user && is_delivered(order));
            let spent: i64 = delivered.map(|order| sun(&order.cost_trx)).sum();
            let (balance, entries) = &self.accounts[&user];
            assert_eq!((sun(&balance.available_trx), sun(&balance.held_trx)), (deposits - spent, 0), "of {user}");
            assert!(entries.iter().zip(1..).all(|(entry, seq)| entry.seq == seq), "gaps in the account of {user}");
        }
    }

    /// Every transaction of ours in a block is one that an order shows, and no order shows one that is not there: nothing
    /// was delivered or taken home twice, or by a transaction that nobody remembers.
    pub(crate) fn what_landed_is_what_is_on_record(&self) {
        let (mut lent, mut taken_home) = (BTreeSet::new(), BTreeSet::new());
        for (order, delegation) in
            self.orders.iter().flat_map(|order| order.delegations.iter().map(move |d| (order, d)))
        {
            match delegation.status {
                DelegationStatus::Returned => {
                    let ids = [&delegation.tx_id, &delegation.reclaim_tx_id].map(|id| id.clone().unwrap());
                    for (of, id) in [&mut lent, &mut taken_home].into_iter().zip(ids) {
                        assert!(of.insert(id), "one transaction for two delegations: {order:?}");
                    }
                }
                DelegationStatus::Reserved | DelegationStatus::Released => {}
                DelegationStatus::Delegating | DelegationStatus::Delegated | DelegationStatus::Reclaiming => {
                    panic!("still out: {order:?}");
                }
            }
        }
        assert_eq!(self.lent, lent, "on the chain, and on record");
        assert_eq!(self.taken_home, taken_home, "on the chain, and on record");
    }

    /// Neither the chain nor the books have any stake out.
    pub(crate) async fn all_stake_is_home(&self, workplace: &Workplace) {
        assert_eq!(workplace.net.lent(&workplace.wallets()).await, 0);
        let books = workplace.operator().wallets().await.unwrap().items;
        assert!(books.iter().all(|wallet| wallet.lent_sun == 0), "{books:?}");
    }

    /// What the operator's own check finds, which replays every transfer: nothing.
    pub(crate) async fn the_books_agree_with_themselves_and_the_chain(&self, workplace: &Workplace) {
        let found = workplace.operator().verify().await.unwrap();
        assert!(found.clean, "{found:?}");
        assert_eq!(found.orders, i64::try_from(self.orders.len()).unwrap());
    }
}

/// Whether the customer had what was ordered; everything has ended.
fn is_delivered(order: &Order) -> bool {
    match order.status {
        OrderStatus::Expired => true,
        OrderStatus::Failed | OrderStatus::Cancelled => false,
        OrderStatus::Pending | OrderStatus::Processing | OrderStatus::Completed | OrderStatus::Reviewing => {
            panic!("not at its end: {order:?}")
        }
    }
}

fn sun(trx: &str) -> i64 {
    trx.parse::<Sun>().unwrap().get()
}

/// Every delegation and every reclaim on the chain; there are none but ours.
async fn delegations(node: &flash_tron::Node) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut lent, mut taken_home) = (BTreeSet::new(), BTreeSet::new());
    let mut height = 0;
    loop {
        let blocks = node.blocks(View::Head, Height(height), 100).await.unwrap().block;
        if blocks.is_empty() {
            return (lent, taken_home);
        }
        height += u64::try_from(blocks.len()).unwrap();
        for transaction in blocks.into_iter().flat_map(|block| block.transactions) {
            match transaction.raw_data.contract[0].r#type.as_str() {
                "DelegateResourceContract" => assert!(lent.insert(transaction.id.to_string())),
                "UnDelegateResourceContract" => assert!(taken_home.insert(transaction.id.to_string())),
                _ => {}
            }
        }
    }
}
