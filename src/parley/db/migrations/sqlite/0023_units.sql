-- Business units: departments, and the monitors who oversee them.

CREATE TABLE units (
    id text PRIMARY KEY,
    doc text NOT NULL,
    name_key text NOT NULL,
    name text GENERATED ALWAYS AS (doc ->> 'name') VIRTUAL
);
CREATE INDEX units_name ON units (name, id);

CREATE TABLE unit_monitors (
    id text PRIMARY KEY,
    unit_id text NOT NULL,
    monitor_id text NOT NULL
);
CREATE UNIQUE INDEX unit_monitors_one ON unit_monitors (monitor_id, unit_id);
CREATE INDEX unit_monitors_unit ON unit_monitors (unit_id, monitor_id);

ALTER TABLE departments ADD COLUMN unit_id text GENERATED ALWAYS AS (doc ->> 'parentId') VIRTUAL;
CREATE INDEX departments_unit ON departments (unit_id, id) WHERE unit_id IS NOT NULL;

-- Chats whose visitor is being asked for a code that is mailed to them: where it goes, its hash once it was
-- sent, how many wrong ones were given since.

CREATE TABLE verifications (
    room_id text PRIMARY KEY,
    address text,
    code_hash text,
    tries integer NOT NULL,
    at text NOT NULL
);
CREATE INDEX verifications_age ON verifications (at);
