-- How long a chat may wait: names of priorities, SLA policies, when a chat is due, chats on hold.

-- Only priorities that were renamed; the five themselves are in the code.

CREATE TABLE priorities (
    id text PRIMARY KEY,
    doc text NOT NULL
);

-- name_key is the name folded: two that differ by case alone are the same.

CREATE TABLE sla (
    id text PRIMARY KEY,
    doc text NOT NULL,
    name_key text NOT NULL,
    minutes bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'dueTimeInMinutes' AS text), '-0123456789') = '' AND length(CAST(doc -> 'dueTimeInMinutes' AS text)) < 16 THEN CAST(doc ->> 'dueTimeInMinutes' AS bigint) ELSE 0 END) VIRTUAL
);
CREATE UNIQUE INDEX sla_name ON sla (name_key);

-- A chat that says nothing of how urgent it is comes last, not first.

UPDATE rooms SET doc = json_set(doc, '$.priorityWeight', 99) WHERE json_type(doc, '$.priorityWeight') IS NULL;
UPDATE rooms SET doc = json_set(doc, '$.estimatedWaitingTimeQueue', 9999999) WHERE json_type(doc, '$.estimatedWaitingTimeQueue') IS NULL;
UPDATE inquiries SET doc = json_set(doc, '$.priorityWeight', 99) WHERE json_type(doc, '$.priorityWeight') IS NULL;
UPDATE inquiries SET doc = json_set(doc, '$.estimatedWaitingTimeQueue', 9999999) WHERE json_type(doc, '$.estimatedWaitingTimeQueue') IS NULL;

-- due_at is when who waits must have been served by their SLA; breached_at when somebody was told that
-- they were not. The public queue is of no department: by '' it is found as any other is.

ALTER TABLE inquiries ADD COLUMN due_at text;
ALTER TABLE inquiries ADD COLUMN breached_at text;
DROP INDEX inquiries_waiting;
CREATE INDEX inquiries_waiting ON inquiries (COALESCE(department_id, ''), ts, updated_at DESC, id) WHERE status = 'queued';
CREATE INDEX inquiries_urgent ON inquiries (COALESCE(department_id, ''), priority, ts, updated_at DESC, id) WHERE status = 'queued';
CREATE INDEX inquiries_impatient ON inquiries (COALESCE(department_id, ''), patience, ts, updated_at DESC, id) WHERE status = 'queued';
CREATE INDEX inquiries_due ON inquiries (status, due_at, id) WHERE due_at IS NOT NULL;

CREATE INDEX rooms_held ON rooms ((doc ->> 'onHoldSince'), id) WHERE open AND doc ->> 'onHoldSince' IS NOT NULL;
CREATE INDEX rooms_sla ON rooms ((doc ->> 'slaId'), id) WHERE open AND doc ->> 'slaId' IS NOT NULL;
