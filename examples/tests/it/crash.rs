//! Processes that end at any moment: whatever dies or stalls, each promise that was made is kept, and kept once.
//!
//! The gate kills five times and stops a worker twice. The long form, with its figures:
//!
//! ```sh
//! FLASH_KILLS=50 cargo test --release -p flash-examples --test it crash:: -- --include-ignored --nocapture --test-threads 1
//! ```
//!
//! `FLASH_SEED` makes the choices of an earlier run again; when exactly things happen differs all the same.

mod audit;
mod chance;
mod customers;
mod hosts;
mod killer;
mod workplace;

use std::time::{Duration, Instant};

use self::audit::Audit;
use self::chance::Chance;
use self::customers::Customers;
use self::killer::Killer;
use self::workplace::Workplace;

/// How many customers order at once.
const CUSTOMERS: usize = 8;
/// How often a worker is stopped for each time that something is killed.
const STOPS_OF_KILLS: usize = 5;

/// How often to kill.
fn kills() -> usize {
    std::env::var("FLASH_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(5)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_every_promise_is_kept_once() {
    let started = Instant::now();
    let chance = Chance::new();
    println!("{chance:?}");
    let mut workplace = Workplace::open(2, 2).await;
    let customers = Customers::arrive(&workplace, CUSTOMERS, &chance).await;
    let tally = Killer::new(&chance).strike(&mut workplace, kills()).await;
    let mut record = customers.leave().await;
    workplace.all_are_up().await;
    record.ask_again(&workplace).await;
    workplace.let_everything_end().await;

    let audit = Audit::of(&workplace).await;
    audit.every_answer_was_true(&record);
    audit.everyone_paid_for_what_was_delivered_and_once(&record);
    audit.what_landed_is_what_is_on_record();
    audit.all_stake_is_home(&workplace).await;
    audit.the_books_agree_with_themselves_and_the_chain(&workplace).await;
    workplace.close().await;
    println!("{tally}; {record}; {audit}; {:.0?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stalls_past_its_lease_delivers_nothing_twice_and_holds_nobody_up() {
    let started = Instant::now();
    let chance = Chance::new();
    println!("{chance:?}");
    let workplace = Workplace::open(1, 4).await;
    let customers = Customers::arrive(&workplace, CUSTOMERS, &chance).await;
    let stops = kills().div_ceil(STOPS_OF_KILLS).max(2);
    let mut held = 0;
    for _ in 0..stops {
        tokio::time::sleep(chance.moment(Duration::from_millis(1_500))).await;
        let stalled = &workplace.workers()[chance.below(4)];
        held += workplace.stop_in_the_middle(stalled).await;
        workplace.leases_end().await;
        // The other three deliver all that was asked for until now.
        workplace.what_was_placed_is_delivered().await;
        stalled.signal("-CONT");
    }
    let mut record = customers.leave().await;
    record.ask_again(&workplace).await;
    workplace.let_everything_end().await;

    let audit = Audit::of(&workplace).await;
    audit.every_answer_was_true(&record);
    audit.everyone_paid_for_what_was_delivered_and_once(&record);
    audit.what_landed_is_what_is_on_record();
    audit.all_stake_is_home(&workplace).await;
    audit.the_books_agree_with_themselves_and_the_chain(&workplace).await;
    workplace.close().await;
    println!("{stops} stops with {held} orders in hand; {record}; {audit}; {:.0?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures, and a busy machine proves nothing"]
async fn four_workers_of_which_one_is_stopped_are_as_fast_as_one() {
    const ORDERS: usize = 3_000;
    let mut alone = Vec::new();
    let mut together = Vec::new();
    for _ in 0..3 {
        for (workers, spans) in [(1, &mut alone), (4, &mut together)] {
            let workplace = Workplace::open(1, workers).await;
            workplace.workers().iter().for_each(|worker| worker.signal("-STOP"));
            customers::place_at_once(&workplace, ORDERS).await;
            let started = Instant::now();
            let at_work = workplace.workers().iter().skip(workers / 4);
            at_work.for_each(|worker| worker.signal("-CONT"));
            workplace.what_was_placed_is_delivered().await;
            spans.push(started.elapsed());
            workplace.workers().iter().for_each(|worker| worker.signal("-CONT"));
            workplace.close().await;
        }
    }
    for spans in [&mut alone, &mut together] {
        spans.sort_unstable();
    }
    let (alone, together) = (alone[1], together[1]);
    println!("{ORDERS} orders: one worker {alone:.2?}, three of four {together:.2?}");
    assert!(together < alone * 5 / 4, "one stopped worker holds the others up");
}
