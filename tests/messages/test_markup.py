"""The md tree: recorded trees replayed, examples of each rule, and what we chose otherwise.

In markup_vectors.json a message has the options that are `on`; markup_examples.json holds for the
options of a new server.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from parley.messages.markup import Options, options, parse, urls
from parley.preferences.service import DEFAULTS
from tests.clock import Clock
from tests.messages.compact import compact
from tests.office import Office

SWITCHES = ("emoticons", "colors", "katex_parenthesis", "katex_dollar")


def load(file: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name(file).read_text("utf-8"))
    return found


VECTORS = load("markup_vectors.json")
EXAMPLES = load("markup_examples.json")


def name(case: dict[str, Any]) -> str:
    return repr(case["msg"])[:40]


@pytest.mark.parametrize("case", VECTORS, ids=map(name, VECTORS))
def test_recorded_trees(case: dict[str, Any], clock: Clock) -> None:
    if "now" in case:
        clock.at = datetime.fromisoformat(case["now"])
    on = {switch: switch in case.get("on", []) for switch in SWITCHES}
    custom = frozenset(case.get("custom_domains", []))
    assert compact(parse(case["msg"], Options(**on, custom_domains=custom))) == case["md"]


@pytest.mark.parametrize("case", EXAMPLES, ids=map(name, EXAMPLES))
def test_examples(case: dict[str, Any]) -> None:
    assert compact(parse(case["msg"])) == case["md"]


def line(msg: str) -> Any:
    (only,) = compact(parse(msg))
    return only


@pytest.mark.parametrize("msg", ["javascript:alert(1)", "JavaScript://a.com/%0aalert(1)", "data:x"])
def test_no_link_or_image_runs_a_script(msg: str) -> None:
    for written in (msg, f"[t]({msg})", f"![t]({msg})", f"<{msg}|t>"):
        tree = json.dumps(parse(written))
        assert '"IMAGE"' not in tree
        assert not [u for u in urls(parse(written)) if not u["url"].startswith("//")]


@pytest.mark.parametrize(
    ("msg", "md"),
    [
        (
            "a.co/b?to=https://c.co",
            [{"LINK": {"src": "//a.co/b?to=https://c.co", "label": ["a.co/b?to=https://c.co"]}}],
        ),
        ("mailto:a@b.local", ["mailto:a@b.local"]),
        ("*a@@b*", [{"BOLD": ["a@@b"]}]),
        ("<t:25:00>", ["<t:25:00>"]),
        ("<t:2024-02-30T10:00:00>", ["<t:2024-02-30T10:00:00>"]),
        ("1234567890123456. a", ["1234567890123456. a"]),
    ],
)
def test_what_we_chose_otherwise(msg: str, md: list[Any]) -> None:
    assert line(msg) == md


def test_a_moment_after_2038_is_that_moment() -> None:
    (stamp,) = line("<t:2040-01-01T00:00:00+00:00>")
    assert stamp["TIMESTAMP"]["value"]["timestamp"] == "2208988800"


def test_options_are_the_settings() -> None:
    assert options(DEFAULTS) == Options()
    changed = DEFAULTS | {
        "HexColorPreview_Enabled": False,
        "Katex_Dollar_Syntax": True,
        "Katex_Parenthesis_Syntax": False,
        "Message_CustomDomain_AutoLink": " Intranet, ,local",
    }
    custom = frozenset({"intranet", "local"})
    assert options(changed) == Options(
        colors=False, katex_dollar=True, katex_parenthesis=False, custom_domains=custom
    )
    off = options(changed | {"Katex_Enabled": False})
    assert (off.katex_dollar, off.katex_parenthesis) == (False, False)


async def test_the_settings_reach_what_people_write(office: Office) -> None:
    agent, visitor = await office.agent(), await office.visitor()
    room = (await visitor.room())["_id"]
    msg = "color:#fa8 $x$ tool.local"
    before = await visitor.say(room, msg)
    assert [node["type"] for node in before["md"][0]["value"]] == ["PLAIN_TEXT"]
    msg = "$x$ tool.local color:#fa8"
    await office.setting("Katex_Dollar_Syntax", True)
    await office.setting("Message_CustomDomain_AutoLink", "local")
    sent = (await agent.post("chat.sendMessage", message={"rid": room, "msg": msg}))["message"]
    formula, blank, link, blank_again, color = compact(sent["md"][0])
    assert (formula, blank, blank_again) == ({"INLINE_KATEX": "x"}, " ", " ")
    assert sent["urls"] == [{"url": link["LINK"]["src"], "meta": {}}]
    assert color.keys() == {"COLOR"}
    await office.setting("HexColorPreview_Enabled", False)
    assert compact((await visitor.say(room, msg))["md"][0])[-1] == " color:#fa8"


def test_urls_are_listed_once_in_order() -> None:
    md = parse("https://a.com github.com\n> *x* a@b.co [x](https://a.com) ||+1234567||")
    found = ["https://a.com", "//github.com", "mailto:a@b.co", "tel:1234567"]
    assert urls(md) == [{"url": url, "meta": {}} for url in found]
    assert urls(parse("none here ![](https://a.com/b.png)")) == []
