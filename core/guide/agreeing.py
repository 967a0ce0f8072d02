"""How somebody agrees to a change in AWS: the administrator's profile that is asked for, and the account ID typed."""

from __future__ import annotations

from .fields import Choice, Option, Text

__all__ = ["account_field", "account_problem", "head_in_short", "mfa_code_problem", "mfa_code_wanted", "profile_field"]

_MOST_OPTIONS = 6
_HEAD = ("Account", "Alias", "Caller", "Partition")
_CODE_LENGTH = 6


def profile_field(name: str, profiles: tuple[str, ...], chosen: str) -> Choice | Text:
    """Ask for a profile: of those that are known, where these are a few; `chosen` is the one of before, if any."""
    label = "AWS profile"
    if not profiles or len(profiles) > _MOST_OPTIONS or (chosen and chosen not in profiles):
        note = f"here: {', '.join(profiles[:4])}" if profiles else "as in ~/.aws/config"
        return Text(name=name, label=label, value=chosen, placeholder="default", note=note)
    likely = next((each for each in profiles if "admin" in each.lower()), profiles[0])
    options = tuple(Option(each, each) for each in profiles)
    return Choice(name=name, label=label, options=options, value=chosen or likely)


def head_in_short(head: tuple[str, ...]) -> tuple[str, ...]:
    """Say in two lines what the first four of a plan say: account ID, alias, caller and partition."""
    words = [line.split(maxsplit=1) for line in head[: len(_HEAD)]]
    if tuple(each[0] for each in words if len(each) > 1) != _HEAD:
        return head
    account, alias, caller, partition = (each[1] for each in words)
    where = f"Account    {account} (alias {alias}) in partition {partition}"
    return (where, f"As         {caller}", *head[len(_HEAD) :])


def mfa_code_problem(code: str) -> str | None:
    """Say what is wrong with a code that was typed: empty is one that was not (AWS IAM User Guide, MFA: six digits)."""
    if not code or (code.isascii() and code.isdigit() and len(code) == _CODE_LENGTH):
        return None
    return "An MFA code has six digits. Enter the one that your device shows now."


def mfa_code_wanted(*, refused: bool) -> str:
    """Ask for a code. `refused`: AWS did not take the last one."""
    return f"{'AWS did not take this code. ' if refused else ''}Enter the code that your MFA device shows now."


def account_field(account_id: str) -> Text:
    """Ask for the account ID of a plan, typed to agree to it."""
    note = f"of {account_id}"
    return Text(name="account", label="Account ID to agree", value="", placeholder="12 digits", note=note, pinned=True)


def account_problem(typed: str, account_id: str) -> str | None:
    """Say why an account ID that was typed does not agree to a plan. Hyphens and spaces, as consoles show them, may be
    in it.
    """
    account = "".join(each for each in typed if each != "-" and not each.isspace())
    if account == account_id:
        return None
    if not account:
        return "Type the account ID to agree to the plan."
    return f"This is not the account of the plan, which is {account_id}. Type that one, or choose another profile."
