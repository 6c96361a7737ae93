"""Whose turn it is, and how long turns took (contract/core.md §3.3).

Plain functions on the room's dict, which the caller saves. Durations are seconds with millisecond
precision; whole ones are integers, as JavaScript writes them.
"""

from typing import Any

from parley.clock import seconds

Room = dict[str, Any]


def visitor_wrote(room: Room, ts: str) -> None:
    metrics = room.setdefault("metrics", {})
    asked = _get(metrics, "v", "lq") or room["ts"]
    answered = _get(metrics, "servedBy", "lr") or room["ts"]
    if answered >= asked:
        metrics.setdefault("v", {})["lq"] = ts
    room["v"]["lastMessageTs"] = ts
    room["waitingResponse"] = True
    room.pop("responseBy", None)


def agent_wrote(room: Room, agent: dict[str, Any], ts: str) -> None:
    if room.pop("waitingResponse", None):
        room["responseBy"] = {
            "_id": agent["_id"],
            "username": agent["username"],
            "firstResponseTs": ts,
            "lastMessageTs": ts,
        }
    elif "responseBy" in room:
        room["responseBy"]["lastMessageTs"] = ts


def agent_answered(room: Room, ts: str) -> None:
    metrics = room.setdefault("metrics", {})
    asked = _get(metrics, "v", "lq") or room["ts"]
    answered = _get(metrics, "servedBy", "lr")
    if answered is None:
        _first_response(room, metrics, asked, ts)
    elif asked > answered:
        took = seconds(asked, ts)
        _respond(metrics, took)
        reaction = metrics.setdefault("reaction", {})
        reaction["tt"] = _plus(reaction.get("tt", 0), took)
    if asked > (answered or room["ts"]):
        metrics.setdefault("servedBy", {})["lr"] = ts
    if not metrics:
        del room["metrics"]


def _first_response(room: Room, metrics: dict[str, Any], asked: str, ts: str) -> None:
    # Repeats for every agent message before the first visitor message: `lr` stays unset till then.
    took = seconds(asked, ts)
    served = _get(room, "servedBy", "ts") or room["ts"]
    reacted = seconds(served, ts)
    _respond(metrics, took)
    reaction = metrics.setdefault("reaction", {})
    reaction["tt"] = _plus(reaction.get("tt", 0), reacted)
    if took:
        metrics["response"] |= {"fd": ts, "ft": _number(took)}
        reaction |= {"fd": ts, "ft": _number(reacted)}


def _respond(metrics: dict[str, Any], took: float) -> None:
    response = metrics.setdefault("response", {})
    total, spent = response.get("total", 0) + 1, _plus(response.get("tt", 0), took)
    response |= {"total": total, "tt": spent, "avg": _number(round(spent / total, 6))}


def closed(room: Room, at: str) -> None:
    """`chatDuration`, and `serviceTimeDuration` of a room that was served."""
    metrics = room.setdefault("metrics", {})
    metrics["chatDuration"] = _number(seconds(room["ts"], at))
    if served := _get(room, "servedBy", "ts"):
        metrics["serviceTimeDuration"] = _number(seconds(served, at))


def _get(doc: dict[str, Any], outer: str, inner: str) -> Any:
    return (doc.get(outer) or {}).get(inner)


def _plus(total: float, more: float) -> float:
    return _number(round(total + more, 3))


def _number(value: float) -> float:
    return int(value) if value == int(value) else value
