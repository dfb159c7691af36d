-- Fills the books with closed orders: what years of business leave behind. The rows are those that flash would have
-- written, in the order in which it would have; replayed, the transfers give the balances. Two things are made up: who
-- orders what and which orders fail follows from their number, so that every counter and balance does too, and ids that
-- should be hashes ascend. An index on them then grows at its end while it is loaded, and is as wide and as full in the
-- end as one of hashes.
CREATE SCHEMA load;

-- How many orders there are to be, placed by 100,000 customers, and what one costs and takes.
CREATE TABLE load.scale (total bigint, now_ms bigint, deposit bigint, price bigint, stake bigint);

-- How many of the orders up to the n-th, counted from 0, failed.
CREATE FUNCTION load.failed_through(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN
    n / 100 + CASE WHEN n % 100 >= 99 - n / 100000 % 100 THEN 1 ELSE 0 END;

-- How many of one customer's orders up to the k-th, counted from 0, were captured; `r` is the customer modulo 100.
CREATE FUNCTION load.captured_through(k bigint, r bigint) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN
    k + 1 - (k + r + 1) / 100;

-- The n-th of `total` keys that are spread over one half of all keys.
CREATE FUNCTION load.spread(n bigint, total bigint, upper boolean) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN
    int8send(n * (9223372036854775807 / total) + CASE WHEN upper THEN -9223372036854775807 - 1 ELSE 0 END);

-- Some orders and all that is to be known of them, for the rest of the transaction.
CREATE FUNCTION load.batch(first bigint, count bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    s load.scale := (SELECT s FROM load.scale s);
    -- 90 days, the last of which ended two hours ago.
    gap double precision := 7776000000.0 / s.total;
BEGIN
    SET LOCAL work_mem = '256MB';
    CREATE TEMP TABLE batch ON COMMIT DROP AS
        SELECT n, user_id, k, r, failed, at_ms,
            (lpad(to_hex(at_ms), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8' || right(hash, 15))::uuid AS id,
            encode(load.spread(n, s.total, false) || substr(random, 1, 8), 'hex')::uuid AS hold,
            encode(load.spread(n, s.total, true) || substr(random, 9, 8), 'hex')::uuid AS settle,
            load.spread(n, s.total, false) || random || int8send(n) AS delegation,
            load.spread(n, s.total, true) || random || int8send(n) AS reclaim,
            int8send(n / 100) || random || int8send(n) AS block,
            random,
            -- Sixteen of the wallets: best fit keeps to few.
            '\xfafafafafafafafafafafafafafafafa'::bytea || int4send((n / 7 % 16)::int) AS wallet,
            '\xfafafafafafafafafafafafafafafafa'::bytea || int4send((1000000 + user_id % 1000)::int) AS receiver
        FROM (
            SELECT n, 1 + n % 100000 AS user_id, n / 100000 AS k, (n % 100000) % 100 AS r,
                (n / 100000 + n % 100) % 100 = 99 AS failed,
                s.now_ms - 7200000 - ((s.total - n) * gap)::bigint AS at_ms,
                md5(n::text) AS hash, decode(md5(n::text), 'hex') AS random
            FROM generate_series(first, first + count - 1) n
        ) AS numbered;
END
$$;

-- The orders themselves, and what was seen of them on the chain.
CREATE FUNCTION load.deliveries(first bigint, count bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    s load.scale := (SELECT s FROM load.scale s);
BEGIN
    PERFORM load.batch(first, count);
    INSERT INTO orders (id, user_id, receiver, energy, term, price, created_ms, give_up_ms, state, started_ms, ends_ms,
        since_ms, reason, version)
        SELECT id, user_id, receiver, 1000, '1h'::term, s.price, at_ms, at_ms + 300000,
            (CASE WHEN failed THEN 'failed' ELSE 'expired' END)::order_state,
            CASE WHEN NOT failed THEN at_ms + 5000 END, CASE WHEN NOT failed THEN at_ms + 3605000 END,
            at_ms + CASE WHEN failed THEN 400000 ELSE 3670000 END, CASE WHEN failed THEN 'timed_out'::fail_reason END, 12
        FROM batch ORDER BY n;
    INSERT INTO legs (order_id, no, wallet, receiver, stake, state, order_open)
        SELECT id, 0, wallet, receiver, s.stake, (CASE WHEN failed THEN 'released' ELSE 'returned' END)::leg_state, false
        FROM batch ORDER BY n;
    -- A signed delegation is 215 bytes long.
    INSERT INTO attempts (tx, order_id, leg, kind, stake, bytes, expires_ms, fate, death, block_height, block_id,
        block_time_ms)
        SELECT t.tx, id, 0, t.kind::attempt_kind, s.stake,
            t.tx || random || random || random || random || random || random || random || random || random || random
                || random || '\x00000000000000'::bytea,
            t.at + 60000, (CASE WHEN failed THEN 'dead' ELSE 'landed' END)::attempt_fate, CASE WHEN failed THEN 0 END,
            n / 100, block, t.at + 3000
        FROM batch, LATERAL (VALUES (delegation, 'delegate', at_ms), (reclaim, 'reclaim', at_ms + 3605000)) t(tx, kind, at)
        WHERE t.kind = 'delegate' OR NOT failed ORDER BY n;
    INSERT INTO sightings (tx, height, block, time_ms, succeeded)
        SELECT t.tx, n / 100, block, t.at + 3000, true
        FROM batch, LATERAL (VALUES (delegation, at_ms), (reclaim, at_ms + 3605000)) t(tx, at)
        WHERE NOT failed ORDER BY n;
END
$$;

-- The money that was held and captured or released, and the log.
CREATE FUNCTION load.movements(first bigint, count bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    s load.scale := (SELECT s FROM load.scale s);
    -- What the business itself wrote before: the deposits.
    old_transfers bigint := 100000;
    old_events bigint := (SELECT events FROM log);
BEGIN
    PERFORM load.batch(first, count);
    INSERT INTO transfers (seq, id, kind, debit, credit, asset, amount, resolves, why, order_id, at_ms)
        SELECT old_transfers + 2 * n + t.nth, t.id, t.kind::transfer_kind, user_id, -2, 'TRX'::asset, s.price, t.resolves,
            'rental'::transfer_why, batch.id,
            t.at
        FROM batch, LATERAL (VALUES
            (1, hold, 'pending', NULL::uuid, at_ms),
            (2, settle, CASE WHEN failed THEN 'void' ELSE 'post' END, hold, at_ms + 60000)) t(nth, id, kind, resolves, at)
        ORDER BY n, nth;
    -- The customer's first entry is the deposit. Revenue has one a capture.
    INSERT INTO entries (holder, asset, seq, transfer, posted, held, posted_after, held_after)
        SELECT user_id, 'TRX'::asset, 2 * k + 2, old_transfers + 2 * n + 1, 0, s.price,
            s.deposit - s.price * load.captured_through(k - 1, r), s.price
        FROM batch ORDER BY n;
    INSERT INTO entries (holder, asset, seq, transfer, posted, held, posted_after, held_after)
        SELECT user_id, 'TRX'::asset, 2 * k + 3, old_transfers + 2 * n + 2, CASE WHEN failed THEN 0 ELSE -s.price END, -s.price,
            s.deposit - s.price * load.captured_through(k, r), 0
        FROM batch ORDER BY n;
    INSERT INTO entries (holder, asset, seq, transfer, posted, held, posted_after, held_after)
        SELECT -2, 'TRX'::asset, n + 1 - load.failed_through(n), old_transfers + 2 * n + 2, s.price, 0,
            s.price * (n + 1 - load.failed_through(n)), 0
        FROM batch WHERE NOT failed ORDER BY n;

    INSERT INTO events (seq, at_ms, event)
        SELECT old_events + row_number() OVER (ORDER BY n, nth), t.at, t.event
        FROM batch, LATERAL (VALUES
            (1, at_ms, jsonb_build_object('order_placed', jsonb_build_object('order', id))),
            (2, at_ms + 5000, jsonb_build_object('order_completed', jsonb_build_object('order', id, 'rental',
                jsonb_build_object('started_at', at_ms + 5000, 'ends_at', at_ms + 3605000)))),
            (3, at_ms + 60000, jsonb_build_object('order_final', jsonb_build_object('order', id))),
            (4, at_ms + 3670000, jsonb_build_object('order_expired', jsonb_build_object('order', id))),
            (5, at_ms + 400000, jsonb_build_object('order_failed', jsonb_build_object('order', id, 'reason', 'timed_out')))
        ) t(nth, at, event)
        WHERE nth = 1 OR failed = (nth = 5);
    UPDATE log SET transfers = old_transfers + 2 * (first + count),
        events = old_events + 4 * count - 2 * (SELECT count(*) FROM batch WHERE failed);
END
$$;

-- Brings the balances to where the entries end.
CREATE FUNCTION load.balances() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    s load.scale := (SELECT s FROM load.scale s);
    captured bigint := s.total - load.failed_through(s.total - 1);
BEGIN
    UPDATE accounts SET posted = s.deposit - s.price * load.captured_through(placed - 1, (holder - 1) % 100),
            seq = 2 * placed + 1
        FROM (SELECT u, (s.total - u + 100000) / 100000 AS placed FROM generate_series(1, 100000) u) AS customer
        WHERE holder = u AND asset = 'TRX';
    INSERT INTO accounts (holder, asset, posted, held, seq) VALUES (-2, 'TRX', s.price * captured, 0, captured);
END
$$;
