"""Settings and permissions as every request sees them: a change counts with the next one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from parley.accounts import store
from parley.accounts.roles import GRANTS
from parley.db.tx import Reader
from parley.preferences.service import current_settings


@dataclass(frozen=True, slots=True)
class Policy:
    version: int
    settings: Mapping[str, Any]
    grants: Mapping[str, frozenset[str]]
    _held: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)

    def held_by(self, roles: Iterable[str]) -> frozenset[str]:
        """Every permission that one of the roles holds."""
        key = tuple(roles)
        if key not in self._held:
            wanted = set(key)
            self._held[key] = frozenset(p for p, r in self.grants.items() if wanted & r)
        return self._held[key]


async def load_policy(q: Reader, version: int) -> Policy:
    changed = {p: doc["roles"] for p, doc in (await store.changed_grants(q)).items()}
    grants = {p: frozenset(roles) for p, roles in (GRANTS | changed).items()}
    return Policy(version, await current_settings(q), grants)
