"""`/mailer/unsubscribe/<user id>/<key>`: where the link in a mailing leads. A form, no script.

Reading the page changes nothing: mail servers look at the links of a mail. Mail programs post to it
(RFC 8058).
"""

from importlib.resources import files
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from parley.db import Database
from parley.errors import Unavailable
from parley.integrations.mailer.service import is_key_of, unsubscribe
from parley.sealing import NoKey
from parley.web.security import policy

_SOURCE = files(__package__).joinpath("unsubscribe.html").read_text()
_PAGE = Template(_SOURCE)
_FORM = '<form method="post"><button>Unsubscribe</button></form>'
_HEADERS = {"content-security-policy": policy(_SOURCE, form_action="'self'")}


def routes(db: Database) -> list[Route]:
    async def leave(request: Request) -> Response:
        user_id, key = request.path_params["user_id"], request.path_params["key"]
        try:
            if not is_key_of(user_id, key):
                return _page("This link is not one of ours.", status=404)
            if request.method != "POST":
                return _page("Do you want no more announcements by mail?", form=True)
            await db.act(unsubscribe, user_id)
        except (NoKey, Unavailable):
            return _page("Not possible at the moment. Please try again.", status=503)
        return _page("You will get no more announcements by mail.")

    return [Route("/mailer/unsubscribe/{user_id}/{key}", leave, methods=["GET", "POST"])]


def _page(said: str, *, form: bool = False, status: int = 200) -> Response:
    text = _PAGE.substitute(said=said, form=_FORM if form else "")
    return HTMLResponse(text, status, headers=_HEADERS)
