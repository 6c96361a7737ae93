from typing import Any

from parley.accounts import second_factor, tokens
from parley.accounts.answers import (
    OneUser,
    ProposedSecondFactor,
    RecoveryCodes,
    SecondFactorState,
    Token,
    Tokens,
)
from parley.accounts.change_password import reset_password
from parley.accounts.credential_store import second_factor as held_factor
from parley.accounts.own_profile import update_own
from parley.accounts.reset_mail import ask_for_reset
from parley.accounts.schemas import (
    Code,
    LostPassword,
    NewToken,
    ResetPassword,
    TokenName,
    UpdateOwnBasicInfo,
    WhoseSecondFactor,
)
from parley.accounts.service import chosen_person
from parley.accounts.store import end_sessions
from parley.audit.actor import by
from parley.db import Database
from parley.web.answers import Done
from parley.web.route import LOGIN, Call, Dialect, Route


async def own_basic_info(db: Database, call: Call) -> dict[str, Any]:
    """Changes one's own names, e-mail address, status text and password."""
    return {"user": await update_own(db, by(call), call.caller, call.body)}


async def forgot_password(db: Database, call: Call) -> dict[str, Any]:
    """Mails a link to choose another password; the answer is the same for an unknown address."""
    await ask_for_reset(db, call.caller.settings, call.body.email)
    return {}


async def password_reset(db: Database, call: Call) -> dict[str, Any]:
    """Sets a password by the token of a mailed link, once (ours; there a DDP method)."""
    await reset_password(db, by(call), call.body.token, call.body.newPassword)
    return {}


async def other_tokens(db: Database, call: Call) -> dict[str, Any]:
    """Ends the caller's other sessions; personal access tokens stay."""
    await db.act(end_sessions, call.caller.user_id, but=call.caller.token_hash)
    return {}


async def token_generate(db: Database, call: Call) -> dict[str, Any]:
    """Makes a personal access token, which is told this once."""
    new: NewToken = call.body
    token = await db.act(tokens.generate, by(call), call.caller, new.tokenName, new.bypassTwoFactor)
    return {"token": token}


async def token_regenerate(db: Database, call: Call) -> dict[str, Any]:
    """Replaces a personal access token by another of the same name."""
    return {"token": await db.act(tokens.regenerate, by(call), call.caller, call.body.tokenName)}


async def token_list(db: Database, call: Call) -> dict[str, Any]:
    """The caller's personal access tokens, without the tokens themselves."""
    return {"tokens": await db.read(tokens.all_of, call.caller)}


async def token_remove(db: Database, call: Call) -> dict[str, Any]:
    """Removes a personal access token: it no longer works."""
    await db.act(tokens.remove, by(call), call.caller, call.body.tokenName)
    return {}


async def factor_state(db: Database, call: Call) -> dict[str, Any]:
    """Whether the caller has a second factor, and how many recovery codes are left (ours)."""
    held = await db.read(held_factor, call.caller.user_id)
    enabled = held is not None and held.enabled
    return {"totp": enabled, "recoveryCodes": len(held.recovery) if held and enabled else 0}


async def factor_propose(db: Database, call: Call) -> dict[str, Any]:
    """Proposes a secret for an authenticator; in force once a code of it was shown (ours)."""
    return await db.act(second_factor.propose, call.caller)


async def factor_confirm(db: Database, call: Call) -> dict[str, Any]:
    """Puts the proposed second factor in force; tells the recovery codes this once (ours)."""
    codes = await db.act(second_factor.confirm_proposal, by(call), call.caller, call.body.code)
    return {"codes": codes}


async def factor_disable(db: Database, call: Call) -> dict[str, Any]:
    """Gives up the second factor, against a code of it (ours)."""
    await db.act(second_factor.try_a_code, call.caller.user_id)
    await db.act(second_factor.disable, by(call), call.caller, call.body.code)
    return {}


async def factor_codes(db: Database, call: Call) -> dict[str, Any]:
    """Makes new recovery codes, against a code; the old ones no longer work (ours)."""
    await db.act(second_factor.try_a_code, call.caller.user_id)
    codes = await db.act(second_factor.new_recovery_codes, by(call), call.caller, call.body.code)
    return {"codes": codes}


async def factor_reset(db: Database, call: Call) -> dict[str, Any]:
    """Takes the second factor from somebody who lost it; their sessions end."""
    whose: WhoseSecondFactor = call.body
    user = await db.read(
        chosen_person,
        call.caller,
        whose.userId,
        whose.username or whose.user,
        "edit-other-user-totp",
    )
    await db.act(second_factor.reset, by(call), user)
    return {}


_T = Dialect.T
ROUTES = [
    Route(
        "POST",
        "/api/v1/users.updateOwnBasicInfo",
        own_basic_info,
        _T,
        LOGIN,
        body=UpdateOwnBasicInfo,
        answer=OneUser,
        second_factor=True,
    ),
    Route(
        "POST",
        "/api/v1/users.forgotPassword",
        forgot_password,
        _T,
        body=LostPassword,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/users.resetPassword",
        password_reset,
        _T,
        body=ResetPassword,
        answer=Done,
    ),
    Route("POST", "/api/v1/users.removeOtherTokens", other_tokens, _T, LOGIN, answer=Done),
    Route(
        "POST",
        "/api/v1/users.generatePersonalAccessToken",
        token_generate,
        _T,
        LOGIN,
        body=NewToken,
        answer=Token,
        second_factor=True,
    ),
    Route(
        "POST",
        "/api/v1/users.regeneratePersonalAccessToken",
        token_regenerate,
        _T,
        LOGIN,
        body=TokenName,
        answer=Token,
        second_factor=True,
    ),
    Route(
        "GET",
        "/api/v1/users.getPersonalAccessTokens",
        token_list,
        _T,
        LOGIN,
        answer=Tokens,
    ),
    Route(
        "POST",
        "/api/v1/users.removePersonalAccessToken",
        token_remove,
        _T,
        LOGIN,
        body=TokenName,
        answer=Done,
        second_factor=True,
    ),
    Route("GET", "/api/v1/users.2fa.status", factor_state, _T, LOGIN, answer=SecondFactorState),
    Route(
        "POST",
        "/api/v1/users.2fa.enableTOTP",
        factor_propose,
        _T,
        LOGIN,
        answer=ProposedSecondFactor,
    ),
    Route(
        "POST",
        "/api/v1/users.2fa.validateTOTP",
        factor_confirm,
        _T,
        LOGIN,
        body=Code,
        answer=RecoveryCodes,
    ),
    Route(
        "POST",
        "/api/v1/users.2fa.disableTOTP",
        factor_disable,
        _T,
        LOGIN,
        body=Code,
        answer=Done,
    ),
    Route(
        "POST",
        "/api/v1/users.2fa.regenerateCodes",
        factor_codes,
        _T,
        LOGIN,
        body=Code,
        answer=RecoveryCodes,
    ),
    Route(
        "POST",
        "/api/v1/users.resetTOTP",
        factor_reset,
        _T,
        LOGIN,
        body=WhoseSecondFactor,
        answer=Done,
        second_factor=True,
    ),
]
