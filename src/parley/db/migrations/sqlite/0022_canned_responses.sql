-- What agents choose from: texts, and tags.

-- audience: who may use it, by the stream of events that tells of it: `user:<id>`,
-- `queue:<department id>`, `queue:public`. shortcut_key and text_key: folded, to be found by.

CREATE TABLE canned_responses (
    id text PRIMARY KEY,
    doc text NOT NULL,
    audience text NOT NULL,
    shortcut_key text NOT NULL,
    text_key text NOT NULL,
    shortcut text GENERATED ALWAYS AS (doc ->> 'shortcut') VIRTUAL,
    scope text GENERATED ALWAYS AS (doc ->> 'scope') VIRTUAL,
    created_by text GENERATED ALWAYS AS (doc -> 'createdBy' ->> '_id') VIRTUAL,
    created_at text GENERATED ALWAYS AS (doc ->> '_createdAt') VIRTUAL,
    updated_at text GENERATED ALWAYS AS (doc ->> '_updatedAt') VIRTUAL
);
CREATE UNIQUE INDEX canned_responses_shortcut ON canned_responses (shortcut);
CREATE INDEX canned_responses_audience ON canned_responses (audience);

CREATE TABLE tags (
    id text PRIMARY KEY,
    doc text NOT NULL,
    name_key text NOT NULL,
    name text GENERATED ALWAYS AS (doc ->> 'name') VIRTUAL,
    created_at text GENERATED ALWAYS AS (doc ->> '_createdAt') VIRTUAL,
    updated_at text GENERATED ALWAYS AS (doc ->> '_updatedAt') VIRTUAL
);

-- The departments that a tag's document lists; a tag without any is of all.

CREATE TABLE tag_departments (
    tag_id text NOT NULL,
    department_id text NOT NULL,
    PRIMARY KEY (tag_id, department_id)
);
CREATE INDEX tag_departments_department ON tag_departments (department_id);
