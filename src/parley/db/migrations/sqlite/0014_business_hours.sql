-- Business hours, and when agents were there.

-- Local times of a zone; the default one stands here once it was changed.

CREATE TABLE business_hours (
    id text PRIMARY KEY,
    doc text NOT NULL
);

-- Whether an agent is there to be given chats. left_at: when one went offline who has not been there
-- since; settled: what was to become of their chats has been done.

CREATE TABLE agent_presence (
    agent_id text PRIMARY KEY,
    there boolean NOT NULL,
    left_at text,
    settled boolean NOT NULL
);
CREATE INDEX agent_presence_left ON agent_presence (left_at, agent_id) WHERE left_at IS NOT NULL AND NOT settled;

-- A row for each agent and day (20260131); running: a session is open.

CREATE TABLE agent_activity (
    id text PRIMARY KEY,
    doc text NOT NULL,
    agent_id text NOT NULL,
    date integer NOT NULL,
    running boolean NOT NULL
);
CREATE UNIQUE INDEX agent_activity_day ON agent_activity (agent_id, date);
CREATE INDEX agent_activity_date ON agent_activity (date, agent_id);
CREATE INDEX agent_activity_running ON agent_activity (date, id) WHERE running;

-- Chats the visitor has left, and chats nobody has answered yet, oldest first.

CREATE INDEX rooms_answered ON rooms ((doc -> 'responseBy' ->> 'lastMessageTs'), id) WHERE open AND doc -> 'responseBy' ->> '_id' IS NOT NULL;
CREATE INDEX rooms_given ON rooms ((doc -> 'servedBy' ->> 'ts'), id) WHERE open AND doc -> 'responseBy' ->> '_id' IS NULL;
