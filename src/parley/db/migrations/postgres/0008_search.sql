-- What is searched, a row for each message: `words` is the text as db/words.py makes it, with a blank
-- before, between and after the words. n says when it was written (messages/index.py), so that newest
-- first, and from one day to another, is the order of the key.

CREATE TABLE message_words (
    n bigint PRIMARY KEY,
    message_id text COLLATE "C" NOT NULL,
    room_id text COLLATE "C" NOT NULL,
    visitor_id text COLLATE "C" NOT NULL,
    words text COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX message_words_message ON message_words (message_id);
CREATE INDEX message_words_visitor ON message_words (visitor_id, n, room_id);

-- The full text of it: visitor and room are terms of the row; no word has a `=`. What waits to be
-- written together is read by every search, so it is short. db/fulltext.py repeats the expression.

CREATE INDEX message_words_terms ON message_words USING gin (
    array_to_tsvector(string_to_array(btrim(words, ' '), ' ') || ARRAY['=v' || visitor_id, '=r' || room_id])
) WITH (fastupdate = on, gin_pending_list_limit = 256);

-- While messages from before are not indexed yet: the last room, by id, that is.

INSERT INTO meta (id, value)
    SELECT 'unindexed', '' WHERE EXISTS (SELECT 1 FROM messages);
