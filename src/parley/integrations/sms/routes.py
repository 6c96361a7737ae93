from parley.db import Database
from parley.errors import Busy, ParleyError, Refused, Unavailable
from parley.integrations.sms.incoming import take_in
from parley.integrations.sms.providers import SERVICES
from parley.integrations.sms.schemas import SmsQuery, TwilioForm
from parley.web.route import Call, Dialect, Route


async def sms_incoming(db: Database, call: Call) -> str:
    """An SMS that the provider tells of: the message of a visitor known by their number.

    The request carries the provider's signature. What cannot be taken in is told to the provider,
    who tells the sender.
    """
    settings, named = call.caller.settings, call.path["service"]
    service = SERVICES.get(named)
    if service is None or named != settings["SMS_Service"]:
        raise Refused("Invalid service")
    if not settings["SMS_Enabled"]:
        raise Refused("error-sms-service-disabled")
    fields = {key: value for key, value in call.raw.items() if isinstance(value, str)}
    if not service.is_genuine(settings, call.target, fields, call.header(service.header)):
        raise Refused("Invalid request")
    sms = service.read(fields)
    try:
        await take_in(db, service, sms, call.query.department or "", settings)
    except (Unavailable, Busy):
        raise  # the provider tries again
    except ParleyError as refused:
        return service.answer(str(refused))
    return service.answer()


ROUTES = [
    Route(
        "POST",
        "/api/v1/livechat/sms-incoming/:service",
        sms_incoming,
        Dialect.L,
        query=SmsQuery,
        reads=TwilioForm,
        text="text/xml",
    ),
]
