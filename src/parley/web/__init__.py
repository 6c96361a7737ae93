"""The dialect of HTTP: envelope, errors, order of checks, paging, limits, CORS. Knows no slice."""
