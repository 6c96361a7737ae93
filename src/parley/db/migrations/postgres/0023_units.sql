-- Business units: departments, and the monitors who oversee them.

CREATE TABLE units (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    name text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'name') STORED
);
CREATE INDEX units_name ON units (name, id);

CREATE TABLE unit_monitors (
    id text COLLATE "C" PRIMARY KEY,
    unit_id text COLLATE "C" NOT NULL,
    monitor_id text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX unit_monitors_one ON unit_monitors (monitor_id, unit_id);
CREATE INDEX unit_monitors_unit ON unit_monitors (unit_id, monitor_id);

ALTER TABLE departments ADD COLUMN unit_id text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'parentId') STORED;
CREATE INDEX departments_unit ON departments (unit_id, id) WHERE unit_id IS NOT NULL;

-- Chats whose visitor is being asked for a code that is mailed to them: where it goes, its hash once it was
-- sent, how many wrong ones were given since.

CREATE TABLE verifications (
    room_id text COLLATE "C" PRIMARY KEY,
    address text COLLATE "C",
    code_hash text COLLATE "C",
    tries integer NOT NULL,
    at text COLLATE "C" NOT NULL
);
CREATE INDEX verifications_age ON verifications (at);
