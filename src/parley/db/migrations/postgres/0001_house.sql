-- Documents with generated keys: ARCHITECTURE.md, decision 0001. The two engines' files say the same.
-- A number is read where the document has a whole one, and is 0 elsewhere: PostgreSQL would refuse the
-- row over anything it cannot cast, where SQLite makes something up.

CREATE TABLE meta (
    id text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);

-- Raised by every change of a setting or permission; read with every request.

CREATE TABLE policy (
    version integer NOT NULL
);
INSERT INTO policy VALUES (1);

-- Only what differs from the defaults in the code.

CREATE TABLE settings (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL
);

CREATE TABLE permissions (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL
);

-- livechat_count: turns taken outside departments, the order of Auto_Selection.

CREATE TABLE users (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    password text,
    username_key text COLLATE "C" NOT NULL,
    email_key text COLLATE "C",
    livechat_count integer NOT NULL DEFAULT 0,
    active boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'active' AS text) = 'true', false)) STORED,
    is_agent boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'roles' AS text) LIKE '%"livechat-agent"%', false)) STORED,
    is_bot boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'roles' AS text) LIKE '%"bot"%', false)) STORED,
    status text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'status') STORED,
    status_connection text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'statusConnection') STORED,
    status_livechat text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'statusLivechat') STORED
);
CREATE UNIQUE INDEX users_username ON users (username_key);
CREATE UNIQUE INDEX users_email ON users (email_key);
CREATE INDEX users_agents ON users (livechat_count, username_key) WHERE is_agent;

CREATE TABLE login_tokens (
    hash text COLLATE "C" PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    expires_at text COLLATE "C" NOT NULL
);
CREATE INDEX login_tokens_user ON login_tokens (user_id);
CREATE INDEX login_tokens_expiry ON login_tokens (expires_at);

-- name_key is the name folded, to be searched.

CREATE TABLE departments (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    name text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'name') STORED,
    enabled boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'enabled' AS text) = 'true', false)) STORED,
    archived boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'archived' AS text) = 'true', false)) STORED,
    show_on_registration boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'showOnRegistration' AS text) = 'true', false)) STORED
);
CREATE INDEX departments_name ON departments (name, id);

-- turns and rank are the document's count and order, which SQL keeps for itself.

CREATE TABLE department_agents (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    department_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'departmentId') STORED,
    agent_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'agentId') STORED,
    username text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'username') STORED,
    turns bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'count' AS text), '-0123456789') = '' AND length(CAST(doc -> 'count' AS text)) < 16 THEN CAST(doc ->> 'count' AS bigint) ELSE 0 END) STORED,
    rank bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'order' AS text), '-0123456789') = '' AND length(CAST(doc -> 'order' AS text)) < 16 THEN CAST(doc ->> 'order' AS bigint) ELSE 0 END) STORED,
    department_enabled boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'departmentEnabled' AS text) = 'true', false)) STORED
);
CREATE UNIQUE INDEX department_agents_one ON department_agents (agent_id, department_id);
CREATE INDEX department_agents_turn ON department_agents (department_id, turns, rank, username);

CREATE TABLE contacts (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL
);

-- token is the visitor's credential and stands in no document.

CREATE TABLE visitors (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    token text COLLATE "C" NOT NULL,
    contact_id text COLLATE "C" NOT NULL,
    handle text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'token') STORED
);
CREATE UNIQUE INDEX visitors_token ON visitors (token);
CREATE UNIQUE INDEX visitors_handle ON visitors (handle);
CREATE INDEX visitors_contact ON visitors (contact_id);

CREATE TABLE rooms (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    visitor_id text COLLATE "C" GENERATED ALWAYS AS (doc -> 'v' ->> '_id') STORED,
    contact_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'contactId') STORED,
    department_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'departmentId') STORED,
    served_by text COLLATE "C" GENERATED ALWAYS AS (doc -> 'servedBy' ->> '_id') STORED,
    ts text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'ts') STORED,
    lm text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'lm') STORED,
    closed_at text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'closedAt') STORED,
    updated_at text COLLATE "C" GENERATED ALWAYS AS (doc ->> '_updatedAt') STORED,
    msgs bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'msgs' AS text), '-0123456789') = '' AND length(CAST(doc -> 'msgs' AS text)) < 16 THEN CAST(doc ->> 'msgs' AS bigint) ELSE 0 END) STORED,
    open boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'open' AS text) = 'true', false)) STORED
);
CREATE UNIQUE INDEX rooms_one_open ON rooms (visitor_id) WHERE open;

-- The history of a visitor, read backwards. It holds what the visibility rule asks, so that neither
-- listing nor counting opens a document to decide.

CREATE INDEX rooms_history ON rooms (visitor_id, ts, id, open, served_by, department_id);

CREATE TABLE subscriptions (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    room_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'rid') STORED,
    user_id text COLLATE "C" GENERATED ALWAYS AS (doc -> 'u' ->> '_id') STORED
);
CREATE UNIQUE INDEX subscriptions_one ON subscriptions (room_id, user_id);
CREATE INDEX subscriptions_user ON subscriptions (user_id);

CREATE TABLE inquiries (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    room_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'rid') STORED,
    status text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'status') STORED,
    department_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'department') STORED,
    default_agent text COLLATE "C" GENERATED ALWAYS AS (doc -> 'defaultAgent' ->> 'agentId') STORED,
    ts text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'ts') STORED
);
CREATE UNIQUE INDEX inquiries_room ON inquiries (room_id);
CREATE INDEX inquiries_queue ON inquiries (status, ts);

-- visitor_id and contact_id move with the room when its visitor or contact changes; seq orders
-- messages of one moment.

CREATE TABLE messages (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    visitor_id text COLLATE "C",
    contact_id text COLLATE "C",
    seq integer NOT NULL,
    room_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'rid') STORED,
    ts text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'ts') STORED,
    kind text COLLATE "C" GENERATED ALWAYS AS (doc ->> 't') STORED,
    hidden boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> '_hidden' AS text) = 'true', false)) STORED
);
CREATE INDEX messages_history ON messages (room_id, ts, seq, id, hidden, kind);
CREATE INDEX messages_visitor ON messages (visitor_id, ts);

-- The number of a stream's newest event.

CREATE TABLE streams (
    name text COLLATE "C" PRIMARY KEY,
    last bigint NOT NULL
);

CREATE TABLE outbox (
    stream text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    kind text NOT NULL,
    doc json NOT NULL,
    at text COLLATE "C" NOT NULL,
    PRIMARY KEY (stream, number)
);
CREATE INDEX outbox_age ON outbox (at);
