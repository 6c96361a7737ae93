"""Bodies of the account routes; fields stand in Rocket.Chat's order, which decides the sentence."""

from typing import Annotated, Any, Literal

import msgspec

from parley.web.paging import LARGEST, Paged

Short = Annotated[str, msgspec.Meta(max_length=255)]
Text = Annotated[str, msgspec.Meta(max_length=5000)]


class PasswordDigest(msgspec.Struct):
    """The password, already hashed by the client."""

    digest: str
    algorithm: Literal["sha-256"]


class LogIn(msgspec.Struct):
    """`user` is a username, or an address if it holds an `@`. With `resume` nothing else counts.
    `code` is of the second factor.
    """

    user: str | None = None
    password: str | PasswordDigest | None = None
    username: str | None = None
    email: str | None = None
    code: str | None = None
    resume: str | None = None


class CreateUser(msgspec.Struct, forbid_unknown_fields=True):
    email: Short
    name: Short
    username: Short
    password: Short = ""
    active: bool = True
    bio: Text | None = None
    nickname: Short | None = None
    statusText: Short | None = None
    roles: list[str] = []
    joinDefaultChannels: bool = True
    requirePasswordChange: bool | None = None
    setRandomPassword: bool = False
    sendWelcomeEmail: bool = False
    verified: bool = False
    customFields: dict[str, Any] | None = None


class SetStatus(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["online", "away", "offline", "busy"] | None = None
    message: Short | None = None
    userId: str | None = None
    username: str | None = None
    user: str | None = None
    expiresAt: Short | None = None


class Grant(msgspec.Struct, rename={"id": "_id"}):
    id: str
    roles: list[str]


class UpdateGrants(msgspec.Struct, forbid_unknown_fields=True):
    permissions: list[Grant]


class OwnBasicInfo(msgspec.Struct, forbid_unknown_fields=True):
    """`currentPassword`, plain or as hex sha-256, is needed for another password or e-mail."""

    email: Short | None = None
    newPassword: Short | None = None
    currentPassword: Short | None = None
    nickname: Short | None = None
    bio: Text | None = None
    username: Short | None = None
    name: Short | None = None
    statusType: Literal["online", "away", "offline", "busy"] | None = None
    statusText: Short | None = None


class UpdateOwnBasicInfo(msgspec.Struct, forbid_unknown_fields=True):
    data: OwnBasicInfo
    customFields: dict[str, Any] | None = None


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    tokenName: Short
    bypassTwoFactor: bool = False


class TokenName(msgspec.Struct, forbid_unknown_fields=True):
    tokenName: Short


class LostPassword(msgspec.Struct, forbid_unknown_fields=True):
    email: Short


class ResetPassword(msgspec.Struct, forbid_unknown_fields=True):
    """`token` is the end of the link that was mailed."""

    token: Short
    newPassword: Annotated[str, msgspec.Meta(max_length=1000)]


class Code(msgspec.Struct, forbid_unknown_fields=True):
    """Of the second factor: six digits, or a recovery code."""

    code: Short


class WhoseSecondFactor(msgspec.Struct, forbid_unknown_fields=True):
    """Nobody named: one's own."""

    userId: str | None = None
    username: str | None = None
    user: str | None = None


class WhichPerson(msgspec.Struct, forbid_unknown_fields=True):
    """Exactly one of the first four. `includeUserRooms` is accepted; rooms are not listed."""

    userId: str | None = None
    username: str | None = None
    importId: str | None = None
    email: str | None = None
    includeUserRooms: str | None = None


class Whose(msgspec.Struct, forbid_unknown_fields=True):
    """Nobody named: one's own."""

    userId: str | None = None
    username: str | None = None
    user: str | None = None


class ListPeople(Paged):
    """`email` is a whole address; `fields` and `query` are accepted and ignored."""

    email: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    fields: str | None = None
    query: str | None = None


class WhoIsPresent(msgspec.Struct, forbid_unknown_fields=True):
    """`ids` may be repeated, or hold commas; `from` is a date."""

    since: str | None = msgspec.field(name="from", default=None)
    ids: str | list[str] | None = None


class LogOutPerson(msgspec.Struct):
    """Without `userId` oneself."""

    userId: str | None = None


class ListInRole(Paged, kw_only=True):
    """`roomId` is for the roles that are held in a room."""

    role: str
    roomId: str | None = None
    query: str | None = None


class ListPermissions(msgspec.Struct, forbid_unknown_fields=True):
    """`updatedSince` is a date."""

    updatedSince: str | None = None


Word = Annotated[str, msgspec.Meta(max_length=100)]
Measure = Annotated[float, msgspec.Meta(ge=-LARGEST, le=LARGEST)]


class Warned(msgspec.Struct, forbid_unknown_fields=True):
    """A warning not to be shown again."""

    action: Word
    label: Word


class Tried(msgspec.Struct, forbid_unknown_fields=True):
    """A feature that is tried before it is for all."""

    name: Word
    value: bool


class PreferenceFields(msgspec.Struct, forbid_unknown_fields=True):
    """All mean something to clients only. A null takes the stored one away."""

    newRoomNotification: Word | None = None
    newMessageNotification: Word | None = None
    clockMode: Measure | None = None
    useEmojis: bool | None = None
    convertAsciiEmoji: bool | None = None
    alsoSendThreadToChannel: Literal["default", "always", "never"] | None = None
    saveMobileBandwidth: bool | None = None
    collapseMediaByDefault: bool | None = None
    autoImageLoad: bool | None = None
    emailNotificationMode: Word | None = None
    unreadAlert: bool | None = None
    notificationsSoundVolume: Measure | None = None
    masterVolume: Measure | None = None
    voipRingerVolume: Measure | None = None
    desktopNotifications: Word | None = None
    pushNotifications: Word | None = None
    enableAutoAway: bool | None = None
    highlights: Annotated[list[Word], msgspec.Meta(max_length=100)] | None = None
    showThreadsInMainChannel: bool | None = None
    desktopNotificationRequireInteraction: bool | None = None
    messageViewMode: Measure | None = None
    hideUsernames: bool | None = None
    hideRoles: bool | None = None
    displayAvatars: bool | None = None
    hideFlexTab: bool | None = None
    sendOnEnter: Word | None = None
    language: Word | None = None
    sidebarShowFavorites: bool | None = None
    sidebarShowUnread: bool | None = None
    sidebarSortby: Word | None = None
    sidebarViewMode: Word | None = None
    sidebarDisplayAvatar: bool | None = None
    sidebarGroupByType: bool | None = None
    muteFocusedConversations: bool | None = None
    dontAskAgainList: Annotated[list[Warned], msgspec.Meta(max_length=100)] | None = None
    featuresPreview: Annotated[list[Tried], msgspec.Meta(max_length=100)] | None = None
    themeAppearence: Word | None = None
    fontSize: Word | None = None
    receiveLoginDetectionEmail: bool | None = None
    notifyCalendarEvents: bool | None = None
    idleTimeLimit: Measure | None = None
    omnichannelTranscriptEmail: bool | None = None
    omnichannelTranscriptPDF: bool | None = None
    omnichannelHideConversationAfterClosing: bool | None = None
    enableMobileRinging: bool | None = None
    mentionsWithSymbol: bool | None = None
    utcOffset: Annotated[float, msgspec.Meta(ge=-24, le=24)] | None = None


class SetPreferences(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody else's with `edit-other-user-info`."""

    data: PreferenceFields
    userId: str | None = None
