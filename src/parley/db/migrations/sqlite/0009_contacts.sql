-- Contacts: found by what they are called and reached by, and merged so that it can be undone.

-- The name, addresses and numbers folded, to be searched; NULL until the contact is next written.

ALTER TABLE contacts ADD COLUMN search_key text;
ALTER TABLE contacts ADD COLUMN enabled boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'enabled' AS text) <> 'false', true)) VIRTUAL;
ALTER TABLE contacts ADD COLUMN unknown boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'unknown' AS text) = 'true', false)) VIRTUAL;
ALTER TABLE contacts ADD COLUMN manager text GENERATED ALWAYS AS (doc ->> 'contactManager') VIRTUAL;
CREATE INDEX contacts_manager ON contacts (manager) WHERE manager IS NOT NULL;

-- Who can be reached by an e-mail address or a phone number, exactly.

CREATE TABLE contact_reach (
    contact_id text NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (kind, value, contact_id)
);
CREATE INDEX contact_reach_contact ON contact_reach (contact_id);
INSERT INTO contact_reach SELECT DISTINCT c.id, 'email', lower(json_extract(e.value, '$.address'))
    FROM contacts c, json_each(c.doc, '$.emails') e WHERE json_extract(e.value, '$.address') IS NOT NULL;
INSERT INTO contact_reach SELECT DISTINCT c.id, 'phone', json_extract(e.value, '$.phoneNumber')
    FROM contacts c, json_each(c.doc, '$.phones') e WHERE json_extract(e.value, '$.phoneNumber') IS NOT NULL;

-- A merge: the contact that was taken up no longer stands in contacts, but here, as it was.

CREATE TABLE contact_merges (
    id text PRIMARY KEY,
    doc text NOT NULL,
    kept text GENERATED ALWAYS AS (doc ->> 'kept') VIRTUAL,
    taken text GENERATED ALWAYS AS (doc ->> 'taken') VIRTUAL,
    ts text GENERATED ALWAYS AS (doc ->> 'ts') VIRTUAL,
    undone boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'undone' AS text) = 'true', false)) VIRTUAL
);
CREATE UNIQUE INDEX contact_merges_taken ON contact_merges (taken) WHERE NOT undone;
CREATE INDEX contact_merges_kept ON contact_merges (kept, ts, id);
