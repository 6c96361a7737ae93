-- Files of conversations: what is known of each, and its bytes in pieces of one size, the last shorter.
-- A row with expires_at is of nobody yet: it goes when that moment has come, and its pieces with it.

CREATE TABLE uploads (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    expires_at text COLLATE "C",
    room_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'rid') STORED,
    state text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'state') STORED
);
CREATE INDEX uploads_room ON uploads (room_id);
CREATE INDEX uploads_expiry ON uploads (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE upload_chunks (
    upload_id text COLLATE "C" NOT NULL,
    n integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (upload_id, n)
);

-- Images and videos are packed already: to try once more is work for nothing.

ALTER TABLE upload_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
