-- Mailboxes that are a channel. What their documents must not hold, the passwords, stands sealed in secrets;
-- state is how the last look into the mailbox ended.

CREATE TABLE email_inboxes (
    id text PRIMARY KEY,
    doc text NOT NULL,
    name text GENERATED ALWAYS AS (doc ->> 'name') VIRTUAL,
    email text GENERATED ALWAYS AS (doc ->> 'email') VIRTUAL,
    active boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'active' AS text) = 'true', false)) VIRTUAL,
    secrets text NOT NULL,
    state text NOT NULL
);
CREATE UNIQUE INDEX email_inboxes_email ON email_inboxes (email);
CREATE INDEX email_inboxes_name ON email_inboxes (name, id);

-- Mails that came or went, by a hash of their Message-ID: each is taken in once, and an answer finds its room.

CREATE TABLE email_messages (
    id text PRIMARY KEY,
    inbox_id text NOT NULL,
    room_id text,
    done boolean NOT NULL,
    at text NOT NULL
);
CREATE INDEX email_messages_age ON email_messages (at);

-- Who a channel knows by an address of its own (a number, a mail address), by a hash of it.

CREATE TABLE channel_visitors (
    id text PRIMARY KEY,
    visitor_id text NOT NULL
);

-- A visitor has one open room in the widget, and others beside it: one for each thread of mails.

ALTER TABLE rooms ADD COLUMN beside boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> '_enforceSingleRoom' AS text) = 'false', false)) VIRTUAL;
DROP INDEX rooms_one_open;
CREATE UNIQUE INDEX rooms_one_open ON rooms (visitor_id) WHERE open AND NOT beside;
CREATE INDEX rooms_open ON rooms (visitor_id, ts) WHERE open;
CREATE INDEX rooms_open_newest ON rooms (ts, id) WHERE open;
