"""`GET /metrics`, in Prometheus' text format. No label holds a path, a token or a person."""

from parley.metrics.figures import Figures
from parley.metrics.measured import Measured
from parley.metrics.page import Metrics

__all__ = ["Figures", "Measured", "Metrics"]
