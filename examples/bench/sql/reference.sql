-- The least that placing an order must leave behind, for the reference. Every column and index here has a reader that
-- flash has too; what flash keeps beyond that (lists by status and by pair, the event log, checks) is left out.

-- A floored account. Narrow, and with room on each page, so that an update of the balance stays on it.
CREATE TABLE account (
    id bigint PRIMARY KEY,
    posted bigint NOT NULL,
    held bigint NOT NULL DEFAULT 0,
    seq bigint NOT NULL DEFAULT 0,
    CHECK (held >= 0 AND held <= posted)
) WITH (fillfactor = 50);

CREATE TABLE wallet (
    id int PRIMARY KEY,
    most bigint NOT NULL,
    lent bigint NOT NULL DEFAULT 0,
    CHECK (lent >= 0 AND lent <= most)
) WITH (fillfactor = 10);

-- The id is the caller's, so its primary key is what makes a request repeatable.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    customer bigint NOT NULL,
    receiver bytea NOT NULL,
    energy bigint NOT NULL,
    term smallint NOT NULL,
    price bigint NOT NULL,
    state smallint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    due timestamptz DEFAULT now()
);
-- For a customer's own list, and for the workers.
CREATE INDEX ON orders (customer, created_at);
CREATE INDEX ON orders (due) WHERE due IS NOT NULL;

-- The stake behind an order; it may come from several wallets.
CREATE TABLE leg (
    order_id uuid NOT NULL,
    no smallint NOT NULL,
    wallet int NOT NULL,
    stake bigint NOT NULL,
    state smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, no)
);

-- The hold of a price has the order's id. No balance of the house is kept: all orders would fight for its row.
CREATE TABLE transfer (
    id uuid PRIMARY KEY,
    kind smallint NOT NULL,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    at timestamptz NOT NULL DEFAULT now()
);

-- What the transfer did to the customer's account, without a gap.
CREATE TABLE entry (
    account bigint NOT NULL,
    seq bigint NOT NULL,
    transfer uuid NOT NULL,
    posted bigint NOT NULL,
    held bigint NOT NULL,
    PRIMARY KEY (account, seq)
);

INSERT INTO account (id, posted) SELECT n, 1000000000000000 FROM generate_series(1, 100000) n;
INSERT INTO wallet (id, most) SELECT n, 1000000000000000000 FROM generate_series(1, 64) n;
