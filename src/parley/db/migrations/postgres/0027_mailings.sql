-- What an office mails to its people; jobs name it while it is on its way.

CREATE TABLE mailings (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    ts text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'ts') STORED
);
CREATE INDEX mailings_ts ON mailings (ts, id);

-- Private groups. name_key: folded.

CREATE TABLE private_groups (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    creator_id text COLLATE "C" GENERATED ALWAYS AS (doc -> 'u' ->> '_id') STORED
);
CREATE UNIQUE INDEX private_groups_name ON private_groups (name_key);
CREATE INDEX private_groups_creator ON private_groups (creator_id);
