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
-- writes.

CREATE VIEW message_terms AS
    SELECT n, 'v' || hex(visitor_id) || ' r' || hex(room_id) AS scope, words FROM message_words;
CREATE VIRTUAL TABLE message_fts USING fts5 (
    scope, words, content = 'message_terms', content_rowid = 'n', tokenize = 'ascii'
);
CREATE TRIGGER message_words_made AFTER INSERT ON message_words BEGIN
    INSERT INTO message_fts (rowid, scope, words)
    VALUES (new.n, 'v' || hex(new.visitor_id) || ' r' || hex(new.room_id), new.words);
END;
CREATE TRIGGER message_words_gone AFTER DELETE ON message_words BEGIN
    INSERT INTO message_fts (message_fts, rowid, scope, words)
    VALUES ('delete', old.n, 'v' || hex(old.visitor_id) || ' r' || hex(old.room_id), old.words);
END;
CREATE TRIGGER message_words_changed AFTER UPDATE ON message_words BEGIN
    INSERT INTO message_fts (message_fts, rowid, scope, words)
    VALUES ('delete', old.n, 'v' || hex(old.visitor_id) || ' r' || hex(old.room_id), old.words);
    INSERT INTO message_fts (rowid, scope, words)
    VALUES (new.n, 'v' || hex(new.visitor_id) || ' r' || hex(new.room_id), new.words);
END;

-- While messages from before are not indexed yet: the last room, by id, that is.

INSERT INTO meta (id, value)
    SELECT 'unindexed', '' WHERE EXISTS (SELECT 1 FROM messages);
