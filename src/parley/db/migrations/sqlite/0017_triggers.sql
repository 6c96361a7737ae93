-- What the widget does by itself.

CREATE TABLE triggers (
    id text PRIMARY KEY,
    doc text NOT NULL,
    name text GENERATED ALWAYS AS (doc ->> 'name') VIRTUAL,
    enabled boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'enabled' AS text) = 'true', false)) VIRTUAL
);
CREATE INDEX triggers_name ON triggers (name, id);
