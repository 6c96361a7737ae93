"""SQL of business units, and of who oversees them.

Which unit a department is in stands in the department alone (`parentId`). Whoever writes any of it
has `departments.store.lock_staff`.
"""

from parley.db.documents import Doc, Params, decode, find, fold, insert, like, save
from parley.db.tx import Reader, Row, Tx
from parley.ids import object_id

MOST = 1000
"""Of a list that has no pages."""
SORTABLE = {"name": "u.name", "_id": "u.id"}

_COUNTED = (
    "u.doc, (SELECT count(*) FROM unit_monitors m WHERE m.unit_id = u.id),"
    " (SELECT count(*) FROM departments d WHERE d.unit_id = u.id AND d.unit_id IS NOT NULL)"
)


def _shown(row: Row) -> Doc:
    unit = decode(row[0])
    updated = unit.pop("_updatedAt")
    counts = {"numMonitors": row[1], "numDepartments": row[2]}
    return unit | counts | {"_updatedAt": updated}


async def list_units(
    q: Reader, text: str, order: str, limit: int, offset: int
) -> tuple[list[Doc], int]:
    p = Params()
    where = f"u.name_key LIKE {p(like(text))} ESCAPE '\\'" if text else "TRUE"
    total = await q.value(f"SELECT count(*) FROM units u WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT {_COUNTED} FROM units u WHERE {where}"
        f" ORDER BY {order} LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [_shown(row) for row in rows], total


async def unit_shown(q: Reader, unit_id: str) -> Doc | None:
    """With how many monitors and departments it has."""
    row = await q.row(f"SELECT {_COUNTED} FROM units u WHERE u.id = $1", unit_id)
    return None if row is None else _shown(row)


async def find_unit(q: Reader, unit_id: str) -> Doc | None:
    return await find(q, "units", unit_id)


async def insert_unit(tx: Tx, unit: Doc) -> None:
    await insert(tx, "units", unit, name_key=fold(unit["name"]))


async def save_unit(tx: Tx, unit: Doc) -> None:
    await save(tx, "units", unit, name_key=fold(unit["name"]))


async def delete_unit(tx: Tx, unit_id: str) -> None:
    await tx.rows("DELETE FROM unit_monitors WHERE unit_id = $1", unit_id)
    await tx.rows("DELETE FROM units WHERE id = $1", unit_id)


async def departments_in(q: Reader, unit_id: str) -> list[str]:
    """Ids of the departments of a unit."""
    rows = await q.rows(
        "SELECT id FROM departments WHERE unit_id = $1 AND unit_id IS NOT NULL ORDER BY id", unit_id
    )
    return [row[0] for row in rows]


async def monitors_in(q: Reader, unit_id: str) -> list[str]:
    """Ids of the people who oversee a unit."""
    rows = await q.rows("SELECT monitor_id FROM unit_monitors WHERE unit_id = $1", unit_id)
    return [row[0] for row in rows]


async def monitors_shown(q: Reader, unit_id: str) -> list[Doc]:
    """By username, under which each is known now."""
    rows = await q.rows(
        "SELECT m.id, m.monitor_id, m.unit_id, u.doc ->> 'username' FROM unit_monitors m"
        " JOIN users u ON u.id = m.monitor_id WHERE m.unit_id = $1"
        f" ORDER BY u.username_key LIMIT {MOST}",
        unit_id,
    )
    keys = ("_id", "monitorId", "unitId", "username")
    return [dict(zip(keys, row, strict=True)) for row in rows]


async def put_monitors(tx: Tx, unit_id: str, monitors: list[str]) -> None:
    p = Params(unit_id)
    values = ", ".join(f"({p(object_id())}, $1, {p(each)})" for each in monitors)
    if values:
        await tx.rows(
            f"INSERT INTO unit_monitors (id, unit_id, monitor_id) VALUES {values}", *p.values
        )


async def take_monitors(tx: Tx, unit_id: str, monitors: list[str]) -> None:
    p = Params(unit_id)
    marks = ", ".join(p(each) for each in monitors)
    if marks:
        await tx.rows(
            f"DELETE FROM unit_monitors WHERE unit_id = $1 AND monitor_id IN ({marks})", *p.values
        )


async def leave_units(tx: Tx, user_id: str) -> None:
    """Somebody oversees nothing any longer."""
    await tx.rows("DELETE FROM unit_monitors WHERE monitor_id = $1", user_id)


async def oversees_unit(q: Reader, user_id: str, unit_id: str) -> bool:
    sql = "SELECT 1 FROM unit_monitors WHERE monitor_id = $1 AND unit_id = $2"
    return await q.value(sql, user_id, unit_id) is not None
