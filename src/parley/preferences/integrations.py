"""What is told to other systems, and where: settings of webhooks (contract/management.md §10)."""

from parley.audit.actor import Actor
from parley.db.tx import Tx
from parley.preferences.schemas import SaveIntegrations
from parley.preferences.service import Change, change_settings

_NAMES = {
    "LivechatWebhookUrl": "Livechat_webhookUrl",
    "LivechatSecretToken": "Livechat_secret_token",
    "LivechatHttpTimeout": "Livechat_http_timeout",
    "LivechatWebhookOnStart": "Livechat_webhook_on_start",
    "LivechatWebhookOnClose": "Livechat_webhook_on_close",
    "LivechatWebhookOnChatTaken": "Livechat_webhook_on_chat_taken",
    "LivechatWebhookOnChatQueued": "Livechat_webhook_on_chat_queued",
    "LivechatWebhookOnForward": "Livechat_webhook_on_forward",
    "LivechatWebhookOnOfflineMsg": "Livechat_webhook_on_offline_msg",
    "LivechatWebhookOnVisitorMessage": "Livechat_webhook_on_visitor_message",
    "LivechatWebhookOnAgentMessage": "Livechat_webhook_on_agent_message",
}
INTEGRATIONS = set(_NAMES.values())


async def change_integrations(tx: Tx, actor: Actor, wanted: SaveIntegrations) -> None:
    """Only what was sent is written. Raises Coded for a value."""
    sent = {name: getattr(wanted, key) for key, name in _NAMES.items()}
    changes = [
        Change(name, value.strip() if isinstance(value, str) else value)
        for name, value in sent.items()
        if value is not None
    ]
    if changes:
        await change_settings(tx, actor, changes)
