-- The queue: what it is ordered by, and since when each chat waits.
-- passed_over is who gave the chat back, and is not given it again; told_at is when somebody was told
-- that it waits for long.

ALTER TABLE inquiries ADD COLUMN updated_at text COLLATE "C" GENERATED ALWAYS AS (doc ->> '_updatedAt') STORED;
ALTER TABLE inquiries ADD COLUMN queued_at text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'queuedAt') STORED;
ALTER TABLE inquiries ADD COLUMN priority bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'priorityWeight' AS text), '-0123456789') = '' AND length(CAST(doc -> 'priorityWeight' AS text)) < 16 THEN CAST(doc ->> 'priorityWeight' AS bigint) ELSE 0 END) STORED;
ALTER TABLE inquiries ADD COLUMN patience bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'estimatedWaitingTimeQueue' AS text), '-0123456789') = '' AND length(CAST(doc -> 'estimatedWaitingTimeQueue' AS text)) < 16 THEN CAST(doc ->> 'estimatedWaitingTimeQueue' AS bigint) ELSE 0 END) STORED;
ALTER TABLE inquiries ADD COLUMN passed_over text COLLATE "C";
ALTER TABLE inquiries ADD COLUMN told_at text COLLATE "C";
CREATE INDEX inquiries_waiting ON inquiries (department_id, ts, id) WHERE status = 'queued';

-- Whether a job of a kind waits already.

CREATE INDEX jobs_waiting ON jobs (kind) WHERE state = 'waiting';
