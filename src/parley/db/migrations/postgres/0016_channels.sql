-- Mailboxes that are a channel. What their documents must not hold, the passwords, stands sealed in secrets;
-- state is how the last look into the mailbox ended.

CREATE TABLE email_inboxes (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    name text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'name') STORED,
    email text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'email') STORED,
    active boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'active' AS text) = 'true', false)) STORED,
    secrets text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX email_inboxes_email ON email_inboxes (email);
CREATE INDEX email_inboxes_name ON email_inboxes (name, id);

-- Mails that came or went, by a hash of their Message-ID: each is taken in once, and an answer finds its room.

CREATE TABLE email_messages (
    id text COLLATE "C" PRIMARY KEY,
    inbox_id text COLLATE "C" NOT NULL,
    room_id text COLLATE "C",
    done boolean NOT NULL,
    at text COLLATE "C" NOT NULL
);
CREATE INDEX email_messages_age ON email_messages (at);

-- Who a channel knows by an address of its own (a number, a mail address), by a hash of it.

CREATE TABLE channel_visitors (
    id text COLLATE "C" PRIMARY KEY,
    visitor_id text COLLATE "C" NOT NULL
);

-- A visitor has one open room in the widget, and others beside it: one for each thread of mails.

ALTER TABLE rooms ADD COLUMN beside boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> '_enforceSingleRoom' AS text) = 'false', false)) STORED;
DROP INDEX rooms_one_open;
CREATE UNIQUE INDEX rooms_one_open ON rooms (visitor_id) WHERE open AND NOT beside;
CREATE INDEX rooms_open ON rooms (visitor_id, ts) WHERE open;
CREATE INDEX rooms_open_newest ON rooms (ts, id) WHERE open;
