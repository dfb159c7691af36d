-- The books: orders, money, stake, keys, and the log.
--
-- Amounts are whole sun (or millionths of USDT), moments are milliseconds since 1970. Rows are written by the functions
-- of 0002 alone; the constraints here hold whoever writes.

-- A word of these is four bytes in a row, and no other word can stand there.
CREATE TYPE order_state AS ENUM ('pending', 'processing', 'included', 'final', 'reclaiming', 'expired', 'undoing', 'failed',
    'cancelled', 'reviewing');
CREATE TYPE order_status AS ENUM ('pending', 'processing', 'completed', 'expired', 'failed', 'cancelled', 'reviewing');
CREATE TYPE fail_reason AS ENUM ('timed_out', 'attempts_exhausted');
CREATE TYPE term AS ENUM ('10m', '1h', '1d', '3d', '7d', '14d');
CREATE TYPE leg_state AS ENUM ('reserved', 'delegating', 'delegated', 'reclaiming', 'returned', 'released');
CREATE TYPE attempt_kind AS ENUM ('delegate', 'reclaim');
CREATE TYPE attempt_fate AS ENUM ('live', 'landed', 'dead', 'forgotten');
CREATE TYPE asset AS ENUM ('TRX', 'USDT');
CREATE TYPE transfer_kind AS ENUM ('single', 'pending', 'post', 'void');
CREATE TYPE transfer_why AS ENUM ('rental', 'deposit', 'deduction', 'refund');
CREATE TYPE key_kind AS ENUM ('request', 'client_order', 'quote');
CREATE TYPE key_outcome AS ENUM ('order', 'insufficient_funds', 'no_capacity');

-- Which chain these books belong to, and the life of the database in which every attempt is known for certain.
CREATE TABLE realm (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    genesis bytea CHECK (octet_length(genesis) = 32),
    trusted text
);
INSERT INTO realm DEFAULT VALUES;

-- How many transfers and events there are. Whoever appends holds this row until it commits, so that both are numbered
-- without gaps in the order they became visible.
CREATE TABLE log (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    transfers bigint NOT NULL DEFAULT 0 CHECK (transfers >= 0),
    events    bigint NOT NULL DEFAULT 0 CHECK (events >= 0)
) WITH (fillfactor = 20);
INSERT INTO log DEFAULT VALUES;

-- --- orders ----------------------------------------------------------------------------------------------------------

CREATE TABLE orders (
    id              uuid PRIMARY KEY,
    user_id         bigint NOT NULL CHECK (user_id > 0),
    client_order_id text,
    receiver        bytea NOT NULL CHECK (octet_length(receiver) = 20),
    energy          bigint NOT NULL CHECK (energy > 0),
    term            term NOT NULL,
    price           bigint NOT NULL CHECK (price > 0),
    created_ms      bigint NOT NULL,
    give_up_ms      bigint NOT NULL,
    state           order_state NOT NULL,
    -- When the rental runs.
    started_ms      bigint,
    ends_ms         bigint,
    -- When the order ended, or was parked.
    since_ms        bigint,
    reason          fail_reason,
    -- The transaction proven dead that landed after all, and its block.
    review_tx       bytea CHECK (octet_length(review_tx) = 32),
    review_height   bigint,
    review_block    bytea CHECK (octet_length(review_block) = 32),
    review_time_ms  bigint,
    version         bigint NOT NULL CHECK (version > 0),
    -- From when on the engine may take it; never when null. A wake stands until the next claim.
    due_ms          bigint,
    woken_ms        bigint,
    leased_until_ms bigint,
    leased_by       text,
    claimable_ms    bigint GENERATED ALWAYS AS (greatest(due_ms, leased_until_ms)) STORED,
    -- The word that the outside sees.
    status          order_status NOT NULL GENERATED ALWAYS AS (
        CASE state
            WHEN 'pending' THEN 'pending'::order_status
            WHEN 'processing' THEN 'processing'
            WHEN 'undoing' THEN 'processing'
            WHEN 'expired' THEN 'expired'
            WHEN 'failed' THEN 'failed'
            WHEN 'cancelled' THEN 'cancelled'
            WHEN 'reviewing' THEN 'reviewing'
            ELSE 'completed'
        END) STORED,
    CONSTRAINT a_rental_runs_from_delivery_on CHECK (
        (state IN ('included', 'final', 'reclaiming', 'expired')) = (started_ms IS NOT NULL)
        AND (started_ms IS NULL) = (ends_ms IS NULL) AND ends_ms >= started_ms),
    CONSTRAINT an_end_has_its_moment CHECK (
        (state IN ('expired', 'failed', 'cancelled', 'reviewing')) = (since_ms IS NOT NULL)),
    CONSTRAINT a_failure_has_its_reason CHECK ((state IN ('undoing', 'failed')) = (reason IS NOT NULL)),
    CONSTRAINT a_review_has_its_evidence CHECK (
        CASE WHEN state = 'reviewing'
            THEN num_nonnulls(review_tx, review_height, review_block, review_time_ms) = 4
            ELSE num_nonnulls(review_tx, review_height, review_block, review_time_ms) = 0
        END)
) WITH (fillfactor = 80);

-- The queue. Lists run by status, so that each is one walk along an index however many orders there are.
CREATE INDEX orders_due ON orders (claimable_ms, id) WHERE due_ms IS NOT NULL;
CREATE INDEX orders_by_status ON orders (status, created_ms, id);
CREATE INDEX orders_by_user ON orders (user_id, status, created_ms, id);

CREATE TABLE legs (
    order_id   uuid NOT NULL,
    no         smallint NOT NULL CHECK (no >= 0),
    wallet     bytea NOT NULL CHECK (octet_length(wallet) = 20),
    receiver   bytea NOT NULL CHECK (octet_length(receiver) = 20),
    stake      bigint NOT NULL CHECK (stake > 0),
    state      leg_state NOT NULL,
    -- Whether the order is open, for the index.
    order_open boolean NOT NULL,
    PRIMARY KEY (order_id, no)
) WITH (fillfactor = 80);

CREATE INDEX legs_by_pair ON legs (wallet, receiver, order_open);

-- Every transaction ever signed, kept for good. `fate`: it can still land, it landed for certain, it is proven dead, or
-- the order does not speak of it any more. The block is where it was seen, where it landed, or the proof of its death.
CREATE TABLE attempts (
    tx            bytea PRIMARY KEY CHECK (octet_length(tx) = 32),
    order_id      uuid NOT NULL,
    leg           smallint NOT NULL,
    kind          attempt_kind NOT NULL,
    stake         bigint NOT NULL,
    bytes         bytea NOT NULL,
    expires_ms    bigint NOT NULL,
    fate          attempt_fate NOT NULL,
    -- The how manieth of its leg to die.
    death         smallint,
    block_height  bigint,
    block_id      bytea CHECK (octet_length(block_id) = 32),
    block_time_ms bigint,
    FOREIGN KEY (order_id, leg) REFERENCES legs (order_id, no),
    CONSTRAINT deaths_are_counted CHECK ((fate = 'dead') = (death IS NOT NULL)),
    CONSTRAINT a_block_is_whole CHECK (num_nonnulls(block_height, block_id, block_time_ms) IN (0, 3)),
    CONSTRAINT an_end_has_its_block CHECK (fate NOT IN ('landed', 'dead') OR block_height IS NOT NULL)
) WITH (fillfactor = 80);

CREATE INDEX attempts_by_order ON attempts (order_id);
CREATE UNIQUE INDEX one_attempt_can_still_land ON attempts (order_id, leg) WHERE fate = 'live';
CREATE UNIQUE INDEX one_attempt_landed ON attempts (order_id, leg, kind) WHERE fate = 'landed';

-- Our transactions in solid blocks.
CREATE TABLE sightings (
    tx        bytea PRIMARY KEY REFERENCES attempts (tx),
    height    bigint NOT NULL CHECK (height >= 0),
    block     bytea NOT NULL CHECK (octet_length(block) = 32),
    time_ms   bigint NOT NULL,
    succeeded boolean NOT NULL
);

-- How far solid blocks have been read, without a gap.
CREATE TABLE solid_cursor (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    height  bigint NOT NULL CHECK (height >= 0),
    block   bytea NOT NULL CHECK (octet_length(block) = 32),
    time_ms bigint NOT NULL,
    version bigint NOT NULL CHECK (version > 0)
) WITH (fillfactor = 20);

-- --- the pool --------------------------------------------------------------------------------------------------------

CREATE TABLE wallets (
    address        bytea PRIMARY KEY CHECK (octet_length(address) = 20),
    enabled        boolean NOT NULL,
    priority       smallint NOT NULL CHECK (priority BETWEEN 0 AND 255),
    stake_limit    bigint NOT NULL,
    -- What the chain showed last.
    balance        bigint NOT NULL,
    lendable       bigint NOT NULL,
    lent_on_chain  bigint NOT NULL,
    bandwidth      bigint NOT NULL,
    observed_ms    bigint NOT NULL,
    version        bigint NOT NULL CHECK (version > 0),
    -- The stake of all open legs. The limit may sink below it; only reserving more is refused then.
    lent           bigint NOT NULL DEFAULT 0 CONSTRAINT no_more_comes_home_than_is_lent CHECK (lent >= 0)
) WITH (fillfactor = 40);

-- --- money -----------------------------------------------------------------------------------------------------------

-- A customer's holder is the user id; the business's own accounts have negative ones.
CREATE TABLE accounts (
    holder bigint NOT NULL CHECK (holder > 0 OR holder BETWEEN -4 AND -1),
    asset  asset NOT NULL,
    posted bigint NOT NULL,
    held   bigint NOT NULL CHECK (held >= 0),
    -- How many entries it has.
    seq    bigint NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (holder, asset),
    CONSTRAINT no_customer_is_overdrawn CHECK (holder < 0 OR posted >= held)
) WITH (fillfactor = 50);

CREATE TABLE transfers (
    seq      bigint PRIMARY KEY CHECK (seq > 0),
    id       uuid NOT NULL UNIQUE,
    kind     transfer_kind NOT NULL,
    debit    bigint NOT NULL,
    credit   bigint NOT NULL,
    asset    asset NOT NULL,
    amount   bigint NOT NULL CHECK (amount > 0),
    -- The pending transfer that this one captures or releases: one of them at most ever does.
    resolves uuid REFERENCES transfers (id),
    why      transfer_why NOT NULL,
    order_id uuid,
    note     text,
    at_ms    bigint NOT NULL,
    CONSTRAINT money_moves_between_two_accounts CHECK (debit <> credit),
    CONSTRAINT captures_and_releases_name_their_hold CHECK ((kind IN ('post', 'void')) = (resolves IS NOT NULL)),
    CONSTRAINT a_rental_names_its_order CHECK ((why = 'rental') = (order_id IS NOT NULL)),
    CONSTRAINT an_operator_gives_a_reason CHECK ((why = 'rental') = (note IS NULL))
);

CREATE UNIQUE INDEX a_hold_is_resolved_once ON transfers (resolves) WHERE resolves IS NOT NULL;

-- What each transfer did to each account it changed, with the balance after it.
CREATE TABLE entries (
    holder       bigint NOT NULL,
    asset        asset NOT NULL,
    seq          bigint NOT NULL CHECK (seq > 0),
    transfer     bigint NOT NULL,
    posted       bigint NOT NULL,
    held         bigint NOT NULL,
    posted_after bigint NOT NULL,
    held_after   bigint NOT NULL CHECK (held_after >= 0),
    PRIMARY KEY (holder, asset, seq),
    CONSTRAINT no_customer_was_overdrawn CHECK (holder < 0 OR posted_after >= held_after)
);

-- --- keys, quotes, address books, events -----------------------------------------------------------------------------

CREATE TABLE keys (
    kind        key_kind NOT NULL,
    -- 0 for a quote.
    user_id     bigint NOT NULL CHECK (user_id >= 0),
    name        text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    outcome     key_outcome NOT NULL,
    order_id    uuid,
    needed      bigint,
    available   bigint,
    wanted      bigint,
    PRIMARY KEY (user_id, name, kind),
    CONSTRAINT an_outcome_is_whole CHECK (
        (outcome = 'order') = (order_id IS NOT NULL)
        AND (outcome = 'insufficient_funds') = (needed IS NOT NULL)
        AND (needed IS NULL) = (available IS NULL)
        AND (outcome = 'no_capacity') = (wanted IS NOT NULL))
);

CREATE TABLE quotes (
    id         uuid PRIMARY KEY,
    user_id    bigint NOT NULL CHECK (user_id > 0),
    energy     bigint NOT NULL,
    term       term NOT NULL,
    price      bigint NOT NULL,
    expires_ms bigint NOT NULL
);

CREATE TABLE saved_addresses (
    user_id  bigint NOT NULL CHECK (user_id > 0),
    address  bytea NOT NULL CHECK (octet_length(address) = 20),
    label    text,
    saved_ms bigint NOT NULL,
    PRIMARY KEY (user_id, address)
);

CREATE TABLE events (
    seq   bigint PRIMARY KEY CHECK (seq > 0),
    at_ms bigint NOT NULL,
    event json NOT NULL
);

-- --- what was written stays ------------------------------------------------------------------------------------------

CREATE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON attempts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER never_changed BEFORE UPDATE ON keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();

-- A refund only when nothing of the order can still land, and a capture only of what landed: whoever writes.
CREATE FUNCTION guard_the_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'void' AND EXISTS (
        SELECT FROM attempts a JOIN legs l ON (l.order_id, l.no) = (a.order_id, a.leg)
        WHERE a.order_id = NEW.order_id
          AND (a.fate = 'live' OR (a.fate = 'landed' AND l.state <> 'returned'))
    ) THEN
        RAISE EXCEPTION 'order % is not all home: its hold cannot be released', NEW.order_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.kind = 'post' AND EXISTS (
        SELECT FROM legs l WHERE l.order_id = NEW.order_id
          AND NOT EXISTS (SELECT FROM attempts a WHERE (a.order_id, a.leg) = (l.order_id, l.no)
                          AND a.kind = 'delegate' AND a.fate = 'landed')
    ) THEN
        RAISE EXCEPTION 'order % is not all delivered: its hold cannot be captured', NEW.order_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER guard_the_hold AFTER INSERT ON transfers
    FOR EACH ROW WHEN (NEW.resolves IS NOT NULL AND NEW.order_id IS NOT NULL) EXECUTE FUNCTION guard_the_hold();
