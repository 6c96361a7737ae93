-- What is searched, a row for each message: `words` is the text as db/words.py makes it, with a blank
-- before, between and after the words. n says when it was written (messages/index.py), so that newest
-- first, and from one day to another, is the order of the key.

CREATE TABLE message_words (
    n integer PRIMARY KEY,
    message_id text NOT NULL,
    room_id text NOT NULL,
    visitor_id text NOT NULL,
    words text NOT NULL
);
CREATE UNIQUE INDEX message_words_message ON message_words (message_id);
CREATE INDEX message_words_visitor ON message_words (visitor_id, n, room_id);

-- The full text of it: visitor and room are terms of the row, in hex because terms have no case. It
-- keeps no text of its own and must be told what a row said before; the triggers see to that, whoever
-- writes. Row by row it is dear to write: the newest rows wait in message_fts_fresh, and are read one
-- by one, until they are enough to be written together.

CREATE VIEW message_terms AS
    SELECT n, 'v' || hex(visitor_id) || ' r' || hex(room_id) AS scope, words FROM message_words;
CREATE VIRTUAL TABLE message_fts USING fts5 (
    scope, words, content = 'message_terms', content_rowid = 'n', tokenize = 'ascii'
);
CREATE TABLE message_fts_fresh (n integer PRIMARY KEY);

CREATE TRIGGER message_words_made AFTER INSERT ON message_words BEGIN
    INSERT INTO message_fts_fresh VALUES (new.n);
END;
CREATE TRIGGER message_words_gone AFTER DELETE ON message_words BEGIN
    INSERT INTO message_fts (message_fts, rowid, scope, words)
    SELECT 'delete', old.n, 'v' || hex(old.visitor_id) || ' r' || hex(old.room_id), old.words
    WHERE NOT EXISTS (SELECT 1 FROM message_fts_fresh f WHERE f.n = old.n);
    DELETE FROM message_fts_fresh WHERE n = old.n;
END;
CREATE TRIGGER message_words_changed AFTER UPDATE ON message_words BEGIN
    INSERT INTO message_fts (message_fts, rowid, scope, words)
    SELECT 'delete', old.n, 'v' || hex(old.visitor_id) || ' r' || hex(old.room_id), old.words
    WHERE NOT EXISTS (SELECT 1 FROM message_fts_fresh f WHERE f.n = old.n);
    DELETE FROM message_fts_fresh WHERE n = old.n;
    INSERT INTO message_fts_fresh VALUES (new.n);
END;
CREATE TRIGGER message_fts_enough AFTER INSERT ON message_fts_fresh
WHEN (SELECT count(*) FROM message_fts_fresh) >= 500 BEGIN
    INSERT INTO message_fts (rowid, scope, words)
    SELECT t.n, t.scope, t.words FROM message_fts_fresh f CROSS JOIN message_terms t
    WHERE t.n = f.n ORDER BY f.n;
    DELETE FROM message_fts_fresh;
END;

-- While messages from before are not indexed yet: the last room, by id, that is.

INSERT INTO meta (id, value)
    SELECT 'unindexed', '' WHERE EXISTS (SELECT 1 FROM messages);
