-- Contacts: found by what they are called and reached by, and merged so that it can be undone.

-- The name, addresses and numbers folded, to be searched; NULL until the contact is next written.

ALTER TABLE contacts ADD COLUMN search_key text COLLATE "C";
ALTER TABLE contacts ADD COLUMN enabled boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'enabled' AS text) <> 'false', true)) STORED;
ALTER TABLE contacts ADD COLUMN unknown boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'unknown' AS text) = 'true', false)) STORED;
ALTER TABLE contacts ADD COLUMN manager text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'contactManager') STORED;
CREATE INDEX contacts_manager ON contacts (manager) WHERE manager IS NOT NULL;

-- Who can be reached by an e-mail address or a phone number, exactly.

CREATE TABLE contact_reach (
    contact_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, value, contact_id)
);
CREATE INDEX contact_reach_contact ON contact_reach (contact_id);
INSERT INTO contact_reach SELECT DISTINCT c.id, 'email', lower(e ->> 'address')
    FROM contacts c, json_array_elements(c.doc -> 'emails') e WHERE e ->> 'address' IS NOT NULL;
INSERT INTO contact_reach SELECT DISTINCT c.id, 'phone', e ->> 'phoneNumber'
    FROM contacts c, json_array_elements(c.doc -> 'phones') e WHERE e ->> 'phoneNumber' IS NOT NULL;

-- A merge: the contact that was taken up no longer stands in contacts, but here, as it was.

CREATE TABLE contact_merges (
    id text COLLATE "C" PRIMARY KEY,
    doc json NOT NULL,
    kept text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'kept') STORED,
    taken text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'taken') STORED,
    ts text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'ts') STORED,
    undone boolean GENERATED ALWAYS AS (COALESCE(CAST(doc -> 'undone' AS text) = 'true', false)) STORED
);
CREATE UNIQUE INDEX contact_merges_taken ON contact_merges (taken) WHERE NOT undone;
CREATE INDEX contact_merges_kept ON contact_merges (kept, ts, id);
