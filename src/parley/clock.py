"""Time as the wire has it: ISO-8601 UTC with milliseconds and `Z`, which sorts as text."""

from datetime import UTC, datetime, timedelta


def moment() -> datetime:
    """The one reading of the machine's clock; tests put theirs in its place."""
    return datetime.now(UTC)


def now() -> str:
    return iso(moment())


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def parse(text: str) -> datetime:
    """Raises ValueError for what is not an ISO date; a date without a zone counts as UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def seconds(start: str, end: str) -> float:
    """Seconds from `start` to `end` with millisecond precision; negative when reversed."""
    return round((parse(end) - parse(start)).total_seconds(), 3)


def later(text: str, **delta: float) -> str:
    """`later("2026-01-01T00:00:00.000Z", days=1)`."""
    return iso(parse(text) + timedelta(**delta))
