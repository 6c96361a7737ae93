-- Work to do later: the durable queue and schedule of the house (`jobs/`).
-- attempts is also the fencing number: who finishes a job must still hold its newest attempt.

CREATE TABLE jobs (
    id text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    doc json NOT NULL,
    state text COLLATE "C" NOT NULL,
    created_at text COLLATE "C" NOT NULL,
    run_at text COLLATE "C" NOT NULL,
    attempts integer NOT NULL,
    lease_until text COLLATE "C",
    finished_at text COLLATE "C",
    error text
);
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE state <> 'waiting';
CREATE INDEX jobs_newest ON jobs (created_at, id);
