"""May this name be linked? The rules on hosts; nothing here looks at the text around them."""

from .tlds import KNOWN, PRIVATE


def bare_host(name: str, custom: frozenset[str]) -> bool:
    """Typed without a scheme, only a known ending tells a host from a missing space."""
    return "." in name and (last_label(name) in KNOWN or is_custom(name, custom))


def url_host(name: str, custom: frozenset[str]) -> bool:
    """After `scheme://` the intent is plain, so any public-looking name will do."""
    if name.lower() == "localhost" or is_address(name) or is_custom(name, custom):
        return True
    return mail_host(name) and last_label(name) not in PRIVATE


def mail_host(name: str) -> bool:
    last = last_label(name)
    worded = len(last) > 1 and last.isascii() and last.isalpha()
    return "." in name and (worded or last.startswith("xn--") or last in KNOWN)


def is_custom(name: str, custom: frozenset[str]) -> bool:
    """The name itself or any domain above it is one of the administrator's."""
    if not custom:
        return False
    labels = name.lower().split(".")[-8:]  # bounded: the suffixes of a long name grow as its square
    return any(".".join(labels[at:]) in custom for at in range(len(labels)))


def is_address(name: str) -> bool:
    octets = name.split(".", 4)
    return len(octets) == 4 and all(map(is_octet, octets))


def is_octet(text: str) -> bool:
    return len(text) <= 3 and text.isascii() and text.isdigit() and int(text) < 256


def last_label(name: str) -> str:
    return name.rpartition(".")[2].lower()
