"""The unit, the image and the compose file, as far as they can be checked without their daemons."""

import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from parley.config import options

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
ENVIRONMENT = {f"PARLEY_{name.upper()}" for name, _, _ in options()}


def test_every_option_named_exists() -> None:
    named = {
        name
        for file in PACKAGING.iterdir()
        for name in re.findall(r"\b(PARLEY_[A-Z_]*[A-Z])\b", file.read_text())
    }
    # The unit's comment says PARLEY_NAME=value.
    assert named - {"PARLEY_NAME"} <= ENVIRONMENT
    assert {"PARLEY_DATA", "PARLEY_DATABASE", "PARLEY_HOST"} <= named


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not on this machine")
    # It looks for the program as well.
    text = (PACKAGING / "parley.service").read_text().replace("/opt/parley/bin/parley", "/bin/true")
    unit = tmp_path / "parley.service"
    unit.write_text(text)
    done = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_keeps_its_data_private_and_runs_serve() -> None:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(PACKAGING / "parley.service")
    service = dict(parser["Service"])
    assert shlex.split(service["ExecStart"])[1:] == ["serve"]
    assert service["UMask"] == "0077"
    assert service["StateDirectoryMode"] == "0700"
    assert service["Environment"] == f"PARLEY_DATA=/var/lib/{service['StateDirectory']}"
    assert service["User"] == "parley"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (PACKAGING / "Containerfile").read_text(), flags=re.M)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.partition(" ")[2]) for line in lines if line.strip()]


def test_the_image_copies_what_is_there_and_runs_as_nobody_special() -> None:
    found = instructions()
    copied = [
        word
        for name, rest in found
        if name == "COPY" and not rest.startswith("--from")
        for word in rest.split()[:-1]
    ]
    assert [word for word in copied if not (ROOT / word).exists()] == []
    # A file that the build needs and .dockerignore keeps out would be missing.
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {f"!{word}" for word in copied} <= set(ignored)
    (user,) = [rest for name, rest in found if name == "USER"]
    assert user.isdigit() and int(user) > 0
    images = [rest.split()[0] for name, rest in found if name == "FROM"]
    assert all(re.fullmatch(r"[a-z]+:[\w.-]+", image) for image in images)


def test_the_compose_file_waits_for_its_database_and_publishes_to_this_machine_only() -> None:
    compose: Any = yaml.safe_load((PACKAGING / "compose.yaml").read_text())
    database, parley = compose["services"]["database"], compose["services"]["parley"]
    assert parley["depends_on"]["database"]["condition"] == "service_healthy"
    assert (PACKAGING / parley["build"]["context"]).resolve() == ROOT
    assert (ROOT / parley["build"]["dockerfile"]).is_file()
    assert all(port.startswith("127.0.0.1:") for port in parley["ports"])
    assert "ports" not in database
    for service in (database, parley):
        assert service["healthcheck"]["test"][0] == "CMD"
        assert {v.split(":")[0] for v in service["volumes"]} <= compose["volumes"].keys()
        assert (PACKAGING / f"{service['env_file']}.example").is_file()
        assert "PASSWORD" not in str(service.get("environment"))
