-- What an office mails to its people; jobs name it while it is on its way.

CREATE TABLE mailings (
    id text PRIMARY KEY,
    doc text NOT NULL,
    ts text GENERATED ALWAYS AS (doc ->> 'ts') VIRTUAL
);
CREATE INDEX mailings_ts ON mailings (ts, id);
