-- Agents are found by a part of their names or address, folded. Until `tidy` has folded those of people
-- that an earlier version wrote, the username alone is looked at.

ALTER TABLE users ADD COLUMN search_key text COLLATE "C";
CREATE INDEX users_unfolded ON users (id) WHERE search_key IS NULL;

-- Who wanted a department that is removed.

CREATE INDEX visitors_department ON visitors ((doc ->> 'department'), id) WHERE (doc ->> 'department') IS NOT NULL;
