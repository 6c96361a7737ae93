-- What another system is told (contract/management.md §10): the outbox of webhooks, and their log.
-- Of a lane, a room's, only the first event that waits is sent. attempts is also the fencing number;
-- failures counts those since the event was put, or put again at `since`.

CREATE TABLE webhook_events (
    id text PRIMARY KEY,
    lane text NOT NULL,
    seq integer NOT NULL,
    type text NOT NULL,
    doc text NOT NULL,
    state text NOT NULL,
    at text NOT NULL,
    since text NOT NULL,
    run_at text NOT NULL,
    attempts integer NOT NULL,
    failures integer NOT NULL,
    lease_until text,
    finished_at text,
    log text NOT NULL
);
CREATE INDEX webhook_events_due ON webhook_events (run_at, id) WHERE state = 'waiting';
CREATE INDEX webhook_events_since ON webhook_events (since) WHERE state = 'waiting';
CREATE INDEX webhook_events_lane ON webhook_events (lane, state, seq);
CREATE INDEX webhook_events_order ON webhook_events (lane, seq);
CREATE INDEX webhook_events_finished ON webhook_events (finished_at) WHERE state <> 'waiting';
CREATE INDEX webhook_events_newest ON webhook_events (at, seq, id);

-- What the receiver last answered of a room, sent with what follows.

CREATE TABLE crm_data (
    room_id text PRIMARY KEY,
    body text NOT NULL
);
