"""May this name be linked? The rules on hosts; nothing here looks at the text around them."""

import re
from importlib.resources import files

# Every last label of the public registries, in its own letters.
NAMES = frozenset(files(__package__).joinpath("tlds.txt").read_text("utf-8").split())
ENCODED = "xn--"

# Of a name: ASCII letters and digits, and all that is not ASCII; inside also `-` and `_`.
LETTER = r"[^\x00-/:-`{-\x7f]"
INSIDE = r"[^\x00-,./:-^`{-\x7f]"
VALID = re.compile(rf"(?!-)(?:{INSIDE}{{0,62}}{LETTER}\.)*{INSIDE}{{0,62}}(?:{LETTER}|_)")
ADDRESS = re.compile(r"(?=.{7,15}\Z)[0-9]+(?:\.[0-9]+){3}")
SCHEME = re.compile(r"[A-Za-z0-9.+-]+")
PATH = re.compile("[/?#]")
LONGEST = 255


def host_of(url: str) -> str:
    """Without scheme, user, port, path, query and fragment; as what was typed may have a scheme
    in its middle (`here.https://a.com`), and clients open what comes after it."""
    scheme, mark, rest = url.partition(":/")
    authority = rest.lstrip("/") if mark and SCHEME.fullmatch(scheme) else url
    place = PATH.split(authority, maxsplit=1)[0].rpartition("@")[2]
    return (place.rpartition(":")[0] or place).rstrip(".").lower()


def is_linkable(host: str, custom: frozenset[str]) -> bool:
    if host == "localhost" or ADDRESS.fullmatch(host):
        return True
    return is_public(host) or is_below(host, custom | {"localhost"})


def is_public(host: str) -> bool:
    return is_valid(host) and is_listed(host.rpartition(".")[2])


def is_listed(label: str) -> bool:
    if label.startswith(ENCODED):
        try:
            label = label.removeprefix(ENCODED).encode("ascii").decode("punycode")
        except UnicodeError:
            return False
    return label in NAMES


def is_below(host: str, domains: frozenset[str]) -> bool:
    """It is one of them, or a name in one of them."""
    labels = host.split(".")
    return is_valid(host) and any(".".join(labels[at:]) in domains for at in range(len(labels)))


def is_valid(host: str) -> bool:
    return len(host) <= LONGEST and VALID.fullmatch(host) is not None
