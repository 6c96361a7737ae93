"""The providers there are, by the setting SMS_Service."""

from parley.integrations.sms.service import Service
from parley.integrations.sms.twilio import Twilio

SERVICES: dict[str, Service] = {"twilio": Twilio()}
