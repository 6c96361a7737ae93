"""What the widget's routes answer with (contract/core.md §5.1)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.agents.answers import AgentShown
from parley.engagement.schemas import Action, Condition
from parley.rooms.answers import Author, NoneYet, ServedBy
from parley.visitors.answers import VisitorEmail
from parley.web.paging import Listed


class WidgetSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`limitTextLength` is a number of characters, or false."""

    registrationForm: bool
    allowSwitchingDepartments: bool
    nameFieldRegistrationForm: bool
    emailFieldRegistrationForm: bool
    displayOfflineForm: bool
    videoCall: bool
    fileUpload: bool
    language: str
    transcript: bool
    historyMonitorType: Literal["url", "title"]
    forceAcceptDataProcessingConsent: bool
    showConnecting: bool
    agentHiddenInfo: bool
    clearLocalStorageWhenChatEnded: bool
    limitTextLength: int | bool
    hiddenSystemMessages: list[str]
    hideWatermark: bool
    visitorsCanCloseChat: bool


class TriggerTold(msgspec.Struct, forbid_unknown_fields=True):
    """A trigger, as far as a widget acts on it."""

    id: str = msgspec.field(name="_id")
    actions: list[Action]
    conditions: list[Condition]
    runOnce: bool


class Trigger(TriggerTold):
    name: str
    description: str
    enabled: bool
    updated_at: str = msgspec.field(name="_updatedAt")


class OneTrigger(msgspec.Struct, forbid_unknown_fields=True):
    trigger: Trigger | None


class Triggers(Listed):
    triggers: list[Trigger]


class Content(msgspec.Struct, forbid_unknown_fields=True):
    """A message; `order` is its place among them."""

    msg: str
    order: int


class ServiceResponse(msgspec.Struct, forbid_unknown_fields=True):
    """What the service said, or the fallback. `statusCode` is the service's, if it answered;
    `error` says, in a test, why it is the fallback.
    """

    contents: list[Content]
    statusCode: int | UnsetType = UNSET
    error: str | UnsetType = UNSET


class ServiceCalled(msgspec.Struct, forbid_unknown_fields=True):
    response: ServiceResponse


class ServiceTested(msgspec.Struct, forbid_unknown_fields=True):
    triggerId: Literal["test-trigger"]
    response: ServiceResponse


class OutboundProviders(msgspec.Struct, forbid_unknown_fields=True):
    """None: there are no apps."""

    providers: Annotated[list[Any], msgspec.Meta(max_length=0)]


class ActionLink(msgspec.Struct, forbid_unknown_fields=True):
    icon: str
    i18nLabel: str


class ActionLinks(msgspec.Struct, forbid_unknown_fields=True):
    jitsi: list[ActionLink]


class Theme(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    color: str
    offlineTitle: str
    offlineColor: str
    position: str
    background: str
    hideExpandChat: bool
    actionLinks: ActionLinks


class WidgetMessages(msgspec.Struct, forbid_unknown_fields=True):
    offlineMessage: str
    offlineSuccessMessage: str
    offlineUnavailableMessage: str
    conversationFinishedMessage: str
    conversationFinishedText: str
    transcriptMessage: str
    registrationFormMessage: str
    dataProcessingConsentText: str


class Survey(msgspec.Struct, forbid_unknown_fields=True):
    items: list[str]
    values: list[str]


class DepartmentOffered(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    name: str
    showOnRegistration: bool
    showOnOfflineForm: bool
    departmentsAllowedToForward: list[str] | UnsetType = UNSET


class FieldAsked(msgspec.Struct, forbid_unknown_fields=True):
    """A public custom field."""

    id: str = msgspec.field(name="_id")
    label: str
    scope: Literal["visitor", "room"]
    type: Literal["input", "select"] | UnsetType = UNSET
    regexp: str | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    defaultValue: str | UnsetType = UNSET
    options: str | UnsetType = UNSET


class Resources(msgspec.Struct, forbid_unknown_fields=True):
    sound: str
    emojis: NoneYet


class Guest(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str
    token: str
    name: str | UnsetType = UNSET
    visitorEmails: list[VisitorEmail] | UnsetType = UNSET
    department: str | UnsetType = UNSET


class RoomUnderWay(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    open: bool
    departmentId: str | UnsetType = UNSET
    servedBy: ServedBy | UnsetType = UNSET


class SaidInQueue(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    user: Author


class PlaceInQueue(msgspec.Struct, forbid_unknown_fields=True):
    """`spot` counts from 1; seconds are an estimate, and not there without anything to go by."""

    spot: int
    estimatedWaitTimeSeconds: int | UnsetType = UNSET
    message: SaidInQueue | UnsetType = UNSET


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """`enabled` alone where livechat is off; `guest`, `room`, `agent` for who is known, `queueInfo`
    for who waits.
    """

    enabled: bool
    settings: WidgetSettings | UnsetType = UNSET
    theme: Theme | UnsetType = UNSET
    messages: WidgetMessages | UnsetType = UNSET
    survey: Survey | UnsetType = UNSET
    triggers: list[TriggerTold] | UnsetType = UNSET
    departments: list[DepartmentOffered] | UnsetType = UNSET
    resources: Resources | UnsetType = UNSET
    customFields: list[FieldAsked] | UnsetType = UNSET
    online: bool | UnsetType = UNSET
    guest: Guest | UnsetType = UNSET
    room: RoomUnderWay | UnsetType = UNSET
    agent: AgentShown | UnsetType = UNSET
    queueInfo: PlaceInQueue | UnsetType = UNSET


class OneConfig(msgspec.Struct, forbid_unknown_fields=True):
    config: Config


class Routing(msgspec.Struct, forbid_unknown_fields=True):
    """What the routing method means to a client."""

    previewRoom: bool
    showConnecting: bool
    showQueue: bool
    showQueueLink: bool
    returnQueue: bool
    enableTriggerAction: bool
    autoAssignAgent: bool


class RoutingConfig(msgspec.Struct, forbid_unknown_fields=True):
    config: Routing


class OfflineMessageSent(msgspec.Struct, forbid_unknown_fields=True):
    message: str


class OfflineMessageLeft(msgspec.Struct, forbid_unknown_fields=True):
    """`to` is the address it is for; without `mailedAt` it waits to be mailed, or could not be."""

    id: str = msgspec.field(name="_id")
    name: str
    email: str
    message: str
    to: str
    ts: str
    updatedAt: str = msgspec.field(name="_updatedAt")
    department: str | UnsetType = UNSET
    host: str | UnsetType = UNSET
    mailedAt: str | UnsetType = UNSET


class OfflineMessages(Listed):
    messages: list[OfflineMessageLeft]
