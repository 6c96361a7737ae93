"""`/reset-password/<token>`: where a mail for a lost password leads. A form, no script."""

import html
from importlib.resources import files
from string import Template
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from parley.accounts.change_password import reset_password
from parley.audit.actor import LONGEST, Actor
from parley.db import Database
from parley.errors import Coded, Unavailable
from parley.web.address import client_address
from parley.web.security import policy

LARGEST_FORM = 16_384

_SOURCE = files(__package__).joinpath("reset.html").read_text()
_PAGE = Template(_SOURCE)
_FORM = """
<form method="post">
<label for="new">New password</label>
<input id="new" name="new" type="password" autocomplete="new-password" required>
<label for="again">The same again</label>
<input id="again" name="again" type="password" autocomplete="new-password" required>
<button>Change it</button>
</form>
"""
_HEADERS = {
    "content-security-policy": policy(_SOURCE, form_action="'self'"),
    "x-content-type-options": "nosniff",
    # The address holds the token.
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def routes(db: Database, trusted_proxy: str) -> list[Route]:
    async def reset(request: Request) -> Response:
        if request.method != "POST":
            return _page(form=True)
        given = await _given(request)
        if given is None or given.get("new", [""]) != given.get("again", [""]):
            return _page("These are not the same. Please type it twice.", form=True, status=400)
        headers = dict(request.scope["headers"])
        actor = Actor(
            "mail",
            address=client_address(request.scope, headers, trusted_proxy),
            agent=headers.get(b"user-agent", b"").decode("latin-1")[:LONGEST],
        )
        token = request.path_params["token"]
        try:
            await reset_password(db, actor, token, given.get("new", [""])[0])
        except Coded as refused:
            gone = refused.code == "error-token-expired"
            text = str(refused).rpartition(" [")[0]
            return _page(f"{text}.", form=not gone, status=400)
        except Unavailable:
            return _page("Not possible at the moment. Please try again.", form=True, status=503)
        return _page("Your password has been changed. You can log in with it now.")

    return [Route("/reset-password/{token}", reset, methods=["GET", "POST"])]


async def _given(request: Request) -> dict[str, list[str]] | None:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return None
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return None


def _page(said: str = "", *, form: bool = False, status: int = 200) -> Response:
    said = f'<p class="said" role="status">{html.escape(said)}</p>' if said else ""
    text = _PAGE.substitute(said=said, form=_FORM if form else "")
    return HTMLResponse(text, status, headers=_HEADERS)
