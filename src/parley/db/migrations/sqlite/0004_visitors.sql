-- Visitors to search for, custom fields, and pages visited before there is a chat.

-- The keys are the texts folded: of the name, of the username, and of all that is searched. The job
-- below fills them for visitors that are there already.

ALTER TABLE visitors ADD COLUMN name_key text;
ALTER TABLE visitors ADD COLUMN username_key text;
ALTER TABLE visitors ADD COLUMN search_key text;
ALTER TABLE visitors ADD COLUMN ts text GENERATED ALWAYS AS (doc ->> 'ts') VIRTUAL;
ALTER TABLE visitors ADD COLUMN email text GENERATED ALWAYS AS (doc -> 'visitorEmails' -> 0 ->> 'address') VIRTUAL;
ALTER TABLE visitors ADD COLUMN phone text GENERATED ALWAYS AS (doc -> 'phone' -> 0 ->> 'phoneNumber') VIRTUAL;
ALTER TABLE visitors ADD COLUMN disabled boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'disabled' AS text) = 'true', false)) VIRTUAL;
CREATE INDEX visitors_newest ON visitors (ts, id) WHERE NOT disabled;
CREATE INDEX visitors_name ON visitors (name_key, id) WHERE NOT disabled;
CREATE INDEX visitors_username ON visitors (username_key, id) WHERE NOT disabled;
CREATE INDEX visitors_email ON visitors (email);
CREATE INDEX visitors_phone ON visitors (phone);

INSERT INTO jobs (id, kind, doc, state, created_at, run_at, attempts)
SELECT 'visitors-searchable', 'visitors-searchable', '{}', 'waiting',
    '2000-01-01T00:00:00.000Z', '2000-01-01T00:00:00.000Z', 0
WHERE EXISTS (SELECT 1 FROM visitors);

CREATE TABLE custom_fields (
    id text PRIMARY KEY,
    doc text NOT NULL
);

-- Kept 30 days for the next room of the visitor, who may not exist yet: token_hash is all that is
-- known of them.

CREATE TABLE pending_pages (
    id text PRIMARY KEY,
    doc text NOT NULL,
    token_hash text NOT NULL,
    at text NOT NULL
);
CREATE INDEX pending_pages_token ON pending_pages (token_hash, at, id);
CREATE INDEX pending_pages_age ON pending_pages (at);
