-- Routing: how many chats somebody may have, who was given one last, and why chats went where they went.

-- A limit may be written as a text ("3"), as forms send it; 0 is none.

ALTER TABLE users ADD COLUMN max_chats bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'livechat' -> 'maxNumberSimultaneousChat' AS text), '"') <> '' AND trim(trim(CAST(doc -> 'livechat' -> 'maxNumberSimultaneousChat' AS text), '"'), '0123456789') = '' AND length(trim(CAST(doc -> 'livechat' -> 'maxNumberSimultaneousChat' AS text), '"')) < 10 THEN CAST(trim(CAST(doc -> 'livechat' -> 'maxNumberSimultaneousChat' AS text), '"') AS bigint) ELSE 0 END) STORED;
ALTER TABLE departments ADD COLUMN max_chats bigint GENERATED ALWAYS AS (CASE WHEN trim(CAST(doc -> 'maxNumberSimultaneousChat' AS text), '"') <> '' AND trim(trim(CAST(doc -> 'maxNumberSimultaneousChat' AS text), '"'), '0123456789') = '' AND length(trim(CAST(doc -> 'maxNumberSimultaneousChat' AS text), '"')) < 10 THEN CAST(trim(CAST(doc -> 'maxNumberSimultaneousChat' AS text), '"') AS bigint) ELSE 0 END) STORED;

-- When Load_Balancing or Load_Rotation chose them last (epoch ms).

ALTER TABLE users ADD COLUMN last_routed bigint NOT NULL DEFAULT 0;

-- Who is kept busy by the chat: who serves it, while it is open and not on hold.

ALTER TABLE rooms ADD COLUMN busy text COLLATE "C" GENERATED ALWAYS AS (CASE WHEN COALESCE(CAST(doc -> 'open' AS text) = 'true', false) AND COALESCE(CAST(doc -> 'onHold' AS text) <> 'true', true) THEN doc -> 'servedBy' ->> '_id' END) STORED;
CREATE INDEX rooms_busy ON rooms (busy, department_id) WHERE busy IS NOT NULL;

-- number counts a room's decisions. One that comes out as the one before raises times and last_at.

CREATE TABLE routing_decisions (
    room_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    at text COLLATE "C" NOT NULL,
    last_at text COLLATE "C" NOT NULL,
    times integer NOT NULL,
    method text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    detail json NOT NULL,
    PRIMARY KEY (room_id, number)
);
