-- Documents with generated keys: ARCHITECTURE.md, decision 0001. The two engines' files say the same.
-- A number is read where the document has a whole one, and is 0 elsewhere: PostgreSQL would refuse the
-- row over anything it cannot cast, where SQLite makes something up.

CREATE TABLE meta (
    id text PRIMARY KEY,
    value text NOT NULL
);

-- Raised by every change of a setting or permission; read with every request.

CREATE TABLE policy (
    version integer NOT NULL
);
INSERT INTO policy VALUES (1);

-- Only what differs from the defaults in the code.

CREATE TABLE settings (
    id text PRIMARY KEY,
    doc text NOT NULL
);

CREATE TABLE permissions (
    id text PRIMARY KEY,
    doc text NOT NULL
);

-- livechat_count: turns taken outside departments, the order of Auto_Selection.

CREATE TABLE users (
    id text PRIMARY KEY,
    doc text NOT NULL,
    password text,
    username_key text NOT NULL,
    email_key text,
    livechat_count integer NOT NULL DEFAULT 0,
    active boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'active' AS text) = 'true', false)) VIRTUAL,
    is_agent boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'roles' AS text) GLOB '*"livechat-agent"*', false)) VIRTUAL,
    is_bot boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'roles' AS text) GLOB '*"bot"*', false)) VIRTUAL,
    status text GENERATED ALWAYS AS (doc ->> 'status') VIRTUAL,
    status_connection text GENERATED ALWAYS AS (doc ->> 'statusConnection') VIRTUAL,
    status_livechat text GENERATED ALWAYS AS (doc ->> 'statusLivechat') VIRTUAL
);
CREATE UNIQUE INDEX users_username ON users (username_key);
CREATE UNIQUE INDEX users_email ON users (email_key);
CREATE INDEX users_agents ON users (livechat_count, username_key) WHERE is_agent;

CREATE TABLE login_tokens (
    hash text PRIMARY KEY,
    user_id text NOT NULL,
    created_at text NOT NULL,
    expires_at text NOT NULL
);
CREATE INDEX login_tokens_user ON login_tokens (user_id);
CREATE INDEX login_tokens_expiry ON login_tokens (expires_at);

-- name_key is the name folded, to be searched.

CREATE TABLE departments (
    id text PRIMARY KEY,
    doc text NOT NULL,
    name_key text NOT NULL,
    name text GENERATED ALWAYS AS (doc ->> 'name') VIRTUAL,
    enabled boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'enabled' AS text) = 'true', false)) VIRTUAL,
    archived boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'archived' AS text) = 'true', false)) VIRTUAL,
    show_on_registration boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'showOnRegistration' AS text) = 'true', false)) VIRTUAL
);
CREATE INDEX departments_name ON departments (name, id);

-- turns and rank are the document's count and order, which SQL keeps for itself.

CREATE TABLE department_agents (
    id text PRIMARY KEY,
    doc text NOT NULL,
    department_id text GENERATED ALWAYS AS (doc ->> 'departmentId') VIRTUAL,
    agent_id text GENERATED ALWAYS AS (doc ->> 'agentId') VIRTUAL,
    username text GENERATED ALWAYS AS (doc ->> 'username') VIRTUAL,
    turns bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'count' AS text), '-0123456789') = '' AND length(CAST(doc -> 'count' AS text)) < 16 THEN CAST(doc ->> 'count' AS bigint) ELSE 0 END) VIRTUAL,
    rank bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'order' AS text), '-0123456789') = '' AND length(CAST(doc -> 'order' AS text)) < 16 THEN CAST(doc ->> 'order' AS bigint) ELSE 0 END) VIRTUAL,
    department_enabled boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'departmentEnabled' AS text) = 'true', false)) VIRTUAL
);
CREATE UNIQUE INDEX department_agents_one ON department_agents (agent_id, department_id);
CREATE INDEX department_agents_turn ON department_agents (department_id, turns, rank, username);

CREATE TABLE contacts (
    id text PRIMARY KEY,
    doc text NOT NULL
);

-- token is the visitor's credential and stands in no document.

CREATE TABLE visitors (
    id text PRIMARY KEY,
    doc text NOT NULL,
    token text NOT NULL,
    contact_id text NOT NULL,
    handle text GENERATED ALWAYS AS (doc ->> 'token') VIRTUAL
);
CREATE UNIQUE INDEX visitors_token ON visitors (token);
CREATE UNIQUE INDEX visitors_handle ON visitors (handle);
CREATE INDEX visitors_contact ON visitors (contact_id);

CREATE TABLE rooms (
    id text PRIMARY KEY,
    doc text NOT NULL,
    visitor_id text GENERATED ALWAYS AS (doc -> 'v' ->> '_id') VIRTUAL,
    contact_id text GENERATED ALWAYS AS (doc ->> 'contactId') VIRTUAL,
    department_id text GENERATED ALWAYS AS (doc ->> 'departmentId') VIRTUAL,
    served_by text GENERATED ALWAYS AS (doc -> 'servedBy' ->> '_id') VIRTUAL,
    ts text GENERATED ALWAYS AS (doc ->> 'ts') VIRTUAL,
    lm text GENERATED ALWAYS AS (doc ->> 'lm') VIRTUAL,
    closed_at text GENERATED ALWAYS AS (doc ->> 'closedAt') VIRTUAL,
    updated_at text GENERATED ALWAYS AS (doc ->> '_updatedAt') VIRTUAL,
    msgs bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'msgs' AS text), '-0123456789') = '' AND length(CAST(doc -> 'msgs' AS text)) < 16 THEN CAST(doc ->> 'msgs' AS bigint) ELSE 0 END) VIRTUAL,
    open boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'open' AS text) = 'true', false)) VIRTUAL
);
CREATE UNIQUE INDEX rooms_one_open ON rooms (visitor_id) WHERE open;

-- The history of a visitor, read backwards. It holds what the visibility rule asks, so that neither
-- listing nor counting opens a document to decide.

CREATE INDEX rooms_history ON rooms (visitor_id, ts, id, open, served_by, department_id);

CREATE TABLE subscriptions (
    id text PRIMARY KEY,
    doc text NOT NULL,
    room_id text GENERATED ALWAYS AS (doc ->> 'rid') VIRTUAL,
    user_id text GENERATED ALWAYS AS (doc -> 'u' ->> '_id') VIRTUAL
);
CREATE UNIQUE INDEX subscriptions_one ON subscriptions (room_id, user_id);
CREATE INDEX subscriptions_user ON subscriptions (user_id);

CREATE TABLE inquiries (
    id text PRIMARY KEY,
    doc text NOT NULL,
    room_id text GENERATED ALWAYS AS (doc ->> 'rid') VIRTUAL,
    status text GENERATED ALWAYS AS (doc ->> 'status') VIRTUAL,
    department_id text GENERATED ALWAYS AS (doc ->> 'department') VIRTUAL,
    default_agent text GENERATED ALWAYS AS (doc -> 'defaultAgent' ->> 'agentId') VIRTUAL,
    ts text GENERATED ALWAYS AS (doc ->> 'ts') VIRTUAL
);
CREATE UNIQUE INDEX inquiries_room ON inquiries (room_id);
CREATE INDEX inquiries_queue ON inquiries (status, ts);

-- visitor_id and contact_id move with the room when its visitor or contact changes; seq orders
-- messages of one moment.

CREATE TABLE messages (
    id text PRIMARY KEY,
    doc text NOT NULL,
    visitor_id text,
    contact_id text,
    seq integer NOT NULL,
    room_id text GENERATED ALWAYS AS (doc ->> 'rid') VIRTUAL,
    ts text GENERATED ALWAYS AS (doc ->> 'ts') VIRTUAL,
    kind text GENERATED ALWAYS AS (doc ->> 't') VIRTUAL,
    hidden boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> '_hidden' AS text) = 'true', false)) VIRTUAL
);
CREATE INDEX messages_history ON messages (room_id, ts, seq, id, hidden, kind);
CREATE INDEX messages_visitor ON messages (visitor_id, ts);

-- The number of a stream's newest event.

CREATE TABLE streams (
    name text PRIMARY KEY,
    last integer NOT NULL
);

CREATE TABLE outbox (
    stream text NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    doc text NOT NULL,
    at text NOT NULL,
    PRIMARY KEY (stream, number)
);
CREATE INDEX outbox_age ON outbox (at);
