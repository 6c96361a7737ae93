-- What agents choose from: texts, and tags.

-- audience: who may use it, by the stream of events that tells of it: `user:<id>`,
-- `queue:<department id>`, `queue:public`. shortcut_key and text_key: folded, to be found by.

CREATE TABLE canned_responses (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    audience text COLLATE "C" NOT NULL,
    shortcut_key text COLLATE "C" NOT NULL,
    text_key text COLLATE "C" NOT NULL,
    shortcut text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'shortcut') STORED,
    scope text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'scope') STORED,
    created_by text COLLATE "C" GENERATED ALWAYS AS (doc -> 'createdBy' ->> '_id') STORED,
    created_at text COLLATE "C" GENERATED ALWAYS AS (doc ->> '_createdAt') STORED,
    updated_at text COLLATE "C" GENERATED ALWAYS AS (doc ->> '_updatedAt') STORED
);
CREATE UNIQUE INDEX canned_responses_shortcut ON canned_responses (shortcut);
CREATE INDEX canned_responses_audience ON canned_responses (audience);

CREATE TABLE tags (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    name text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'name') STORED,
    created_at text COLLATE "C" GENERATED ALWAYS AS (doc ->> '_createdAt') STORED,
    updated_at text COLLATE "C" GENERATED ALWAYS AS (doc ->> '_updatedAt') STORED
);

-- The departments that a tag's document lists; a tag without any is of all.

CREATE TABLE tag_departments (
    tag_id text COLLATE "C" NOT NULL,
    department_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (tag_id, department_id)
);
CREATE INDEX tag_departments_department ON tag_departments (department_id);
