"""`budgets.toml`, for the tests that hold it and the benchmarks that show it."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BUDGETS: dict[str, Any] = tomllib.loads((ROOT / "budgets.toml").read_text())
