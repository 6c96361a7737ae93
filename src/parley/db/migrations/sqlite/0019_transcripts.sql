-- What a job is done for, a conversation: so that its transcripts can be asked for, and what became
-- of them.

ALTER TABLE jobs ADD COLUMN about text;
CREATE INDEX jobs_about ON jobs (about, created_at, id) WHERE about IS NOT NULL;
