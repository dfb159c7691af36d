-- How a batch of commits is written, and how an order is read.
--
-- A batch is decided outside, by the rules of flash-core, on assumptions: this version is stored, so much money and
-- stake is there, this id is free. One call writes it whole if they all hold, and else raises FL001 and leaves nothing.
-- No lock is ever held while the caller thinks. Locks are taken in one order everywhere: orders by id, keys by
-- name, the log, and all else under it.

CREATE TYPE order_row AS (
    id uuid, user_id bigint, client_order_id text, receiver bytea, energy bigint, term term, price bigint,
    created_ms bigint, give_up_ms bigint, state order_state, started_ms bigint, ends_ms bigint, since_ms bigint,
    reason fail_reason,
    review_tx bytea, review_height bigint, review_block bytea, review_time_ms bigint, version bigint,
    -- What a put says besides: when the order is due, and the version that must be stored.
    due_ms bigint, follows bigint
);
CREATE TYPE leg_row AS (
    order_id uuid, no smallint, wallet bytea, receiver bytea, stake bigint, state leg_state, order_open boolean
);
CREATE TYPE attempt_row AS (
    tx bytea, order_id uuid, leg smallint, kind attempt_kind, stake bigint, bytes bytea, expires_ms bigint,
    fate attempt_fate, death smallint, block_height bigint, block_id bytea, block_time_ms bigint
);
CREATE TYPE wake_row AS (order_id uuid, at_ms bigint);
CREATE TYPE sighting_row AS (tx bytea, height bigint, block bytea, time_ms bigint, succeeded boolean);
CREATE TYPE cursor_row AS (height bigint, block bytea, time_ms bigint, version bigint);
CREATE TYPE cursor_put AS (content cursor_row, follows bigint);
CREATE TYPE wallet_row AS (
    address bytea, enabled boolean, priority smallint, stake_limit bigint, balance bigint, lendable bigint,
    lent_on_chain bigint, bandwidth bigint, observed_ms bigint, version bigint
);
CREATE TYPE wallet_put AS (content wallet_row, follows bigint);
-- What a batch does to the lent stake of a wallet: in all, at the least and the most on the way there. `most_after` is
-- the most after the wallet's own settings are put.
CREATE TYPE stake_move AS (address bytea, total bigint, least bigint, most bigint, most_after bigint);
CREATE TYPE key_row AS (
    kind key_kind, user_id bigint, name text, fingerprint bytea, outcome key_outcome, order_id uuid, needed bigint,
    available bigint, wanted bigint
);
CREATE TYPE quote_row AS (id uuid, user_id bigint, energy bigint, term term, price bigint, expires_ms bigint);
CREATE TYPE saved_row AS (user_id bigint, address bytea, label text, saved_ms bigint);
-- What a batch does to an account: in all, and the least that is ever available on the way, relative to before.
CREATE TYPE account_move AS (holder bigint, asset asset, posted bigint, held bigint, entries bigint, least bigint);
CREATE TYPE transfer_row AS (
    id uuid, kind transfer_kind, debit bigint, credit bigint, asset asset, amount bigint, resolves uuid,
    why transfer_why, order_id uuid, note text, at_ms bigint
);
-- `transfer`: the how manieth of the batch. The rest is counted back from the end of the batch.
CREATE TYPE entry_row AS (
    holder bigint, asset asset, transfer bigint, posted bigint, held bigint, seq_to_go bigint, posted_to_go bigint,
    held_to_go bigint
);
CREATE TYPE event_row AS (at_ms bigint, event text);

CREATE FUNCTION outdated(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'decided on what is not so any more: %', what USING ERRCODE = 'FL001';
END
$$;

-- What there is nothing of is null.
CREATE FUNCTION commit_batch(
    new_orders order_row[], moved_orders order_row[], new_legs leg_row[], moved_legs leg_row[],
    new_attempts attempt_row[], moved_attempts attempt_row[], wakes wake_row[], sighted sighting_row[],
    cursors cursor_put[], wallet_puts wallet_put[], stakes stake_move[], new_keys key_row[], new_quotes quote_row[],
    saved saved_row[], forgotten saved_row[], trust text, moves account_move[], new_transfers transfer_row[],
    new_entries entry_row[], new_events event_row[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
    created bigint;
    first_transfer bigint;
    first_event bigint;
BEGIN
    -- Orders.
    IF moved_orders IS NOT NULL OR wakes IS NOT NULL THEN
        PERFORM FROM orders o
            WHERE o.id = ANY (ARRAY(
                SELECT m.id FROM unnest(moved_orders) m UNION ALL SELECT w.order_id FROM unnest(wakes) w))
            ORDER BY o.id FOR NO KEY UPDATE;
    END IF;
    IF moved_orders IS NOT NULL THEN
        UPDATE orders o SET
            user_id = m.user_id, client_order_id = m.client_order_id, receiver = m.receiver, energy = m.energy,
            term = m.term, price = m.price, created_ms = m.created_ms, give_up_ms = m.give_up_ms, state = m.state,
            started_ms = m.started_ms, ends_ms = m.ends_ms, since_ms = m.since_ms, reason = m.reason,
            review_tx = m.review_tx, review_height = m.review_height, review_block = m.review_block,
            review_time_ms = m.review_time_ms, version = m.version, due_ms = least(m.due_ms, o.woken_ms),
            leased_until_ms = NULL, leased_by = NULL
            FROM unnest(moved_orders) m WHERE o.id = m.id AND o.version = m.follows;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n < cardinality(moved_orders) THEN PERFORM outdated('orders'); END IF;
    END IF;
    IF new_orders IS NOT NULL THEN
        INSERT INTO orders (
            id, user_id, client_order_id, receiver, energy, term, price, created_ms, give_up_ms, state, started_ms,
            ends_ms, since_ms, reason, review_tx, review_height, review_block, review_time_ms, version, due_ms)
            SELECT m.id, m.user_id, m.client_order_id, m.receiver, m.energy, m.term, m.price, m.created_ms,
                m.give_up_ms, m.state, m.started_ms, m.ends_ms, m.since_ms, m.reason, m.review_tx, m.review_height,
                m.review_block, m.review_time_ms, m.version, m.due_ms
            FROM unnest(new_orders) m;
    END IF;
    IF wakes IS NOT NULL THEN
        UPDATE orders o SET woken_ms = least(o.woken_ms, w.at_ms), due_ms = least(o.due_ms, w.at_ms)
            FROM unnest(wakes) w WHERE o.id = w.order_id AND (o.woken_ms IS NULL OR o.woken_ms > w.at_ms);
    END IF;
    IF new_legs IS NOT NULL THEN
        INSERT INTO legs SELECT l.* FROM unnest(new_legs) l;
    END IF;
    IF moved_legs IS NOT NULL THEN
        UPDATE legs l SET wallet = m.wallet, receiver = m.receiver, stake = m.stake, state = m.state,
            order_open = m.order_open
            FROM unnest(moved_legs) m WHERE l.order_id = m.order_id AND l.no = m.no;
    END IF;
    -- The one that died makes room for the one that lives.
    IF moved_attempts IS NOT NULL THEN
        UPDATE attempts a SET leg = m.leg, kind = m.kind, stake = m.stake, bytes = m.bytes, expires_ms = m.expires_ms,
            fate = m.fate, death = m.death, block_height = m.block_height, block_id = m.block_id,
            block_time_ms = m.block_time_ms
            FROM unnest(moved_attempts) m WHERE a.tx = m.tx AND a.order_id = m.order_id;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n < cardinality(moved_attempts) THEN PERFORM outdated('attempts'); END IF;
    END IF;
    IF new_attempts IS NOT NULL THEN
        INSERT INTO attempts SELECT a.* FROM unnest(new_attempts) a;
    END IF;
    -- The chain.
    IF sighted IS NOT NULL THEN
        INSERT INTO sightings SELECT s.* FROM unnest(sighted) s ON CONFLICT (tx) DO NOTHING;
        IF EXISTS (SELECT FROM unnest(sighted) s JOIN sightings t USING (tx)
                   WHERE (t.height, t.block, t.time_ms, t.succeeded)
                      IS DISTINCT FROM (s.height, s.block, s.time_ms, s.succeeded)) THEN
            PERFORM outdated('sightings');
        END IF;
    END IF;
    IF cursors IS NOT NULL THEN
        INSERT INTO solid_cursor (height, block, time_ms, version)
            SELECT (c.content).* FROM unnest(cursors) c WHERE c.follows = 0;
        UPDATE solid_cursor s SET height = (c.content).height, block = (c.content).block,
            time_ms = (c.content).time_ms, version = (c.content).version
            FROM unnest(cursors) c WHERE c.follows > 0 AND s.version = c.follows;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n = 0 AND (cursors[1]).follows > 0 THEN PERFORM outdated('cursor'); END IF;
    END IF;
    IF trust IS NOT NULL THEN
        UPDATE realm SET trusted = trust;
    END IF;
    -- Keys and the like.
    IF new_keys IS NOT NULL THEN
        INSERT INTO keys SELECT k.* FROM unnest(new_keys) k;
    END IF;
    IF new_quotes IS NOT NULL THEN
        INSERT INTO quotes SELECT q.* FROM unnest(new_quotes) q ON CONFLICT (id) DO NOTHING;
        IF EXISTS (SELECT FROM unnest(new_quotes) q JOIN quotes s USING (id)
                   WHERE (q.user_id, q.energy, q.term, q.price, q.expires_ms)
                      IS DISTINCT FROM (s.user_id, s.energy, s.term, s.price, s.expires_ms)) THEN
            PERFORM outdated('quotes');
        END IF;
    END IF;
    IF saved IS NOT NULL THEN
        INSERT INTO saved_addresses SELECT s.* FROM unnest(saved) s
            ON CONFLICT (user_id, address) DO UPDATE SET label = excluded.label, saved_ms = excluded.saved_ms;
    END IF;
    IF forgotten IS NOT NULL THEN
        DELETE FROM saved_addresses s USING unnest(forgotten) f
            WHERE s.user_id = f.user_id AND s.address = f.address;
    END IF;
    -- The log. From here on commits go one after another, so what follows needs no order among its locks.
    IF new_transfers IS NULL AND new_events IS NULL AND stakes IS NULL AND wallet_puts IS NULL THEN
        RETURN;
    END IF;
    UPDATE log SET transfers = transfers + coalesce(cardinality(new_transfers), 0),
        events = events + coalesce(cardinality(new_events), 0)
        RETURNING transfers - coalesce(cardinality(new_transfers), 0), events - coalesce(cardinality(new_events), 0)
        INTO STRICT first_transfer, first_event;
    -- The pool. A wallet that is put takes its new settings between what is reserved before and after.
    IF wallet_puts IS NOT NULL THEN
        IF EXISTS (SELECT FROM unnest(stakes) s LEFT JOIN wallets w USING (address)
                   WHERE s.most IS NOT NULL
                     AND (w.address IS NULL OR NOT w.enabled OR w.lent + s.most > w.stake_limit)) THEN
            PERFORM outdated('stake');
        END IF;
        INSERT INTO wallets SELECT (p.content).*, 0 FROM unnest(wallet_puts) p WHERE p.follows = 0;
        GET DIAGNOSTICS created = ROW_COUNT;
        UPDATE wallets w SET enabled = (p.content).enabled, priority = (p.content).priority,
            stake_limit = (p.content).stake_limit, balance = (p.content).balance, lendable = (p.content).lendable,
            lent_on_chain = (p.content).lent_on_chain, bandwidth = (p.content).bandwidth,
            observed_ms = (p.content).observed_ms, version = (p.content).version
            FROM unnest(wallet_puts) p
            WHERE p.follows > 0 AND w.address = (p.content).address AND w.version = p.follows;
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n + created < cardinality(wallet_puts) THEN PERFORM outdated('wallets'); END IF;
    END IF;
    IF stakes IS NOT NULL THEN
        UPDATE wallets w SET lent = w.lent + s.total FROM unnest(stakes) s
            WHERE w.address = s.address AND w.lent + s.least >= 0
              AND (s.most IS NULL OR wallet_puts IS NOT NULL OR (w.enabled AND w.lent + s.most <= w.stake_limit))
              AND (s.most_after IS NULL OR (w.enabled AND w.lent + s.most_after <= w.stake_limit));
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n < cardinality(stakes) THEN PERFORM outdated('stake'); END IF;
    END IF;
    -- The money. An account that never moved has no row yet.
    IF moves IS NOT NULL THEN
        UPDATE accounts a SET posted = a.posted + m.posted, held = a.held + m.held, seq = a.seq + m.entries
            FROM unnest(moves) m WHERE a.holder = m.holder AND a.asset = m.asset
              AND (m.least IS NULL OR a.posted - a.held + m.least >= 0);
        GET DIAGNOSTICS n = ROW_COUNT;
        IF n < cardinality(moves) THEN
            INSERT INTO accounts SELECT m.holder, m.asset, m.posted, m.held, m.entries FROM unnest(moves) m
                WHERE (m.least IS NULL OR m.least >= 0)
                  AND NOT EXISTS (SELECT FROM accounts a WHERE a.holder = m.holder AND a.asset = m.asset);
            GET DIAGNOSTICS created = ROW_COUNT;
            IF n + created < cardinality(moves) THEN PERFORM outdated('money'); END IF;
        END IF;
    END IF;
    IF new_transfers IS NOT NULL THEN
        INSERT INTO transfers SELECT first_transfer + t.n, t.id, t.kind, t.debit, t.credit, t.asset, t.amount,
            t.resolves, t.why, t.order_id, t.note, t.at_ms
            FROM unnest(new_transfers) WITH ORDINALITY
                AS t(id, kind, debit, credit, asset, amount, resolves, why, order_id, note, at_ms, n);
        IF EXISTS (SELECT FROM unnest(new_transfers) t LEFT JOIN transfers p ON p.id = t.resolves
                   WHERE t.resolves IS NOT NULL AND ('pending'::transfer_kind, t.debit, t.credit, t.asset, t.amount)
                      IS DISTINCT FROM (p.kind, p.debit, p.credit, p.asset, p.amount)) THEN
            PERFORM outdated('holds');
        END IF;
        INSERT INTO entries SELECT e.holder, e.asset, a.seq - e.seq_to_go, first_transfer + e.transfer, e.posted,
            e.held, a.posted - e.posted_to_go, a.held - e.held_to_go
            FROM unnest(new_entries) e JOIN accounts a ON a.holder = e.holder AND a.asset = e.asset;
    END IF;
    IF new_events IS NOT NULL THEN
        INSERT INTO events SELECT first_event + e.n, e.at_ms, e.event::json
            FROM unnest(new_events) WITH ORDINALITY AS e(at_ms, event, n);
    END IF;
END
$$;

-- An order as it is read: one snapshot of its row, its legs, and the attempts that it speaks of.
CREATE VIEW stored_orders AS
    SELECT o.id,
        ROW (o.id, o.user_id, o.client_order_id, o.receiver, o.energy, o.term, o.price, o.created_ms, o.give_up_ms,
             o.state, o.started_ms, o.ends_ms, o.since_ms, o.reason, o.review_tx, o.review_height, o.review_block,
             o.review_time_ms, o.version, NULL, NULL)::order_row AS content,
        coalesce((SELECT array_agg(ROW (l.*)::leg_row ORDER BY l.no) FROM legs l WHERE l.order_id = o.id),
                 '{}') AS legs,
        coalesce((SELECT array_agg(ROW (a.*)::attempt_row ORDER BY a.leg, a.death) FROM attempts a
                  WHERE a.order_id = o.id AND a.fate <> 'forgotten'), '{}') AS attempts
    FROM orders o;

CREATE VIEW stored_wallets AS
    SELECT address, lent, ROW (address, enabled, priority, stake_limit, balance, lendable, lent_on_chain, bandwidth,
                               observed_ms, version)::wallet_row AS wallet
    FROM wallets;
