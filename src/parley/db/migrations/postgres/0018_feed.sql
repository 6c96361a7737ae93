-- Where an event stands in the order of commits (db/order.py): on PostgreSQL the number of the
-- transaction that wrote it, on SQLite a count that the stream '' keeps. Whoever reads what is new
-- looks by it.

ALTER TABLE outbox ADD COLUMN place bigint NOT NULL DEFAULT 0;
CREATE INDEX outbox_place ON outbox (place);
