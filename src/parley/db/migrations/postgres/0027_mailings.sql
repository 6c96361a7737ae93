-- What an office mails to its people; jobs name it while it is on its way.

CREATE TABLE mailings (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    ts text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'ts') STORED
);
CREATE INDEX mailings_ts ON mailings (ts, id);
