-- The list of rooms. name_key is the room's name folded, to be searched; `tidy` folds the names of rooms
-- that an earlier version wrote.

ALTER TABLE rooms ADD COLUMN name_key text;
CREATE INDEX rooms_unfolded ON rooms (id) WHERE name_key IS NULL;
CREATE INDEX rooms_newest ON rooms (ts, id);
CREATE INDEX rooms_served ON rooms (served_by, ts, id);
CREATE INDEX rooms_department ON rooms (department_id, ts, id);
CREATE INDEX rooms_source ON rooms ((doc -> 'source' ->> 'type'));

-- Who takes part in a room no longer: clients that ask what changed drop it from their lists.

CREATE TABLE former_subscriptions (
    id text PRIMARY KEY,
    user_id text NOT NULL,
    room_id text NOT NULL,
    removed_at text NOT NULL
);
CREATE INDEX former_subscriptions_user ON former_subscriptions (user_id, removed_at);
CREATE INDEX former_subscriptions_age ON former_subscriptions (removed_at);
