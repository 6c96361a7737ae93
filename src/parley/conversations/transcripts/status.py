"""What became of a conversation's transcripts: told by their jobs, which are what happens."""

from typing import Any

from parley.accounts.identify import Person
from parley.conversations.transcripts.pdf import KIND as PDF_JOB
from parley.conversations.transcripts.requests import KIND as MAIL_JOB
from parley.db import Reader
from parley.db.documents import Doc, decode
from parley.errors import Refused
from parley.jobs import jobs_about
from parley.messages.change import PDF
from parley.messages.uploads.names import link_to
from parley.messages.uploads.store import find_upload
from parley.rooms.store import find_with_access

KINDS = {MAIL_JOB: "mail", PDF_JOB: "pdf"}
MOST = 50


async def status_of(q: Reader, person: Person, room_id: str) -> dict[str, Any]:
    """Raises Refused. A job is seen for a week after its end; the file stays with the room."""
    found = await find_with_access(q, person, room_id)
    if found is None or not found[1]:
        raise Refused("error-invalid-room")
    room = decode(found[0])
    jobs = [job for job in await jobs_about(q, room_id, MOST) if job["kind"] in KINDS]
    told: Doc = {
        "transcripts": [_line(job) for job in jobs],
        "atClose": bool(room.get("open")) and "transcriptRequest" in room,
    }
    upload, _ = await find_upload(q, room.get(PDF, "")) or ({}, None)
    if upload:
        file = {key: upload[key] for key in ("_id", "name", "size", "uploadedAt")}
        told["pdf"] = file | {"url": link_to(upload["_id"], upload["name"])}
    return told


def _line(job: Doc) -> Doc:
    line = {"_id": job["_id"], "kind": KINDS[job["kind"]], "state": _state(job)}
    line |= {"requestedAt": job["createdAt"], "attempts": job["attempts"]}
    line |= {key: job[key] for key in ("finishedAt", "error") if key in job}
    if line["state"] == "requested" and job["attempts"]:
        line["nextAttemptAt"] = job["runAt"]
    return line


def _state(job: Doc) -> str:
    if job["state"] != "waiting":
        return str(job["state"])
    return "running" if job["running"] else "requested"
