"""What the account routes answer with, key by key (contract/core.md §1.7, management.md §17).

Read by the API's own description only; no request decodes with these.
"""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from parley.web.paging import Listed

Status = Literal["online", "away", "busy", "offline"]


class EmailAddress(msgspec.Struct, forbid_unknown_fields=True):
    address: str
    verified: bool


class UserPhone(msgspec.Struct, forbid_unknown_fields=True):
    phoneNumber: str


class User(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A person. What a caller may not see of somebody else is left out.

    `statusLivechat` and what follows it stand on agents only; `statusDefault` is the status the
    person chose. Times are ISO dates in UTC.
    """

    id: str = msgspec.field(name="_id")
    username: str
    name: str
    type: Literal["user", "bot", "app"]
    active: bool
    status: Status
    emails: list[EmailAddress] | UnsetType = UNSET
    roles: list[str] | UnsetType = UNSET
    createdAt: str | UnsetType = UNSET
    updatedAt: str | UnsetType = msgspec.field(name="_updatedAt", default=UNSET)
    statusDefault: Status | UnsetType = UNSET
    statusConnection: Status | UnsetType = UNSET
    statusText: str | UnsetType = UNSET
    statusTextDefault: str | UnsetType = UNSET
    statusExpiresAt: str | UnsetType = UNSET
    nickname: str | UnsetType = UNSET
    bio: str | UnsetType = UNSET
    phone: list[UserPhone] | UnsetType = UNSET
    utcOffset: float | UnsetType = UNSET
    language: str | UnsetType = UNSET
    avatarETag: str | UnsetType = UNSET
    lastLogin: str | UnsetType = UNSET
    requirePasswordChange: bool | UnsetType = UNSET
    customFields: dict[str, Any] | UnsetType = UNSET
    canViewAllInfo: bool | UnsetType = UNSET
    statusLivechat: Literal["available", "not-available"] | UnsetType = UNSET
    livechatStatusSystemModified: bool | UnsetType = UNSET
    livechat: dict[str, Any] | UnsetType = UNSET
    openBusinessHours: list[str] | UnsetType = UNSET
    settings: "Preferences | UnsetType" = UNSET


class Preferences(msgspec.Struct, forbid_unknown_fields=True):
    profile: dict[str, Any]
    preferences: dict[str, Any]
    calendar: dict[str, Any]


class PasswordService(msgspec.Struct, forbid_unknown_fields=True):
    exists: bool


class SecondFactorService(msgspec.Struct, forbid_unknown_fields=True):
    enabled: bool


class Services(msgspec.Struct, forbid_unknown_fields=True):
    """How the person can log in; never a secret."""

    password: PasswordService
    totp: SecondFactorService | UnsetType = UNSET


class Me(User, kw_only=True):
    """The caller's own document; `email` is the first verified address."""

    email: str | UnsetType = UNSET
    settings: Preferences
    avatarUrl: str
    isOAuthUser: bool
    services: Services


class LoggedIn(msgspec.Struct, forbid_unknown_fields=True):
    """`authToken` goes into `X-Auth-Token`, `userId` into `X-User-Id`."""

    userId: str
    authToken: str
    me: Me


class Login(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["success"]
    data: LoggedIn


class LoggedOut(msgspec.Struct, forbid_unknown_fields=True):
    message: str


class Logout(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["success"]
    data: LoggedOut


class OneUser(msgspec.Struct, forbid_unknown_fields=True):
    user: User


class Permission(msgspec.Struct, forbid_unknown_fields=True):
    """A permission and the roles that hold it.

    Without `_updatedAt` it was never changed; `permissions.listAll` gives it the database's age.
    """

    id: str = msgspec.field(name="_id")
    roles: list[str]
    updatedAt: str | UnsetType = msgspec.field(name="_updatedAt", default=UNSET)


class Permissions(msgspec.Struct, forbid_unknown_fields=True):
    permissions: list[Permission]


class Token(msgspec.Struct, forbid_unknown_fields=True):
    """Told this once: only its hash is kept."""

    token: str


class TokenLine(msgspec.Struct, forbid_unknown_fields=True):
    """`lastTokenPart` is the end of the token, to tell it from others."""

    name: str
    createdAt: str
    lastTokenPart: str
    bypassTwoFactor: bool


class Tokens(msgspec.Struct, forbid_unknown_fields=True):
    tokens: list[TokenLine]


class SecondFactorState(msgspec.Struct, forbid_unknown_fields=True):
    """`recoveryCodes`: how many are left."""

    totp: bool
    recoveryCodes: int


class ProposedSecondFactor(msgspec.Struct, forbid_unknown_fields=True):
    """`url` is what an authenticator reads from a QR code."""

    secret: str
    url: str


class RecoveryCodes(msgspec.Struct, forbid_unknown_fields=True):
    """Each is good for one use, in place of a code; told this once."""

    codes: list[str]


class People(Listed):
    """What the caller may not see of them is left out."""

    users: list[User]


class StatusOf(msgspec.Struct, forbid_unknown_fields=True):
    """`connectionStatus` for oneself only; `statusExpiresAt` while the status ends by itself."""

    id: str = msgspec.field(name="_id")
    status: Status
    connectionStatus: Status | UnsetType = UNSET
    statusSource: Literal["manual"] | UnsetType = UNSET
    statusExpiresAt: str | UnsetType = UNSET


class PresenceOf(msgspec.Struct, forbid_unknown_fields=True):
    """`connectionStatus` and `lastLogin` for oneself only."""

    presence: Status
    connectionStatus: Status | UnsetType = UNSET
    lastLogin: str | UnsetType = UNSET


class Present(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str
    status: Status
    name: str | UnsetType = UNSET
    utcOffset: float | UnsetType = UNSET
    statusText: str | UnsetType = UNSET
    statusSource: Literal["manual"] | UnsetType = UNSET
    statusExpiresAt: str | UnsetType = UNSET
    avatarETag: str | UnsetType = UNSET


class Presences(msgspec.Struct, forbid_unknown_fields=True):
    """`full`: whoever is not in it is offline."""

    users: list[Present]
    full: bool


class StoredPreferences(msgspec.Struct, forbid_unknown_fields=True):
    """What the person has chosen; the rest is up to the client."""

    preferences: dict[str, Any]


class WhosePreferences(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    settings: StoredPreferences


class PreferencesSet(msgspec.Struct, forbid_unknown_fields=True):
    user: WhosePreferences


class Role(msgspec.Struct, forbid_unknown_fields=True):
    """`scope` is `Users`, or `Subscriptions` for a role that is held in a room."""

    id: str = msgspec.field(name="_id")
    name: str
    description: str
    protected: bool
    scope: Literal["Users", "Subscriptions"]
    mandatory2fa: bool


class Roles(msgspec.Struct, forbid_unknown_fields=True):
    roles: list[Role]


class OneRole(msgspec.Struct, forbid_unknown_fields=True):
    role: Role


class RolesOf(msgspec.Struct, forbid_unknown_fields=True):
    id: str = msgspec.field(name="_id")
    username: str
    roles: list[str]


class PublicRoles(msgspec.Struct, forbid_unknown_fields=True):
    users: list[RolesOf]


class ChangedPermissions(msgspec.Struct, forbid_unknown_fields=True):
    """`remove` is empty: no permission ever goes."""

    update: list[Permission]
    remove: list[Permission]
