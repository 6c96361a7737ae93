"""Words that can be nothing but text, so that most of a message costs one look.

Only speed depends on this: whatever it leaves is read by the grammar, with the same result.
"""

import re

# Quotation marks of other alphabets look like ours, and are meant here (RUF001).

QUOTE = r"[\"'“‘„«¿¡]"  # noqa: RUF001
LETTER = r"(?!localhost)[^\W_\u2300-\u27bf]"
SECOND = r"(?:[^\W_]|[',?\"/&%$+’“”…])"  # noqa: RUF001 - no `8)`, `B-)`, `O:)` or `X_`
REST = r"(?>(?:[^\W_]|[',?\"/&%$+’“”…=-])*)"  # noqa: RUF001
BLANK = r"(?=[ \t\n]|\Z)"

# With an `@` in the message, a word before one of `!*~|` may be the beginning of an address.
ENDS = {False: r"(?=[ \t\n!()*~`<\[\]|\\]|\Z)", True: r"(?=[ \t\n()<\[\]\\]|\Z)"}


def pattern(end: str) -> re.Pattern[str]:
    word = rf"{QUOTE}?+{LETTER}(?:{SECOND}{REST}(?:\.++{BLANK}|{end})|{BLANK})"
    token = rf"(?:{word}|!(?![\[#])|\((?!y\))|\)|[:=&/–—…-]{BLANK})"  # noqa: RUF001
    return re.compile(rf"{token}(?>(?:[ \t]*+{token})*)")


WORDS = {at_sign: pattern(end) for at_sign, end in ENDS.items()}
