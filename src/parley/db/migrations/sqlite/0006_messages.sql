-- Messages that change and go, and what is left when nobody is online.

-- What changed in a room since somebody looked.

ALTER TABLE messages ADD COLUMN updated_at text GENERATED ALWAYS AS (doc ->> '_updatedAt') VIRTUAL;
CREATE INDEX messages_updated ON messages (room_id, updated_at, id);

-- That there was a message of this id, and nothing else of it: who looks again is told, and the id
-- is not used twice.

CREATE TABLE deleted_messages (
    id text PRIMARY KEY,
    room_id text NOT NULL,
    at text NOT NULL
);
CREATE INDEX deleted_messages_room ON deleted_messages (room_id, at, id);

-- What messages said before they were changed or deleted, where Message_KeepHistory wants it kept.

CREATE TABLE message_versions (
    id text PRIMARY KEY,
    doc text NOT NULL,
    message_id text NOT NULL,
    room_id text NOT NULL,
    at text NOT NULL
);
CREATE INDEX message_versions_room ON message_versions (room_id, message_id, at);

CREATE TABLE offline_messages (
    id text PRIMARY KEY,
    doc text NOT NULL
);
