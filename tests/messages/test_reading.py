"""What was said in a room, what changed in it; quotes, attachments, custom fields."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parley.db import Database, Tx
from parley.db.documents import Params, insert
from parley.messages.store import TEXTS, _holds
from tests.clock import Clock
from tests.messages.test_changes import Scene
from tests.office import Json, Office
from tests.stored import stored_message

SYNC = "chat.syncMessages"


async def texts(scene: Scene, **query: Any) -> list[str]:
    answer = await scene.anna.get(f"livechat/{scene.rid}/messages", **query)
    assert list(answer) == ["messages", "offset", "count", "total", "success"]
    alias = await scene.anna.get(f"livechat/messages/{scene.rid}", **query)
    assert alias == answer
    return [str(m["msg"]) for m in answer["messages"]]


async def test_what_was_said_in_a_room(office: Office) -> None:
    scene = await Scene(office).set()
    for text in ("one", "Straße", "TWO 100%", "a_b", "ÄRGER mit Éclair"):
        await scene.say(text)
    await scene.anna.post("livechat/room.closeByUser", rid=scene.rid, comment="Goodbye")
    said = ["Goodbye", "ÄRGER mit Éclair", "a_b", "TWO 100%", "Straße", "one"]
    assert await texts(scene) == said
    assert await texts(scene, sort='{"ts":1}') == said[::-1]
    assert await texts(scene, count=2, offset=1) == said[1:3]
    page = await scene.anna.get(f"livechat/{scene.rid}/messages", count=2, offset=1)
    assert (page["count"], page["offset"], page["total"]) == (2, 1, 6)
    page = await scene.anna.get(f"livechat/{scene.rid}/messages", offset=5)
    assert (page["count"], len(page["messages"])) == (50, 1)  # what was asked for
    for term, found in (
        ("o", ["Goodbye", "TWO 100%", "one"]),
        ("two", ["TWO 100%"]),
        ("ärger mit é", ["ÄRGER mit Éclair"]),
        ("STRA", ["Straße"]),
        ("%", ["TWO 100%"]),
        ("_", ["a_b"]),
        ("\\", []),
    ):
        assert await texts(scene, searchTerm=term) == found, term
        page = await scene.anna.get(f"livechat/{scene.rid}/messages", searchTerm=term, count=1)
        assert page["total"] == len(found)
    path = f"livechat/{scene.rid}/messages"
    refused = [
        (scene.anna, "livechat/nowhere/messages", {}, 400, "invalid-room"),
        (scene.anna, path, {"searchTerm": "x" * 256}, 400, "must NOT have more than 255"),
        (scene.anna, path, {"sort": '{"msg":1}'}, 400, "Invalid sort parameter"),
        (office.nobody, path, {}, 401, "You must be logged in"),
        (await office.person(), path, {}, 403, "User does not have the permissions"),
    ]
    for who, where, query, status, error in refused:
        answer = await who.refused("GET", where, params=query)
        assert answer[0] == status
        assert answer[1]["error"].startswith(error)
    theirs = (await scene.stranger.room())["_id"]
    await office.patch("rooms", theirs, servedBy={"_id": "x", "username": "x", "ts": ""})
    _, body = await scene.anna.refused("GET", f"livechat/{theirs}/messages")
    assert body["error"] == "not-allowed"


LETTERS = st.text(alphabet="aAbBäÄéÉßẞİıſKЖжςσΣ%_\\ 1", max_size=6)


def simple(text: str) -> str:
    """Small letters, one for each."""
    return "".join(c.lower()[0] for c in text)


def wide(letter: str) -> str:
    """The same for all letters that any engine could take for each other."""
    return letter.lower()[0].upper().casefold()[0]


async def test_a_term_is_found_in_capitals_or_not(db: Database) -> None:
    async def held(q: Any, msg: str, term: str) -> bool:
        p = Params(msg)
        texts = "SELECT 'x' AS id, CAST($1 AS text) AS text"
        sql = f"SELECT 1 FROM (SELECT 'x' AS id) one WHERE {_holds(term, p)}".replace(TEXTS, texts)
        return await q.value(sql, *p.values) is not None

    cases: list[tuple[str, str]] = []

    @given(LETTERS, LETTERS)
    @settings(max_examples=300, database=None)
    def collect(msg: str, term: str) -> None:
        cases.append((msg, term))

    collect()
    alphabet = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
    for msg, term in [*cases, (alphabet.upper(), alphabet)]:
        if term and simple(term) in simple(msg):
            assert await db.read(held, msg, term), (msg, term)
        elif term and "".join(map(wide, term)) not in "".join(map(wide, msg)):
            assert not await db.read(held, msg, term), (msg, term)


async def test_syncing_a_room(office: Office, clock: Clock) -> None:
    scene = await Scene(office).set()

    async def sync(**query: Any) -> tuple[list[str], list[str], Any]:
        result = (await scene.anna.get(SYNC, roomId=scene.rid, **query))["result"]
        updated = [m.get("t", m["msg"]) for m in result["updated"]]
        return updated, [m["_id"] for m in result["deleted"]], result.get("cursor")

    clock.wait(minutes=1)
    old, gone = await scene.say("old"), await scene.say("gone")
    start = clock.wait(seconds=1)
    assert await sync(lastUpdate=start) == ([], [], None)
    clock.wait(seconds=1)
    await scene.say("new")
    clock.wait(seconds=1)
    await scene.edit(scene.maria, old, "old, changed")
    clock.wait(seconds=1)
    at = clock.wait(seconds=1)
    await scene.delete(scene.maria, gone)
    assert await sync(lastUpdate=start) == (["new", "old, changed"], [gone], None)
    result = (await scene.anna.get(SYNC, roomId=scene.rid, lastUpdate=start))["result"]
    assert result["deleted"] == [{"_id": gone, "_deletedAt": at}]
    assert await sync(lastUpdate=at) == ([], [], None)

    everything, *_ = await sync(lastUpdate="2001-01-01")
    assert everything[-2:] == ["new", "old, changed"]
    # Page by page, forth and back, nothing twice and nothing left out.
    forth: list[str] = []
    cursor: Any = {"next": "0"}
    while cursor["next"]:
        some, none, cursor = await sync(next=cursor["next"], type="UPDATED", count=2)
        forth += some
        assert none == []
    assert forth == everything
    back: list[str] = []
    cursor = {"previous": str(int(clock.at.timestamp() * 1000) + 1)}
    while cursor["previous"]:
        some, _, cursor = await sync(previous=cursor["previous"], type="UPDATED", count=2)
        back += some
    assert sorted(back) == sorted(everything)
    assert back[:2] == ["old, changed", "new"]
    assert await sync(next=0, type="DELETED", count=5) == (
        [],
        [gone],
        {"next": None, "previous": str(int(clock.at.timestamp() * 1000))},
    )
    assert await sync(previous=5, type="DELETED") == ([], [], {"next": None, "previous": None})

    date = 'The "lastUpdate" query parameter must be a valid date. [error-roomId-param-invalid]'
    for query, error in (
        (
            {"lastUpdate": start},
            'The required "roomId" query param is missing. [error-roomId-param-not-provided]',
        ),
        (
            {"roomId": scene.rid},
            'The required "lastUpdate" query param is missing.'
            " [error-lastUpdate-param-not-provided]",
        ),
        ({"roomId": scene.rid, "lastUpdate": "yesterday"}, date),
        ({"roomId": "?", "lastUpdate": start}, "Not allowed [error-not-allowed]"),
        (
            {"roomId": scene.rid, "next": 1, "previous": 2, "type": "UPDATED"},
            "Either next or previous may be given, not both. [error-cursor-conflict]",
        ),
        (
            {"roomId": scene.rid, "next": 1},
            "The type of changes is missing. [error-type-param-not-provided]",
        ),
        ({"roomId": scene.rid, "next": 1, "type": "?"}, "must be equal to one of the allowed"),
    ):
        _, body = await scene.anna.refused("GET", SYNC, params=query)
        assert body["error"].startswith(error), query
    query = {"roomId": scene.rid, "lastUpdate": start}
    _, body = await scene.other.refused("GET", SYNC, params=query)
    assert body["error"] == "Not allowed [error-not-allowed]"


async def test_a_page_of_changes_never_splits_a_moment(office: Office, clock: Clock) -> None:
    scene = await Scene(office).set()

    async def many(tx: Tx) -> None:
        for n in range(1200):
            if n % 100 == 0:
                clock.wait(milliseconds=1)
            message = stored_message(f"m{n}", scene.rid, "2026-01-01T00:00:00.000Z")
            await insert(tx, "messages", message, visitor_id="v", contact_id="c", seq=n)

    await office.db.act(many)
    found: list[str] = []
    since = "2001-01-01"
    while True:
        query = {"roomId": scene.rid, "lastUpdate": since}
        result: Json = (await scene.anna.get(SYNC, **query))["result"]
        found += [m["_id"] for m in result["updated"]]
        if "cursor" not in result:
            break
        assert 1000 <= len(result["updated"]) < 1100
        since = max(m["_updatedAt"] for m in result["updated"])
    assert {f"m{n}" for n in range(1200)} < set(found)
    assert len(found) == len(set(found))


async def test_quotes(office: Office) -> None:
    scene = await Scene(office).set()
    hers = await scene.say("what is it?")

    async def answer(text: str) -> Json:
        sent = {"rid": scene.rid, "msg": text}
        message: Json = (await scene.anna.post("chat.sendMessage", message=sent))["message"]
        return message

    def link(key: str, rid: str = "") -> str:
        return f"https://chat.example.com/live/{rid or scene.rid}?msg={key}"

    assert "attachments" not in await answer(link(hers))  # no Site_Url, no links to here
    await office.setting("Site_Url", "https://chat.example.com/")
    quoting = await answer(f"[ ]({link(hers)}) a cat, see {link(hers)}")
    stored = (await scene.anna.get("chat.getMessage", msgId=hers))["message"]
    quote = {
        "author_name": "Maria",
        "author_icon": f"/avatar/{scene.maria.doc['username']}",
        "message_link": quoting["attachments"][0]["message_link"],
        "text": "what is it?",
        "md": stored["md"],
        "ts": stored["ts"],
    }
    assert quoting["attachments"] == [quote]
    assert hers in quote["message_link"]
    # What somebody may not read is not quoted; nor what is elsewhere, deleted or the server's.
    theirs = (await scene.stranger.room())["_id"]
    await office.patch("rooms", theirs, servedBy={"_id": "x", "username": "x", "ts": ""})
    secret = (await scene.stranger.say(theirs, "my secret"))["_id"]
    gone = await scene.answer("gone")
    await scene.delete(scene.anna, gone)
    for text in (
        link(secret, theirs),
        link(secret),
        link(gone),
        link(await scene.system()),
        link(hers).replace("chat.", "chat2."),
        f"https://chat.example.com.evil.com/?msg={hers}",
        "https://chat.example.com/?msg=%00",
    ):
        assert "attachments" not in await answer(text), text
        assert "attachments" not in await scene.maria.say(scene.rid, text), text
    sent = {"rid": scene.rid, "msg": link(secret)}
    [seen] = (await scene.manager.post("chat.sendMessage", message=sent))["message"]["attachments"]
    assert seen["text"] == "my secret"
    # The visitor quotes from their own rooms.
    [seen] = (await scene.maria.say(scene.rid, link(quoting["_id"])))["attachments"]
    assert (seen["author_name"], seen["attachments"]) == ("anna", [quote])
    # An edit brings the quotes of its new text, and keeps what else was attached.
    other = {"text": "kept", "message_link": "https://elsewhere.example.com/"}
    key = await scene.answer(link(hers), attachments=[other])
    body = {"roomId": scene.rid, "msgId": key, "text": f"{link(quoting['_id'])} now"}
    edited = (await scene.anna.post("chat.update", **body))["message"]["attachments"]
    assert [one["text"] for one in edited] == [quoting["msg"], "kept"]
    assert edited[0]["attachments"] == [quote]
    # Quotes of quotes of quotes are cut.
    [deep] = (await answer(link(key)))["attachments"]
    assert [one["text"] for one in deep["attachments"]] == [quoting["msg"], "kept"]
    assert "attachments" not in deep["attachments"][0]


async def test_attachments_are_checked(office: Office) -> None:
    scene = await Scene(office).set()

    async def error(*attachments: Any, **more: Any) -> str:
        sent = {"rid": scene.rid, "msg": "", "attachments": attachments, **more}
        answer = (await scene.anna.call("POST", "chat.sendMessage", json={"message": sent})).json()
        text = {"roomId": scene.rid, "attachments": attachments, **more}
        posted = (await scene.anna.call("POST", "chat.postMessage", json=text)).json()
        assert posted.get("error") == answer.get("error")
        return str(answer.get("error", ""))

    link = {"title_link": "https://a.example/b?c=d", "image_url": "/file-upload/x/y.png"}
    assert await error(link | {"fields": [{"title": "a", "value": 1}], "collapsed": True}) == ""
    assert await error({"attachments": [link], "ts": "2026-01-01", "anything": {"a": [1]}}) == ""
    for wrong, sentence in (
        ({"title_link": "javascript:alert(1)"}, "title_link must be a link"),
        ({"image_url": "//evil.example/x"}, "image_url must be a link"),
        ({"author_icon": "data:text/html,x"}, "author_icon must be a link"),
        ({"text": 1}, "text must be string"),
        ({"collapsed": "no"}, "collapsed must be boolean"),
        ({"fields": {}}, "fields must be array"),
        ({"fields": [{"title": 1}]}, "fields must have required property 'title' and 'value'"),
        ({"attachments": [{"video_url": "file:///x"}]}, "attachments.0.video_url must be a link"),
    ):
        expected = f"attachments.1.{sentence} [invalid-params]"
        assert await error({}, wrong) == expected
    assert "more than 20" in await error(*[{}] * 21)
    assert "more than 100000 bytes" in await error({"text": "x" * 100_000})


async def test_custom_fields_follow_their_schema(office: Office) -> None:
    scene = await Scene(office).set()
    key = await scene.answer()

    async def errors(fields: Json) -> set[str]:
        sent = {"message": {"rid": scene.rid, "msg": "x", "customFields": fields}}
        body = {"roomId": scene.rid, "msgId": key, "text": "x", "customFields": fields}
        answers = [
            await scene.anna.call("POST", "chat.sendMessage", json=sent),
            await scene.anna.call("POST", "chat.update", json=body),
        ]
        return {str(answer.json().get("error", "")) for answer in answers}

    assert await errors({"anything": [1]}) == {""}
    assert await errors({"a": "x" * 10_000}) == {
        "customFields must NOT have more than 10000 bytes [invalid-params]"
    }
    schema = '{"type":"object","properties":{"n":{"type":"number"}},"additionalProperties":false}'
    await office.setting("Message_CustomFields", schema)
    assert await errors({"n": 1}) == {""}
    assert await errors({"n": "1"}) == {"Invalid custom fields"}  # not bent into a number
    assert await errors({"x": 1}) == {"Invalid custom fields: must NOT have additional properties"}
    await office.setting("Message_CustomFields", '{"type":"object"')
    [error] = await errors({"n": 1})
    assert error.startswith("Invalid custom fields")
    await office.setting("Message_CustomFields_Enabled", False)
    assert await errors({"n": 1}) == {"Custom fields not enabled"}


async def test_threads_hang_on_a_message_of_the_room(office: Office) -> None:
    scene = await Scene(office).set()
    first = await scene.say()
    answer = await scene.answer("aside", tmid=first)
    sent = {"rid": scene.rid, "msg": "aside again", "tmid": answer}
    again = (await scene.anna.post("chat.sendMessage", message=sent))["message"]
    assert again["tmid"] == first
    theirs = (await scene.stranger.say((await scene.stranger.room())["_id"], "x"))["_id"]
    for wrong in ("nowhere", theirs):
        _, body = await scene.anna.refused(
            "POST", "chat.sendMessage", json={"message": sent | {"tmid": wrong}}
        )
        assert body["error"] == "invalid-message"
