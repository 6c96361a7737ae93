"""Lists of settings: what may be seen, a page of it, secrets masked."""

from collections.abc import Collection
from typing import Any, NamedTuple

from parley.db.documents import Doc
from parley.db.tx import Reader
from parley.preferences import store
from parley.preferences.service import DEFINITIONS, MASK, VISIBLE
from parley.web.paging import Page


class Listed(NamedTuple):
    settings: list[Doc]
    total: int


async def list_settings(
    q: Reader,
    page: Page,
    *,
    public_only: bool,
    descending: bool = False,
    names: Collection[str] | None = None,
    defaults: bool = False,
) -> Listed:
    """By id. With `names` those of them that may be seen; with `defaults` also what was shipped."""
    wanted = [
        name
        for name in VISIBLE
        if (names is None or name in names) and (DEFINITIONS[name].public or not public_only)
    ]
    if descending:
        wanted.reverse()
    changed = await store.changed_docs(q)
    shown = wanted[page.offset : page.offset + page.limit]
    return Listed([_line(name, changed.get(name, {}), defaults) for name in shown], len(wanted))


async def whole_settings(q: Reader, names: Collection[str]) -> list[Doc]:
    """By id, with what is known of each beside its value (contract/management.md §8)."""
    changed = await store.changed_docs(q)
    return [_whole(name, changed.get(name, {})) for name in VISIBLE if name in names]


def _whole(name: str, stored: Doc) -> Doc:
    definition = DEFINITIONS[name]
    known = {
        "type": definition.type,
        "group": definition.group,
        "section": definition.section,
        "public": definition.public,
        "secret": definition.secret,
        "hidden": False,
        "blocked": False,
        "i18nLabel": name,
        "i18nDescription": f"{name}_Description",
        "valueSource": "packageValue",
    }
    if definition.values:
        known["values"] = [{"key": key, "i18nLabel": key} for key in definition.values]
    if "_updatedAt" in stored:
        known["_updatedAt"] = stored["_updatedAt"]
    return _line(name, stored, True) | known


async def one_setting(q: Reader, name: str) -> Doc:
    """As it is listed. Raises KeyError for an unknown name."""
    return _line(name, await store.find_setting(q, name) or {}, False)


def _line(name: str, stored: Doc, defaults: bool) -> Doc:
    definition = DEFINITIONS[name]
    value: Any = stored.get("value", definition.default)
    if definition.secret and value:
        value = MASK
    line = {"_id": name, "value": value, "enterprise": False}
    if defaults:
        line["packageValue"] = definition.default
    if definition.type == "color":
        line["editor"] = stored.get("editor", "color")
    return line
