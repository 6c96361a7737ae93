"""The rules of the house that a machine can see."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
VAGUE = re.compile(r"(utils?|helpers?|commons?|misc|core|libs?|bases?|managers?)")
# Written in pieces, or this file would break its own rule.
OF_A_REGISTRY = re.compile(
    "|".join(
        [
            r"\b(pypi|pythonhosted|npmjs|yarnpkg|crates|golang)\." + r"(org|com|io)\b",
            r"\bdeb" + r"\.debian\.org",
            r"(?<!\S)--(extra-)?index" + r"-url|\bindex" + r"_url\s*=|(?<!\S)--find" + "-links",
        ]
    )
)
OF_A_MACHINE = re.compile(r"(?<![\w.~-])/(work|root|tmp/venv)" + r"/")


def in_git() -> list[Path]:
    """What is tracked or about to be: files that .gitignore does not keep out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    names = {name for name in listed.stdout.decode().split("\0") if name}
    return [ROOT / name for name in sorted(names) if (ROOT / name).is_file()]


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def requirements(lock: str) -> dict[str, list[str]]:
    """Each pinned `name==version` of a lock, with its hashes."""
    found: dict[str, list[str]] = {}
    text = re.sub(r"^\s*#.*\n", "", (ROOT / lock).read_text(), flags=re.MULTILINE)
    for entry in text.replace("\\\n", " ").splitlines():
        words = entry.split()
        found[words[0]] = [word for word in words if word.startswith("--hash=sha256:")]
    return found


def package(requirement: str) -> str:
    """The normal form of a requirement's name: rocketchat_API==3.7.1 is rocketchat-api."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def test_every_module_is_named_after_what_it_holds() -> None:
    parts = {path: path.relative_to(ROOT).with_suffix("").parts for path in in_git()}
    vague = [p for p, words in parts.items() if any(VAGUE.fullmatch(w) for w in words)]
    assert names([path for path in vague if path.is_relative_to(ROOT / "src")]) == []


def test_who_serves_a_room_is_written_in_one_place() -> None:
    """With who has the word, and its number (docs/decisions/0011)."""
    key = r"""["'](servedBy|speaker)["']"""
    written = re.compile(rf"""room\[{key}\]\s*=(?!=)|(pop|setdefault)\({key}|del room\[{key}""")
    source = [path for path in in_git() if path.is_relative_to(ROOT / "src")]
    found = [path for path in source if path.suffix == ".py" and written.search(path.read_text())]
    # Of the metrics, not of the room: when its agent spoke last.
    assert names(found) == ["src/parley/messages/turns.py", "src/parley/rooms/speaker.py"]


@pytest.mark.parametrize("pattern", [OF_A_REGISTRY, OF_A_MACHINE], ids=["registry", "machine"])
def test_no_file_names_a_registry_or_a_path_of_one_machine(pattern: re.Pattern[str]) -> None:
    texts = {path: path.read_bytes().decode(errors="replace") for path in in_git()}
    found = {path: match[0] for path, text in texts.items() if (match := pattern.search(text))}
    assert {str(path.relative_to(ROOT)): what for path, what in found.items()} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_everything_and_names_no_source(lock: str) -> None:
    entries = requirements(lock)
    assert entries
    assert [name for name, hashes in entries.items() if not hashes] == []
    assert [name for name in entries if not re.fullmatch(r"[a-z0-9.-]+==[\w.!+]+", name)] == []


def test_the_locks_agree_with_each_other_and_with_pyproject() -> None:
    runtime, dev = (requirements(lock).keys() for lock in LOCKS)
    assert runtime <= dev
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = pyproject["dependency-groups"]
    wanted = {package(name) for name in pyproject["project"]["dependencies"] + groups["build"]}
    assert wanted <= {package(name) for name in runtime}
    wanted = {package(name) for name in groups["dev"] if isinstance(name, str)}
    assert wanted <= {package(name) for name in dev}


def test_dev_needs_the_standard_library_only() -> None:
    imported = set()
    for node in ast.walk(ast.parse((ROOT / "dev").read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("arguments", [["bogus"], [], ["check", "bogus"]])
def test_dev_refuses_what_it_does_not_know(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, ROOT / "dev", *arguments], capture_output=True)
    assert done.returncode == 2
    assert b"usage: ./dev TASK" in done.stderr
    assert done.stdout == b""


def test_no_possessive_quantifier_on_a_group() -> None:
    """Debian 12's Python (3.11.2) matches `(…)*+` wrong when the group gives something back; the
    same as `(?>(…)*)` it matches right."""
    wrong = re.compile(r"\)(?:[*+?]|\{+\d+,\d*\}+)\+")
    regexes = (p for p in in_git() if p.suffix == ".py" and "src" in p.relative_to(ROOT).parts)
    assert names([p for p in regexes if wrong.search(p.read_text())]) == []
