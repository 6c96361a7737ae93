"""What a browser says of itself, as a person would: `Firefox 128.0` on `Windows 10`."""

import re

_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/([\d.]+)"),
    ("Opera", r"(?:OPR|Opera)/([\d.]+)"),
    ("Samsung Internet", r"SamsungBrowser/([\d.]+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/([\d.]+)"),
    ("Chrome", r"(?:Chrome|CriOS)/([\d.]+)"),
    ("Safari", r"Version/([\d.]+).* Safari/"),
)
_SYSTEMS = (
    ("iOS", r"(?:iPhone|iPad|iPod).*? OS ([\d_]+)"),
    ("Android", r"Android ([\d.]+)"),
    ("Windows", r"Windows NT ([\d.]+)"),
    ("Mac OS", r"Mac OS X ([\d_.]+)"),
    ("Chromium OS", r"CrOS \S+ ([\d.]+)"),
    ("Ubuntu", r"Ubuntu/?([\d.]*)"),
    ("Linux", r"Linux()"),
)
_WINDOWS = {"10.0": "10", "6.3": "8.1", "6.2": "8", "6.1": "7", "6.0": "Vista", "5.1": "XP"}
LONGEST = 512


def browser(agent: str) -> str:
    """Empty for one that we do not know."""
    return _first(_BROWSERS, agent)


def system(agent: str) -> str:
    name, _, version = _first(_SYSTEMS, agent).partition("Windows ")
    return f"Windows {_WINDOWS.get(version, version)}" if version else name


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    for name, pattern in known:
        if found := re.search(pattern, agent[:LONGEST]):
            return f"{name} {found[1].replace('_', '.')}".strip()
    return ""
