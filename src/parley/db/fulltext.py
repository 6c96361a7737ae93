"""Searching words: the one place where the engines' full texts differ.

Both search `message_words` (migration 0008). What is asked for is put together here from words that
db/words.py made, never from somebody's text: letters, digits and marks mean nothing to FTS5, to a
tsquery or to LIKE.
"""

from typing import NamedTuple, Protocol

from parley.db.documents import Params
from parley.db.tx import Reader, Tx

LEAST_PART = 3
"""Characters of a part of a word that is looked for."""
NEWEST = 10_000
"""Messages in which parts of words are looked for: they are read, one after the other."""

FEW, MANY = 200, 5000
"""Matching messages that are looked at first; and where these were not for the caller."""
WINDOW, LONG_WINDOW = 5000, 50_000
"""The same in messages that are read in turn, for words that many of them have."""
COMMON = 50
"""So many messages of a WINDOW have a common word."""


class Unit(NamedTuple):
    """What must stand in a message: a word, or several that follow each other."""

    words: tuple[str, ...]
    prefix: bool = False
    """The last word may go on."""
    quoted: bool = False

    @property
    def stored(self) -> str:
        """As it stands in `message_words.words`."""
        return f" {' '.join(self.words)}" + ("" if self.prefix else " ")

    @property
    def divisible(self) -> bool:
        """Whether it may be part of words."""
        return not self.quoted and not self.prefix and len(" ".join(self.words)) >= LEAST_PART

    @property
    def part(self) -> str:
        """As it stands in the words where it may be part of one."""
        return " ".join(self.words) if self.divisible else self.stored


class Scope(NamedTuple):
    """Messages of a visitor, of a room or, without either, all; from `least` to before `below`,
    values of `message_words.n`.
    """

    visitor_id: str = ""
    room_id: str = ""
    least: int = -(2**63)
    below: int = 2**63 - 1


class Look(NamedTuple):
    """SQL that gives rows of `n`, newest first, and which of those rows `w` match."""

    rows: str
    matching: str
    most: int
    """Rows at most: fewer are all that there are."""


class Fulltext(Protocol):
    def of_visitor(self, p: Params, units: tuple[Unit, ...], visitor_id: str) -> str:
        """SQL behind FROM: the rows `w` of the visitor's messages that hold all units."""

    def few(self, p: Params, units: tuple[Unit, ...], scope: Scope) -> Look: ...

    def many(self, p: Params, units: tuple[Unit, ...], scope: Scope, found: int) -> Look:
        """`found`: how many matched in `few`."""

    def at(self, key: str, value: str) -> str:
        """SQL of a join: the row of a table that a found row names by its key."""


def fulltext(q: Reader) -> Fulltext:
    return _ENGINES[q.engine]


def newest(p: Params, scope: Scope, most: int, units: tuple[Unit, ...] = ()) -> Look:
    """Messages in turn; which of them hold all units, as parts of their words."""
    return Look(_in_turn(p, scope, most), _like(p, [unit.part for unit in units]), most)


def newest_of_visitor(p: Params, units: tuple[Unit, ...], visitor_id: str) -> str:
    """SQL behind FROM: of the visitor's NEWEST messages, those that hold all units as parts."""
    rows = _in_turn(p, Scope(visitor_id), NEWEST)
    return f"({rows}) w WHERE {_like(p, [unit.part for unit in units])}"


def more_than_newest(p: Params, visitor_id: str) -> str:
    """SQL: whether the visitor wrote, or was written, more than that."""
    mine = f"SELECT 1 FROM message_words w WHERE w.visitor_id = {p(visitor_id)}"
    return f"EXISTS ({mine} LIMIT 1 OFFSET {NEWEST})"


async def missing_in_full_text(q: Reader) -> int:
    """How many rows the engine's full text has less than it should, or more."""
    if q.engine == "postgres":
        return 0  # an index like any other
    rooms = await q.rows(
        "SELECT 'scope : \"r' || hex(room_id) || '\"', count(*) FROM message_words"
        f" WHERE room_id IN (SELECT room_id FROM message_words ORDER BY n DESC LIMIT {FEW})"
        " AND n NOT IN (SELECT n FROM message_fts_fresh) GROUP BY room_id"
    )
    of_room = "SELECT count(*) FROM message_fts WHERE message_fts MATCH $1"
    most = 0
    for room, expected in rooms:
        found: int = await q.value(of_room, room)
        most = max(most, abs(expected - found))
    entries = (
        "(SELECT count(*) FROM message_fts_docsize) - (SELECT count(*) FROM message_fts_fresh)"
    )
    more: int = await q.value(f"SELECT (SELECT count(*) FROM message_words) - {entries}")
    return max(most, abs(more))


async def empty(tx: Tx) -> None:
    """Nothing can be found any more, whatever state the full text was in."""
    if tx.engine == "postgres":
        await tx.rows("DELETE FROM message_words")
        return
    # Row by row it would be looked for where it may be missing, which FTS5 takes for damage.
    name = "message_words_gone"
    trigger = await tx.value("SELECT sql FROM sqlite_master WHERE name = $1", name)
    await tx.rows(f"DROP TRIGGER {name}")
    await tx.rows("DELETE FROM message_words")
    await tx.rows("DELETE FROM message_fts_fresh")
    await tx.rows("INSERT INTO message_fts (message_fts) VALUES ('delete-all')")
    await tx.rows(trigger)


class _Sqlite:
    """FTS5: visitor and room are terms of the row, so that both lists of rows are met in step."""

    def of_visitor(self, p: Params, units: tuple[Unit, ...], visitor_id: str) -> str:
        scope = Scope(visitor_id)
        # By this index, or each row would be fetched from its place; not joined, as in `at`.
        room = (
            "SELECT w.room_id FROM message_words w INDEXED BY message_words_visitor"
            f" WHERE w.visitor_id = {p(visitor_id)} AND w.n = f.rowid"
        )
        return (
            f"(SELECT f.rowid AS n, ({room}) AS room_id FROM message_fts f"
            f" WHERE f.message_fts MATCH {p(self._expression(units, scope))}"
            f" UNION ALL SELECT w.n, w.room_id {self._fresh(p, units, scope)}) w"
        )

    def few(self, p: Params, units: tuple[Unit, ...], scope: Scope) -> Look:
        return self._look(p, units, scope, FEW)

    def many(self, p: Params, units: tuple[Unit, ...], scope: Scope, found: int) -> Look:
        return self._look(p, units, scope, MANY)

    def at(self, key: str, value: str) -> str:
        # With `=` it may make a Bloom filter first, of the whole table, where its statistics are of
        # a time when that was small.
        return f"{key} BETWEEN {value} AND {value}"

    def _look(self, p: Params, units: tuple[Unit, ...], scope: Scope, most: int) -> Look:
        written = (
            "SELECT f.rowid AS n FROM message_fts f"
            f" WHERE f.message_fts MATCH {p(self._expression(units, scope))}"
            f" AND f.rowid >= {p(scope.least)} AND f.rowid < {p(scope.below)}"
            f" ORDER BY f.rowid DESC LIMIT {most}"
        )
        fresh = f"SELECT w.n {self._fresh(p, units, scope)}"
        rows = f"SELECT n FROM (SELECT * FROM ({written}) UNION ALL {fresh})"
        return Look(f"{rows} ORDER BY n DESC LIMIT {most}", "TRUE", most)

    def _fresh(self, p: Params, units: tuple[Unit, ...], scope: Scope) -> str:
        """Of the rows that are not in the full text yet: they are few, and read one by one."""
        tests = [f"w.n >= {p(scope.least)}", f"w.n < {p(scope.below)}"]
        for key, value in (("visitor_id", scope.visitor_id), ("room_id", scope.room_id)):
            if value:
                tests.append(f"w.{key} = {p(value)}")
        return (
            "FROM message_fts_fresh x CROSS JOIN message_words w"
            f" WHERE {self.at('w.n', 'x.n')} AND {' AND '.join(tests)}"
            f" AND {_like(p, [unit.stored for unit in units])}"
        )

    def _expression(self, units: tuple[Unit, ...], scope: Scope) -> str:
        words = (f'"{" ".join(unit.words)}"' + " *" * unit.prefix for unit in units)
        keys = [f'scope : "{letter}{key.encode().hex()}"' for letter, key in _keys(scope)]
        return " AND ".join([*keys, f"words : ({' AND '.join(words)})"])


# As migration 0008 has it in its index.
_TERMS = (
    "array_to_tsvector(string_to_array(btrim(w.words, ' '), ' ')"
    " || ARRAY['=v' || w.visitor_id, '=r' || w.room_id])"
)


class _Postgres:
    """A tsvector without places: that words follow each other is seen in the stored text."""

    def of_visitor(self, p: Params, units: tuple[Unit, ...], visitor_id: str) -> str:
        return f"message_words w WHERE {self._holds(p, units, Scope(visitor_id))}"

    def few(self, p: Params, units: tuple[Unit, ...], scope: Scope) -> Look:
        if scope.visitor_id or scope.room_id:
            return self._look(p, units, scope, FEW)
        # The planner believes that a word is spread evenly, and walks the key for a rare one.
        return self._window(p, units, scope, WINDOW)

    def many(self, p: Params, units: tuple[Unit, ...], scope: Scope, found: int) -> Look:
        if scope.visitor_id or scope.room_id or found < COMMON:
            return self._look(p, units, scope, MANY)
        return self._window(p, units, scope, LONG_WINDOW)

    def at(self, key: str, value: str) -> str:
        return f"{key} = {value}"

    def _look(self, p: Params, units: tuple[Unit, ...], scope: Scope, most: int) -> Look:
        found = f"SELECT w.n FROM message_words w WHERE {self._holds(p, units, scope)}"
        bounds = f"w.n >= {p(scope.least)} AND w.n < {p(scope.below)}"
        # OFFSET 0 keeps the planner from walking the key instead.
        rows = f"SELECT n FROM ({found} AND {bounds} OFFSET 0) f ORDER BY n DESC LIMIT {most}"
        return Look(rows, "TRUE", most)

    def _window(self, p: Params, units: tuple[Unit, ...], scope: Scope, most: int) -> Look:
        return Look(_in_turn(p, scope, most), _like(p, [unit.stored for unit in units]), most)

    def _holds(self, p: Params, units: tuple[Unit, ...], scope: Scope) -> str:
        terms = [_lexeme(f"={letter}{key}") for letter, key in _keys(scope)]
        for unit in units:
            terms += [_lexeme(word) for word in unit.words]
            terms[-1] += ":*" * unit.prefix
        phrases = _like(p, [unit.stored for unit in units if len(unit.words) > 1])
        return f"{_TERMS} @@ CAST({p(' & '.join(terms))} AS tsquery) AND {phrases}"


def _lexeme(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _keys(scope: Scope) -> list[tuple[str, str]]:
    both = [("v", scope.visitor_id), ("r", scope.room_id)]
    return [(letter, key) for letter, key in both if key]


def _in_turn(p: Params, scope: Scope, most: int) -> str:
    tests = [f"w.n >= {p(scope.least)}", f"w.n < {p(scope.below)}"]
    if scope.room_id:
        # Of a room there is no index: its visitor's has it.
        room = p(scope.room_id)
        tests.append(f"w.visitor_id = (SELECT r.visitor_id FROM rooms r WHERE r.id = {room})")
        tests.append(f"w.room_id = {room}")
    if scope.visitor_id:
        tests.append(f"w.visitor_id = {p(scope.visitor_id)}")
    return (
        f"SELECT w.n, w.room_id, w.words FROM message_words w WHERE {' AND '.join(tests)}"
        f" ORDER BY w.n DESC LIMIT {most}"
    )


def _like(p: Params, texts: list[str]) -> str:
    """SQL: the words of `w` hold all of these."""
    return " AND ".join(f"w.words LIKE {p(f'%{text}%')}" for text in texts) or "TRUE"


_ENGINES: dict[str, Fulltext] = {"sqlite": _Sqlite(), "postgres": _Postgres()}
