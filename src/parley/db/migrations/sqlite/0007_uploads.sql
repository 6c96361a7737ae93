-- Files of conversations: what is known of each, and its bytes in pieces of one size, the last shorter.
-- A row with expires_at is of nobody yet: it goes when that moment has come, and its pieces with it.

CREATE TABLE uploads (
    id text PRIMARY KEY,
    doc text NOT NULL,
    expires_at text,
    room_id text GENERATED ALWAYS AS (doc ->> 'rid') VIRTUAL,
    state text GENERATED ALWAYS AS (doc ->> 'state') VIRTUAL
);
CREATE INDEX uploads_room ON uploads (room_id);
CREATE INDEX uploads_expiry ON uploads (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE upload_chunks (
    upload_id text NOT NULL,
    n integer NOT NULL,
    bytes blob NOT NULL,
    PRIMARY KEY (upload_id, n)
);
