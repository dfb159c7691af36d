-- Places one order in one statement. Money and stake are taken by conditional updates, the customer before the wallet in
-- every order, so that no two of them wait for each other. Too little money changes nothing and answers no row. Too
-- little stake leaves `wallet` null, which the leg refuses, and an id that is taken breaks its primary key: either
-- undoes the whole statement.
--
-- An id is a number of the client that counts up, then the client's own: like the UUID v7 of real callers all clients'
-- ids ascend together, and an index grows at its end.
\set n :n + 1
\set customer random(1, :customers)
\set wallet random(1, 64)
WITH hold AS (
    UPDATE account SET held = held + 100000, seq = seq + 1
    WHERE id = :customer AND posted - held >= 100000
    RETURNING id, seq, posted, held
), lend AS (
    UPDATE wallet SET lent = lent + 107000000 FROM hold
    WHERE wallet.id = :wallet AND lent + 107000000 <= most
    RETURNING wallet.id
), placed AS (
    INSERT INTO orders (id, customer, receiver, energy, term, price)
    SELECT (lpad(to_hex(:n::bigint), 16, '0') || lpad(to_hex(:client_id::bigint), 16, '0'))::uuid, hold.id,
        '\xfafafafafafafafafafafafafafafafa000f4240', 1000, 1, 100000
    FROM hold
    RETURNING id, customer, price
), lent AS (
    INSERT INTO leg (order_id, no, wallet, stake) SELECT id, 0, (SELECT id FROM lend), 107000000 FROM placed
), moved AS (
    INSERT INTO transfer (id, kind, debit, credit, amount) SELECT id, 1, customer, 0, price FROM placed
)
INSERT INTO entry (account, seq, transfer, posted, held)
SELECT hold.id, seq, placed.id, posted, held FROM hold, placed
RETURNING seq;
