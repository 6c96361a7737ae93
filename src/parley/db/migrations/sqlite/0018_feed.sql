-- Where an event stands in the order of commits (db/order.py): on PostgreSQL the number of the
-- transaction that wrote it, on SQLite a count that the stream '' keeps. Whoever reads what is new
-- looks by it.

ALTER TABLE outbox ADD COLUMN place bigint NOT NULL DEFAULT 0;
CREATE INDEX outbox_place ON outbox (place);

-- Who is connected, by the process that holds the connections: a lease, renewed while it lives.

CREATE TABLE presence (
    process text NOT NULL,
    user_id text NOT NULL,
    status text NOT NULL,
    expires_at text NOT NULL,
    PRIMARY KEY (process, user_id)
);
CREATE INDEX presence_user ON presence (user_id);
CREATE INDEX presence_expiry ON presence (expires_at);
