"""SQL of tags. `tag_departments` repeats what the documents say, to be found by."""

from parley.db.documents import Doc, Params, decode, fold, insert, like, save
from parley.db.tx import Reader, Tx
from parley.tags.schemas import ListTags

BATCH = 100

_OF = "SELECT 1 FROM tag_departments d WHERE d.tag_id = t.id"
SORTABLE = {
    "name": "t.name",
    "description": "COALESCE(t.doc ->> 'description', '')",
    "numDepartments": "(SELECT count(*) FROM tag_departments d WHERE d.tag_id = t.id)",
    "_createdAt": "t.created_at",
    "_updatedAt": "t.updated_at",
}


async def list_tags(
    q: Reader, wanted: ListTags, order: str, limit: int, offset: int
) -> tuple[list[str], int]:
    """Documents as stored, and how many match."""
    p = Params()
    tests = ["TRUE"]
    if wanted.text:
        tests.append(f"t.name_key LIKE {p(like(wanted.text))} ESCAPE '\\'")
    if not wanted.viewAll:
        among = [f"NOT EXISTS ({_OF})"]
        if wanted.department:
            among.append(f"EXISTS ({_OF} AND d.department_id = {p(wanted.department)})")
        tests.append(f"({' OR '.join(among)})")
    where = " AND ".join(tests)
    total = await q.value(f"SELECT count(*) FROM tags t WHERE {where}", *p.values)
    rows = await q.rows(
        f"SELECT t.doc FROM tags t WHERE {where} ORDER BY {order}"
        f" LIMIT {p(limit)} OFFSET {p(offset)}",
        *p.values,
    )
    return [row[0] for row in rows], total


async def count_tags(q: Reader) -> int:
    return int(await q.value("SELECT count(*) FROM tags"))


async def put_tag(tx: Tx, tag: Doc, *, new: bool) -> None:
    """With the departments it lists."""
    key = {"name_key": fold(tag["name"])}
    if new:
        await insert(tx, "tags", tag, **key)
    else:
        await save(tx, "tags", tag, **key)
        await tx.rows("DELETE FROM tag_departments WHERE tag_id = $1", tag["_id"])
    if tag["departments"]:
        p = Params(tag["_id"])
        values = ", ".join(f"($1, {p(each)})" for each in tag["departments"])
        await tx.rows(
            f"INSERT INTO tag_departments (tag_id, department_id) VALUES {values}", *p.values
        )


async def delete_tag(tx: Tx, tag_id: str) -> None:
    await tx.rows("DELETE FROM tag_departments WHERE tag_id = $1", tag_id)
    await tx.rows("DELETE FROM tags WHERE id = $1", tag_id)


async def some_of_department(q: Reader, department_id: str) -> list[Doc]:
    """A batch of the tags that list the department."""
    rows = await q.rows(
        "SELECT t.doc FROM tag_departments d JOIN tags t ON t.id = d.tag_id"
        f" WHERE d.department_id = $1 ORDER BY t.id LIMIT {BATCH}",
        department_id,
    )
    return [decode(row[0]) for row in rows]
