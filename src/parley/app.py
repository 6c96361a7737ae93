"""The only file that knows all slices: it joins them to one ASGI application."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from parley import __version__, home, sealing
from parley.accounts.avatar import ROUTES as AVATARS
from parley.accounts.credential_routes import ROUTES as CREDENTIALS
from parley.accounts.identify import Identifier
from parley.accounts.people_routes import ROUTES as PEOPLE
from parley.accounts.reset_page import routes as reset_page
from parley.accounts.roles_routes import ROUTES as ROLES
from parley.accounts.routes import ROUTES as ACCOUNTS
from parley.accounts.second_factor import confirm
from parley.agents.business_hours.routes import ROUTES as BUSINESS_HOURS
from parley.agents.monitor_routes import ROUTES as MONITORS
from parley.agents.routes import ROUTES as AGENTS
from parley.audit.routes import ROUTES as AUDIT
from parley.canned_responses.routes import ROUTES as CANNED_RESPONSES
from parley.config import Config
from parley.contacts.routes import ROUTES as CONTACTS
from parley.conversations.contact_routes import ROUTES as CONTACT_CHANGES
from parley.conversations.hold.routes import ROUTES as HOLD
from parley.conversations.people_routes import ROUTES as CHANGED_PEOPLE
from parley.conversations.priorities.routes import ROUTES as PRIORITIES
from parley.conversations.queue.routes import ROUTES as QUEUE
from parley.conversations.room_routes import ROUTES as ROOM_ACTS
from parley.conversations.routes import ROUTES as CONVERSATIONS
from parley.conversations.sla.routes import ROUTES as SLA
from parley.conversations.speaker_routes import ROUTES as SPEAKERS
from parley.conversations.staff_routes import ROUTES as STAFF
from parley.conversations.transcripts.routes import ROUTES as TRANSCRIPTS
from parley.conversations.visitor_routes import ROUTES as OWN_VISITOR
from parley.db import Database
from parley.db.meta import set_mark
from parley.db.probe import Probe
from parley.departments.routes import ROUTES as DEPARTMENTS
from parley.departments.saving_routes import ROUTES as SAVED_DEPARTMENTS
from parley.departments.units.routes import ROUTES as UNITS
from parley.engagement import published_widget
from parley.engagement.outbound import ROUTES as OUTBOUND
from parley.engagement.routes import ROUTES as ENGAGEMENT
from parley.engagement.sounds import SOUNDS
from parley.engagement.trigger_routes import ROUTES as TRIGGERS
from parley.errors import Unavailable
from parley.history.routes import ROUTES as HISTORY
from parley.history.search.routes import ROUTES as SEARCH
from parley.integrations.email.routes import ROUTES as INBOXES
from parley.integrations.mailer.routes import ROUTES as MAILER
from parley.integrations.mailer.unsubscribe_page import routes as unsubscribe_page
from parley.integrations.routes import ROUTES as INTEGRATIONS
from parley.integrations.sms.routes import ROUTES as SMS
from parley.jobs.routes import ROUTES as JOBS
from parley.messages.change_routes import ROUTES as CHANGED_MESSAGES
from parley.messages.channel_routes import ROUTES as CHANNELS
from parley.messages.composer_routes import ROUTES as COMPOSER
from parley.messages.method_routes import ROUTES as METHODS
from parley.messages.pages_routes import ROUTES as PAGES
from parley.messages.routes import ROUTES as MESSAGES
from parley.messages.upload_routes import ROUTES as UPLOADS
from parley.messages.uploads.download import routes as downloads
from parley.metrics import Measured, Metrics
from parley.preferences.omnichannel_routes import ROUTES as APPEARANCE
from parley.preferences.routes import ROUTES as PREFERENCES
from parley.realtime import Realtime
from parley.realtime.routes import ROUTES as EVENTS
from parley.rooms.groups.routes import ROUTES as GROUPS
from parley.rooms.list_routes import ROUTES as ROOM_LISTS
from parley.rooms.routes import ROUTES as ROOMS
from parley.rooms.subscription_routes import ROUTES as SUBSCRIPTIONS
from parley.routing.routes import ROUTES as ROUTING
from parley.tags.routes import ROUTES as TAGS
from parley.traces import Traces
from parley.visitors.fields_routes import ROUTES as CUSTOM_FIELDS
from parley.visitors.reveal import reveal
from parley.visitors.routes import ROUTES as VISITORS
from parley.web.address import has_proxy_headers
from parley.web.api import NOT_FOUND, PLAIN, Api
from parley.web.description import Documentation
from parley.web.security import secured

ROUTES = [
    *ACCOUNTS,
    *CREDENTIALS,
    *PEOPLE,
    *ROLES,
    *PREFERENCES,
    *AUDIT,
    *JOBS,
    *DEPARTMENTS,
    *SAVED_DEPARTMENTS,
    *UNITS,
    *VISITORS,
    *CONTACTS,
    *CUSTOM_FIELDS,
    *AGENTS,
    *MONITORS,
    *BUSINESS_HOURS,
    *ROOMS,
    *ROOM_LISTS,
    *GROUPS,
    *SUBSCRIPTIONS,
    *ROUTING,
    *MESSAGES,
    *CHANGED_MESSAGES,
    *METHODS,
    *COMPOSER,
    *PAGES,
    *UPLOADS,
    *CHANNELS,
    *CONVERSATIONS,
    *ROOM_ACTS,
    *SPEAKERS,
    *QUEUE,
    *PRIORITIES,
    *SLA,
    *HOLD,
    *TRANSCRIPTS,
    *CONTACT_CHANGES,
    *OWN_VISITOR,
    *CHANGED_PEOPLE,
    *STAFF,
    *HISTORY,
    *SEARCH,
    *ENGAGEMENT,
    *TRIGGERS,
    *CANNED_RESPONSES,
    *TAGS,
    *OUTBOUND,
    *SMS,
    *INBOXES,
    *MAILER,
    *APPEARANCE,
    *INTEGRATIONS,
    *EVENTS,
]

DOCS = Documentation(ROUTES, __version__)

SPOKEN = "8.6"
"""The Rocket.Chat version whose API we speak: clients choose their calls by it."""

PROBE_SECONDS = 1.0
PROBE_WAITS = 5.0
"""Seconds for a database that hangs; whoever asks for readiness has given up by then."""


class Application(Measured):
    realtime: Realtime


def build_app(
    config: Config,
    db: Database,
    example: home.Example | None = None,
    traces: Traces | None = None,
) -> Application:
    """`example` is what the front page shows of the demo's history."""
    sealing.use(config.secret_key, config.data)
    metrics = Metrics(db, config.metrics_token)
    services = db if traces is None else traces.database(db)
    identify = Identifier(services)
    realtime = Realtime(config, db, identify)
    api = Api(
        ROUTES,
        identify,
        services,
        limited=not config.test_mode,
        trusted_proxy=config.trusted_proxy,
        finish=reveal,
        confirm=confirm,
        realtime=realtime,
    )

    async def settings() -> Mapping[str, Any]:
        return (await identify("", "")).settings

    dialect = _direct_only(api) if config.test_mode else api
    pages = Starlette(
        routes=[
            Route("/", home.page(example)),
            Route("/health/live", _live),
            Route("/health/ready", _readiness(db)),
            Route("/api/info", _info),
            Route("/metrics", _metrics(metrics)),
            Route("/api/docs", DOCS.page),
            Route("/api/docs/openapi.json", DOCS.openapi),
            *reset_page(db, config.trusted_proxy),
            *unsubscribe_page(services),
            *downloads(services, identify),
            *AVATARS,
            *SOUNDS,
            *published_widget.routes(config.widget, settings),
        ],
        exception_handlers={404: _not_found, 405: _not_found},
    )
    pages.router.redirect_slashes = False
    plain = secured(pages)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # Not a Mount: that matches the decoded path, and a visitor's token may hold a newline.
        if scope["type"] == "http" and scope["raw_path"].startswith(b"/api/v1/"):
            await dialect(scope, receive, send)
        elif scope["type"] == "websocket":
            # Beside the pages: their layers would stay in memory for as long as each socket.
            known = scope["path"] == "/websocket"
            await (realtime.ddp if known else WebSocketClose())(scope, receive, send)
        else:
            await plain(scope, receive, send)

    application = Application(app if traces is None else traces.serving(app), metrics)
    application.realtime = realtime
    return application


async def _live(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _readiness(db: Database) -> Callable[[Request], Awaitable[Response]]:
    """Ready is who can read and write: a probe a second at most, however often it is asked."""
    probe = Probe(lambda: _probe(db), keeps=PROBE_SECONDS, waits=PROBE_WAITS)

    async def ready(request: Request) -> Response:
        found = await probe() or {"read": False, "write": False}
        good = all(found.values())
        body = {"status": "ok" if good else "unavailable", "database": found}
        return JSONResponse(body, 200 if good else 503)

    return ready


async def _probe(db: Database) -> dict[str, bool]:
    return {"read": await _reads(db), "write": await _writes(db)}


async def _reads(db: Database) -> bool:
    try:
        await db.read(lambda q: q.value("SELECT version FROM policy"))
    except Unavailable:
        return False
    return True


async def _writes(db: Database) -> bool:
    try:
        await db.act(set_mark, "probe", str(time.time()))
    except Unavailable:
        return False
    return True


def _metrics(metrics: Metrics) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        # To whom it is not shown, it is not there.
        return await metrics.page() if metrics.may_read(request) else _nothing()

    return page


async def _info(request: Request) -> Response:
    return JSONResponse(
        {
            "version": SPOKEN,
            "parley": __version__,
            "minimumClientVersions": {"desktop": "3.9.6", "mobile": "4.39.0"},
            "success": True,
        },
        headers=_headers(PLAIN),
    )


async def _not_found(request: Request, error: Exception) -> Response:
    return _nothing()


def _nothing() -> Response:
    status, headers, text = NOT_FOUND
    return Response(text, status, _headers(headers))


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in raw}


def _direct_only(api: Api) -> ASGIApp:
    """Test mode's admin is known to all: a request that came over a proxy is not for it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if has_proxy_headers(dict(scope["headers"])):
            refusal = secured(PlainTextResponse("test mode answers no proxy", 403))
            await refusal(scope, receive, send)
        else:
            await api(scope, receive, send)

    return app
