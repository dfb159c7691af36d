//! What the schema refuses whoever writes.

use sqlx::{AssertSqlSafe, Executor};

use super::database::Schema;

/// Rows that are right: an order with a delegation out, its hold, a wallet, and a customer with money.
const BOOKS: &str = "
    INSERT INTO accounts VALUES (1, 'TRX', 100, 10, 2), (-1, 'TRX', -100, 0, 1);
    INSERT INTO transfers VALUES
        (1, '00000000-0000-0000-0000-000000000001', 'single', -1, 1, 'TRX', 100, NULL, 'deposit', NULL, 'paid', 0),
        (2, '00000000-0000-0000-0000-000000000002', 'pending', 1, -2, 'TRX', 10, NULL, 'rental',
         '00000000-0000-0000-0000-00000000000a', NULL, 0);
    INSERT INTO entries VALUES (1, 'TRX', 1, 1, 100, 0, 100, 0), (1, 'TRX', 2, 2, 0, 10, 100, 10);
    INSERT INTO wallets VALUES (decode(repeat('01', 20), 'hex'), true, 0, 100, 0, 100, 0, 0, 0, 1, 50);
    INSERT INTO orders (id, user_id, receiver, energy, term, price, created_ms, give_up_ms, state, version)
        VALUES ('00000000-0000-0000-0000-00000000000a', 1, decode(repeat('02', 20), 'hex'), 65000, '1h', 10, 0, 0,
                'processing', 1);
    INSERT INTO legs VALUES ('00000000-0000-0000-0000-00000000000a', 0, decode(repeat('01', 20), 'hex'),
        decode(repeat('02', 20), 'hex'), 50, 'delegating', true);
    INSERT INTO attempts VALUES (decode(repeat('0a', 32), 'hex'), '00000000-0000-0000-0000-00000000000a', 0, 'delegate',
        50, 'x', 0, 'live', NULL, NULL, NULL, NULL);
    INSERT INTO sightings VALUES (decode(repeat('0a', 32), 'hex'), 1, decode(repeat('0b', 32), 'hex'), 0, true);
    INSERT INTO keys VALUES ('request', 1, 'k', decode(repeat('0c', 32), 'hex'), 'no_capacity', NULL, NULL, NULL, 1);
    INSERT INTO events VALUES (1, 0, '{}');
    INSERT INTO solid_cursor (height, block, time_ms, version) VALUES (1, decode(repeat('0b', 32), 'hex'), 0, 1);";

/// Each breaks one invariant of the design, named by what must refuse it.
const VIOLATIONS: [(&str, &str); 33] = [
    // 1, 2: money adds up because nothing that was written changes, and nobody is overdrawn.
    ("no_customer_is_overdrawn", "UPDATE accounts SET held = 101 WHERE holder = 1"),
    ("no_customer_was_overdrawn", "INSERT INTO entries VALUES (1, 'TRX', 3, 2, 0, 100, 100, 110)"),
    ("append-only", "UPDATE transfers SET amount = 1"),
    ("append-only", "DELETE FROM transfers WHERE seq = 2"),
    ("append-only", "TRUNCATE transfers CASCADE"),
    ("append-only", "UPDATE entries SET posted_after = 0"),
    ("append-only", "DELETE FROM entries"),
    ("append-only", "DELETE FROM events"),
    ("append-only", "UPDATE events SET at_ms = 1"),
    ("entries_pkey", "INSERT INTO entries VALUES (1, 'TRX', 2, 2, 0, 1, 100, 11)"),
    (
        "transfers_id_key",
        "INSERT INTO transfers SELECT 3, id, kind, debit, credit, asset, amount, resolves, why, \
        order_id, note, at_ms FROM transfers WHERE seq = 1",
    ),
    (
        "transfers_amount_check",
        "INSERT INTO transfers VALUES (3, gen_random_uuid(), 'single', -1, 1, 'TRX', 0, NULL, \
        'deposit', NULL, 'x', 0)",
    ),
    (
        "money_moves_between_two_accounts",
        "INSERT INTO transfers VALUES (3, gen_random_uuid(), 'single', 1, 1, 'TRX', \
        5, NULL, 'deposit', NULL, 'x', 0)",
    ),
    // 3: a hold is resolved once, by something that names it.
    (
        "captures_and_releases_name_their_hold",
        "INSERT INTO transfers VALUES (3, gen_random_uuid(), 'post', 1, -2, \
        'TRX', 10, NULL, 'deposit', NULL, 'x', 0)",
    ),
    (
        "a_hold_is_resolved_once",
        "INSERT INTO transfers VALUES \
        (3, gen_random_uuid(), 'void', 1, -2, 'TRX', 10, '00000000-0000-0000-0000-000000000002', 'deposit', NULL, 'x', 0), \
        (4, gen_random_uuid(), 'post', 1, -2, 'TRX', 10, '00000000-0000-0000-0000-000000000002', 'deposit', NULL, 'x', 0)",
    ),
    (
        "transfers_resolves_fkey",
        "INSERT INTO transfers VALUES (3, gen_random_uuid(), 'void', 1, -2, 'TRX', 10, \
        gen_random_uuid(), 'deposit', NULL, 'x', 0)",
    ),
    // 4: every attempt is kept, and what was seen of it is of an attempt on record.
    ("append-only", "DELETE FROM attempts"),
    (
        "sightings_tx_fkey",
        "INSERT INTO sightings VALUES (decode(repeat('0d', 32), 'hex'), 1, \
        decode(repeat('0b', 32), 'hex'), 0, true)",
    ),
    (
        "sightings_pkey",
        "INSERT INTO sightings VALUES (decode(repeat('0a', 32), 'hex'), 2, \
        decode(repeat('0b', 32), 'hex'), 0, true)",
    ),
    ("attempts_pkey", "INSERT INTO attempts SELECT * FROM attempts"),
    // 5: one attempt of a leg can still land, and one ever did.
    (
        "one_attempt_can_still_land",
        "INSERT INTO attempts VALUES (decode(repeat('0d', 32), 'hex'), \
        '00000000-0000-0000-0000-00000000000a', 0, 'delegate', 50, 'x', 0, 'live', NULL, NULL, NULL, NULL)",
    ),
    (
        "one_attempt_landed",
        "INSERT INTO attempts SELECT decode(repeat(tx, 32), 'hex'), \
        '00000000-0000-0000-0000-00000000000a', 0, 'delegate'::attempt_kind, 50, 'x', 0, 'landed'::attempt_fate, NULL::smallint, 1, \
        decode(repeat('0b', 32), 'hex'), 0 FROM unnest(ARRAY['0d', '0e']) tx",
    ),
    ("an_end_has_its_block", "UPDATE attempts SET fate = 'landed'"),
    (
        "attempts_order_id_leg_fkey",
        "INSERT INTO attempts VALUES (decode(repeat('0d', 32), 'hex'), \
        '00000000-0000-0000-0000-00000000000a', 1, 'delegate', 50, 'x', 0, 'live', NULL, NULL, NULL, NULL)",
    ),
    // 6: an order's words say what its columns hold.
    ("a_rental_runs_from_delivery_on", "UPDATE orders SET state = 'expired', since_ms = 1"),
    ("a_failure_has_its_reason", "UPDATE orders SET state = 'failed', since_ms = 1"),
    ("an_end_has_its_moment", "UPDATE orders SET state = 'cancelled'"),
    // 7: no more comes home than is lent.
    ("no_more_comes_home_than_is_lent", "UPDATE wallets SET lent = lent - 51"),
    // 8: no refund while something can still land, no capture of what did not.
    (
        "its hold cannot be released",
        "INSERT INTO transfers VALUES (3, gen_random_uuid(), 'void', 1, -2, 'TRX', 10, \
        '00000000-0000-0000-0000-000000000002', 'rental', '00000000-0000-0000-0000-00000000000a', NULL, 0)",
    ),
    (
        "its hold cannot be captured",
        "INSERT INTO transfers VALUES (3, gen_random_uuid(), 'post', 1, -2, 'TRX', 10, \
        '00000000-0000-0000-0000-000000000002', 'rental', '00000000-0000-0000-0000-00000000000a', NULL, 0)",
    ),
    // 9: a key is taken once.
    ("keys_pkey", "INSERT INTO keys SELECT * FROM keys"),
    ("append-only", "UPDATE keys SET wanted = 2"),
    // 11: there is one cursor.
    ("solid_cursor_pkey", "INSERT INTO solid_cursor SELECT * FROM solid_cursor"),
];

#[tokio::test]
async fn each_violation_of_an_invariant_is_refused_by_name() {
    let schema = Schema::new();
    drop(schema.open().await);
    let mut db = schema.connect().await;
    db.execute(BOOKS).await.unwrap();
    for (guard, violation) in VIOLATIONS {
        let error = db.execute(AssertSqlSafe(violation)).await.expect_err(violation).to_string();
        assert!(error.contains(guard), "{violation}: {error}");
    }
}

#[tokio::test]
async fn every_constraint_of_the_money_and_the_chain_is_there() {
    let schema = Schema::new();
    drop(schema.open().await);
    let mut db = schema.connect().await;
    // Whoever removes a constraint in a later migration has to say so here.
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_constraint c WHERE c.connamespace = current_schema()::regnamespace AND c.contype = 'c'",
    )
    .fetch_one(&mut db)
    .await
    .unwrap();
    assert!(count >= 40, "{count} checks");
}
