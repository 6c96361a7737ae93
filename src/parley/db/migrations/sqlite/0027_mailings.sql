-- What an office mails to its people; jobs name it while it is on its way.

CREATE TABLE mailings (
    id text PRIMARY KEY,
    doc text NOT NULL,
    ts text GENERATED ALWAYS AS (doc ->> 'ts') VIRTUAL
);
CREATE INDEX mailings_ts ON mailings (ts, id);

-- Private groups. name_key: folded.

CREATE TABLE private_groups (
    id text PRIMARY KEY,
    doc text NOT NULL,
    name_key text NOT NULL,
    creator_id text GENERATED ALWAYS AS (doc -> 'u' ->> '_id') VIRTUAL
);
CREATE UNIQUE INDEX private_groups_name ON private_groups (name_key);
CREATE INDEX private_groups_creator ON private_groups (creator_id);
