"""Fills the rooms of a seeded office with messages, in the order of time, and their index.

The words are made up, and as unevenly spread as those of a language are.
"""

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NamedTuple
from zlib import crc32

import asyncpg

from parley.clock import later
from parley.db.documents import encode
from parley.db.words import searched
from parley.messages.index import MOMENT, moment
from parley.messages.markup import parse

VOCABULARY = 20_000
PER_ROOM = 10
BATCH = 5000

Row = tuple[Any, ...]


class Words(NamedTuple):
    """Of each class so many words, by how many messages have them."""

    rare: list[str]
    middling: list[str]
    common: list[str]
    counts: Counter[str]
    two: str
    """A phrase of two common words."""


async def talk(url: str, messages: int) -> Words:
    """So many messages in all, PER_ROOM in each room."""
    counts: Counter[str] = Counter()
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
        rooms = connection.execute(_ROOMS).fetchall()
        _fill_sqlite(connection, _rows(rooms, counts))
        connection.close()
    else:
        server = await asyncpg.connect(url)
        rooms = [tuple(row) for row in await server.fetch(_ROOMS)]
        await _fill_postgres(server, _rows(rooms, counts))
        await server.close()
    assert len(rooms) * PER_ROOM == messages
    return _classes(counts, messages)


_ROOMS = "SELECT id, visitor_id, contact_id, ts FROM rooms ORDER BY ts, id"
_MESSAGES = ("id", "doc", "visitor_id", "contact_id", "seq")
_WORDS = ("n", "message_id", "room_id", "visitor_id", "words")


def _classes(counts: Counter[str], messages: int) -> Words:
    ranked = counts.most_common()

    def near(share: float) -> list[str]:
        wanted = share * messages
        return [w for w, _ in sorted(ranked, key=lambda one: abs(one[1] - wanted))[:20]]

    common = [word for word, _ in ranked[:5]]
    two = f'"{common[0]} {common[1]}"'
    return Words(near(0.00018), near(0.0033), common, counts, two)


def _vocabulary(rng: random.Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        syllables = rng.randint(1, 4)
        pairs = (rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") for _ in range(syllables))
        found["".join(pairs) + rng.choice(["", "n", "s", "r", "t"])] = None
    return list(found)


def _rows(rooms: list[Row], counts: Counter[str]) -> Iterator[tuple[Row, Row]]:
    """(message, its row in the index): a room starts each minute and has a message in each."""
    rng = random.Random(len(rooms))
    words = _vocabulary(rng)
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    for minute in range(len(rooms) + PER_ROOM - 1):
        for seq in range(PER_ROOM):
            if not 0 <= minute - seq < len(rooms):
                continue
            room_id, visitor_id, contact_id, started = rooms[minute - seq]
            said = rng.choices(words, cum_weights=weights, k=rng.randint(3, 15))
            counts.update(set(said))
            text, ts = " ".join(said).capitalize(), later(started, minutes=seq)
            key = f"{rng.getrandbits(68):017x}"
            doc = _document(key, room_id, visitor_id, text, ts)
            n = moment(ts) + seq * 1024 + crc32(room_id.encode()) % 1024
            assert n < moment(ts) + MOMENT
            yield (
                (key, doc, visitor_id, contact_id, seq),
                (n, key, room_id, visitor_id, searched(text)),
            )


def _document(key: str, room_id: str, visitor_id: str, text: str, ts: str) -> str:
    return encode(
        {
            "_id": key,
            "rid": room_id,
            "msg": text,
            "token": "h" * 22,
            "alias": "Maria",
            "ts": ts,
            "u": {"_id": visitor_id, "username": "guest-1", "name": "Maria"},
            "urls": [],
            "mentions": [],
            "channels": [],
            "md": parse(text),
            "newRoom": False,
            "showConnecting": False,
            "_updatedAt": ts,
        }
    )


def _fill_sqlite(connection: sqlite3.Connection, rows: Iterator[tuple[Row, Row]]) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -524288")
    connection.execute("BEGIN IMMEDIATE")
    for batch in _batches(rows):
        for table, columns, part in _tables(batch):
            marks = ", ".join("?" for _ in columns)
            sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
            connection.executemany(sql, part)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _fill_postgres(connection: Any, rows: Iterator[tuple[Row, Row]]) -> None:
    for batch in _batches(rows):
        for table, columns, part in _tables(batch):
            await connection.copy_records_to_table(table, records=part, columns=columns)
    await connection.execute("VACUUM ANALYZE")


def _batches(rows: Iterator[tuple[Row, Row]]) -> Iterator[list[tuple[Row, Row]]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _tables(batch: list[tuple[Row, Row]]) -> Iterator[tuple[str, tuple[str, ...], list[Row]]]:
    yield "messages", _MESSAGES, [message for message, _ in batch]
    yield "message_words", _WORDS, [words for _, words in batch]
