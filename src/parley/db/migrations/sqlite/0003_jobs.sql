-- Work to do later: the durable queue and schedule of the house (`jobs/`).
-- attempts is also the fencing number: who finishes a job must still hold its newest attempt.

CREATE TABLE jobs (
    id text PRIMARY KEY,
    kind text NOT NULL,
    doc text NOT NULL,
    state text NOT NULL,
    created_at text NOT NULL,
    run_at text NOT NULL,
    attempts integer NOT NULL,
    lease_until text,
    finished_at text,
    error text
);
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE state <> 'waiting';
CREATE INDEX jobs_newest ON jobs (created_at, id);
