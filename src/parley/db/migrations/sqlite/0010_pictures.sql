-- What somebody has stored in a day is summed from here; `stored` counts bytes as they arrive.

ALTER TABLE uploads ADD COLUMN stored bigint NOT NULL DEFAULT 0;
UPDATE uploads SET stored = COALESCE(CAST(doc ->> 'size' AS bigint), 0);
ALTER TABLE uploads ADD COLUMN author_id text GENERATED ALWAYS AS (doc -> 'u' ->> '_id') VIRTUAL;
ALTER TABLE uploads ADD COLUMN uploaded_at text GENERATED ALWAYS AS (doc ->> 'uploadedAt') VIRTUAL;
CREATE INDEX uploads_author ON uploads (author_id, uploaded_at);

-- Offline messages are listed by time, and found by who left them. One whose author was erased before
-- it could be mailed goes when it has been.

ALTER TABLE offline_messages ADD COLUMN email_key text NOT NULL DEFAULT '';
UPDATE offline_messages SET email_key = lower(COALESCE(doc ->> 'email', ''));
ALTER TABLE offline_messages ADD COLUMN erased boolean NOT NULL DEFAULT false;
ALTER TABLE offline_messages ADD COLUMN ts text GENERATED ALWAYS AS (doc ->> 'ts') VIRTUAL;
ALTER TABLE offline_messages ADD COLUMN mailed_at text GENERATED ALWAYS AS (doc ->> 'mailedAt') VIRTUAL;
CREATE INDEX offline_messages_ts ON offline_messages (ts, id);
CREATE INDEX offline_messages_email ON offline_messages (email_key);

-- A job that has ended keeps its kind and its fate, and not what it was about.

UPDATE jobs SET doc = '{}' WHERE state <> 'waiting';
