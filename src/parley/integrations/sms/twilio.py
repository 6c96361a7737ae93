"""Twilio: its form fields, its signature, its way to send."""

import hmac
import math
from base64 import b64encode
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

import msgspec

from parley.errors import Refused
from parley.integrations.sms.service import Fields, Media, Outgoing, Settings, Sms
from parley.jobs import GiveUp
from parley.outgoing import NotAsked, networks, post

MOST_MEDIA = 10
SECONDS = 15.0
MOST_BYTES = 65_536
_TRY_AGAIN = {408, 425, 429}


class Twilio:
    longest = 1600
    header = "x-twilio-signature"

    def is_genuine(self, settings: Settings, target: str, fields: Fields, signature: str) -> bool:
        token, site = settings["SMS_Twilio_authToken"], settings["Site_Url"]
        if not token or not site:
            return False
        signed = str(site).rstrip("/") + target + "".join(k + fields[k] for k in sorted(fields))
        right = b64encode(hmac.digest(str(token).encode(), signed.encode(), "sha1"))
        return hmac.compare_digest(right, signature.encode("latin-1"))

    def read(self, fields: Fields) -> Sms:
        sender, to = fields.get("From", "").strip(), fields.get("To", "").strip()
        if not sender or not to or "Body" not in fields:
            raise Refused("Invalid data")
        places = {key: fields.get(f"From{key.title()}", "").strip() for key in _PLACES}
        return Sms(
            fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid") or "",
            sender,
            to,
            fields["Body"],
            _media(fields),
            _location(fields),
            {key: value for key, value in places.items() if value},
        )

    def answer(self, reason: str = "") -> str:
        inner = f"<Message>{escape(reason)}</Message>" if reason else ""
        return f"<Response>{inner}</Response>"

    def login(self, settings: Settings, url: str) -> dict[str, str]:
        """Only for Twilio itself: where its links lead on to, nobody needs our password."""
        if urlsplit(url).netloc != urlsplit(_api(settings)).netloc:
            return {}
        account = f"{settings['SMS_Twilio_Account_SID']}:{settings['SMS_Twilio_authToken']}"
        return {"Authorization": f"Basic {b64encode(account.encode()).decode()}"}

    async def send(self, settings: Settings, message: Outgoing) -> None:
        sid = quote(str(settings["SMS_Twilio_Account_SID"]), safe="")
        url = f"{_api(settings)}/2010-04-01/Accounts/{sid}/Messages.json"
        form = [("From", message.sender), ("To", message.to), ("Body", message.body)]
        form += [("MediaUrl", link) for link in message.media]
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        reply = await post(
            url,
            urlencode(form).encode(),
            kind | self.login(settings, url),
            allowed=networks(settings["SMS_Private_Addresses"]),
            seconds=SECONDS,
            most_bytes=MOST_BYTES,
        )
        if reply.status in _TRY_AGAIN or reply.status >= 500:
            raise NotAsked(f"Twilio answers with status {reply.status}")
        if not 200 <= reply.status < 300:
            raise GiveUp(f"Twilio refuses the message: status {reply.status}{_code(reply.body)}")


_PLACES = ("country", "state", "city", "zip")


def _api(settings: Settings) -> str:
    return str(settings["SMS_Twilio_API_URL"] or "").rstrip("/")


class _Refusal(msgspec.Struct):
    code: int


def _code(body: bytes) -> str:
    """Twilio's number for what was wrong: its words may quote the number that was called."""
    try:
        return f", code {msgspec.json.decode(body, type=_Refusal).code}"
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _media(fields: Fields) -> list[Media]:
    number = fields.get("NumMedia", "0")
    count = min(int(number), MOST_MEDIA) if number.isascii() and number.isdigit() else 0
    found = ((fields.get(f"MediaUrl{n}"), fields.get(f"MediaContentType{n}")) for n in range(count))
    return [Media(url, kind or "") for url, kind in found if url]


def _location(fields: Fields) -> tuple[float, float] | None:
    try:
        latitude, longitude = float(fields["Latitude"]), float(fields["Longitude"])
    except (KeyError, ValueError):
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    return (longitude, latitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
