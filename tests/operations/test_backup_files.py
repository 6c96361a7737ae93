"""A backup carries the files of conversations, byte for byte, between any two engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.db import Database, open_database
from parley.messages.uploads.pieces import read_bytes
from parley.messages.uploads.store import CHUNK, find_upload
from parley.operations.backup import backup
from parley.operations.restore import restore
from tests.forms import form
from tests.office import Office
from tests.postgres import Postgres

CONTENT = bytes(n * 31 % 256 for n in range(CHUNK * 10 + 7))


@pytest.fixture
def places(tmp_path: Path, postgres: Postgres) -> Iterator[list[str]]:
    name = postgres.create()
    yield [f"sqlite://{tmp_path}/new/parley.db", postgres.url(name)]
    postgres.drop(name)


async def read(db: Database, upload_id: str) -> bytes:
    found = await db.read(find_upload, upload_id)
    assert found is not None
    size = found[0]["size"]
    return b"".join([piece async for piece in read_bytes(db, upload_id, 0, size)])


async def test_files_are_carried(
    office: Office, database_url: str, places: list[str], tmp_path: Path
) -> None:
    await office.agent()
    visitor = await office.visitor()
    room = (await visitor.room())["_id"]
    sent = form(None, ("a.bin", CONTENT, ""), x_visitor_token=visitor.token)
    answer = await office.nobody.call("POST", f"livechat/upload/{room}", **sent)
    upload_id = answer.json()["file"]["_id"]
    await backup(database_url, tmp_path / "backup", force=False)
    for place in places:
        await restore(place, tmp_path / "backup", force=False)
        copy = await open_database(place)
        assert await read(copy, upload_id) == CONTENT
        await copy.close()
