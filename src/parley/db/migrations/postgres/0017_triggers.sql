-- What the widget does by itself.

CREATE TABLE triggers (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    name text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'name') STORED,
    enabled boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'enabled' AS text) = 'true', false)) STORED
);
CREATE INDEX triggers_name ON triggers (name, id);
