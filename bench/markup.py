"""Reading messages into their md tree, set against writing that tree as JSON; hostile ones too.

What each number shows: bench/README.md. Exit status 1 when the goal or a ratio is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import mean

import msgspec

from parley.messages.markup import Options, parse

GOAL = 100.0
"""Microseconds of CPU for the average message."""

DOUBLED = 3.0
"""At most this many times the cost for twice the length of a hostile message; 4 is its square."""

MESSAGES = {
    "hi": "Hi",
    "a question": "Hello, I have a problem with my last order, can you help me?",
    "in Cyrillic": "Здравствуйте! Подскажите, пожалуйста, когда придёт мой заказ?",
    "a paragraph": "Good morning! I ordered a blue jacket two weeks ago (size M), and it still"
    " hasn't arrived. Could you please check where it is, and tell me when I'll get it? Thank you!",
    "numbers": "It was 3.50 yesterday and is 4.20 now? Version 1.2.3 of the app says order #4711.",
    "links": "See https://github.com/org/repo/pull/123?w=1 for the change, or example.com/help.",
    "addresses": "You can reach me at joe.doe+shop@example.co.uk or +491701234567, after 5 p.m.",
    "emphasis": "It is *very* important that _both_ of them get it ~tomorrow~ **today** :)",
    "names and emoji": "Hi @maria, the customer in #support-eu asks for you :wave: 🎉",
    "an agent's steps": "Please try this, *in this order*:\n1. Log out\n2. Clear your browser's"
    " cache\n3. Log in again at https://example.com/login\n\nDoes it work then? :smile:",
    "code": "Run this:\n```bash\nsudo systemctl restart app\njournalctl -u app -n 50\n```\n"
    "and tell me what `app --version` says.",
    "a quote": "> When will it come?\n\nTomorrow, 10:00 and 12:00, says the [post](a.com/x).",
}

HOSTILE = ["*_~[", "a\n**_~[", "||:)*_~[|| :)# ] [", "[a](b.c/(", "<a.com|", "```\na", "> $$", "*"]
LENGTH = 5_000
ALL_ON = Options(katex_dollar=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench markup", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 5 if parser.parse_args().quick else 25
    average = _messages(rounds)
    print()
    growth = _hostile(max(3, rounds // 5))
    print()
    met = (
        _verdict(f"average (goal {GOAL:.0f} us)", f"{average:.0f} us", average <= GOAL),
        _verdict(f"twice the length (at most {DOUBLED})", f"{growth:.2f}", growth <= DOUBLED),
    )
    sys.exit(0 if all(met) else 1)


def _messages(rounds: int) -> float:
    encode = msgspec.json.Encoder().encode
    print(f"{'a message':<22}{'characters':>11}{'CPU us':>9}{'goal/it':>9}{'it/writing it':>15}")
    costs = []
    for name, msg in MESSAGES.items():
        cost = _micros(partial(parse, msg), rounds, 200)
        writing = _micros(partial(encode, parse(msg)), rounds, 200)
        costs.append(cost)
        print(f"{name:<22}{len(msg):>11}{cost:>9.1f}{GOAL / cost:>9.1f}{cost / writing:>15.1f}")
    average = mean(costs)
    length = mean(map(len, MESSAGES.values()))
    print(f"{'average':<22}{length:>11.0f}{average:>9.1f}{GOAL / average:>9.1f}")
    return average


def _hostile(rounds: int) -> float:
    """The worst growth."""
    print(f"{LENGTH:,} characters of{'CPU ms':>18}{'twice as many':>16}{'growth':>9}")
    growths = []
    for piece in HOSTILE:
        once, twice = (
            _micros(partial(parse, _closed(piece, length), ALL_ON), rounds, 1) / 1000
            for length in (LENGTH, 2 * LENGTH)
        )
        growths.append(twice / once)
        print(f"{piece!r:<24}{once:>13.2f}{twice:>16.2f}{twice / once:>9.2f}")
    return max(growths)


def _closed(piece: str, length: int) -> str:
    """Only the end tells that the first marker is closed."""
    return piece * (length // len(piece)) + "](a.b)*_~||"


def _micros(call: Callable[[], object], rounds: int, times: int) -> float:
    """CPU of one call, the lowest of the rounds: what others take is never ours."""
    costs = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            call()
        costs.append((time.process_time() - start) / times * 1e6)
    return min(costs)


def _verdict(what: str, seen: str, good: bool) -> bool:
    print(f"{what:<50}{seen:>12}  {'ok' if good else 'missed'}")
    return good


if __name__ == "__main__":
    main()
