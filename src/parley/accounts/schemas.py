"""Bodies of the account routes; fields stand in Rocket.Chat's order, which decides the sentence."""

from typing import Annotated, Any, Literal

import msgspec

Short = Annotated[str, msgspec.Meta(max_length=255)]
Text = Annotated[str, msgspec.Meta(max_length=5000)]


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


class Grant(msgspec.Struct, rename={"id": "_id"}):
    id: str
    roles: list[str]


class UpdateGrants(msgspec.Struct, forbid_unknown_fields=True):
    permissions: list[Grant]
