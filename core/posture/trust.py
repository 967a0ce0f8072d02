"""What is too open, or keeps Lightly out, in the trust policy of a role that is made for Lightly. Pure.

What a document of an odd shape says is not known, and nothing is claimed of it; nor of whom a Deny may keep out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..aws.evaluation import (
    Asked,
    Known,
    NamedPolicy,
    Statement,
    action_matches,
    all_of,
    condition_parts,
    part_holds,
    statements_of,
    texts,
)
from ..aws.granted import names_of
from ..aws.statements import LIGHTLY_ACCOUNT, SESSION_SECONDS, account_of, is_root, name_of
from .rules import MADE_UP, Weakness, weakness

__all__ = ["posture_of_role"]

_ASSUMING = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
_OTHER_KINDS = {"Service": "the service", "Federated": "the identity provider"}
_OWN = "every user and role of the role's own account that may assume roles"
_EXTERNAL_ID = "sts:externalid"
_MFA = ("aws:multifactorauthpresent", "aws:multifactorauthage")


@dataclass(frozen=True, slots=True)
class _Named:
    """Whom a statement of a trust policy names, as far as that is understood."""

    lightly: bool = False
    anyone: bool = False
    foreign: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """Whom the statements that deny may keep out, for one action or another.

    `all` where that may be anybody; `whole` are the accounts that are named as such, `some` also those of which one
    user or role is; `others` are services and identity providers.
    """

    all: bool
    whole: frozenset[str]
    some: frozenset[str]
    others: frozenset[str]

    def without(self, named: _Named, account: str | None) -> _Named:
        """Leave out who may be kept out."""
        if self.all:
            return _Named()
        out = {*self.others, *([_OWN] if account in self.whole else [])}
        return _Named(
            named.lightly and LIGHTLY_ACCOUNT not in self.some,
            named.anyone and not self.whole,
            tuple(each for each in named.foreign if each not in self.some),
            tuple(each for each in named.others if each not in out),
        )


def posture_of_role(role_arn: str, trust: object, max_session: int | None) -> tuple[Weakness, ...]:
    """Say what is too open in a role for Lightly: its trust policy, and whether its sessions are long enough.

    `trust` is the parsed trust policy, None where it could not be read; `max_session` is in seconds, None likewise.
    Each rule speaks once. Never raises; no external ID is in what it says.
    """
    role = f"the role {(name_of(role_arn) or role_arn).removeprefix('role/')}"
    found = [*_of_trust(role, account_of(role_arn), trust)]
    if max_session is not None and max_session < SESSION_SECONDS:
        found.append(weakness("max-session-too-short", role=role, seconds=str(max_session)))
    once = {one.cause: one for one in reversed(found)}
    return tuple(one for one in found if once[one.cause] is one)


def _of_trust(role: str, account: str | None, trust: object) -> Iterator[Weakness]:
    statements, whole = statements_of([NamedPolicy("", trust)])
    allowing = [
        (number, one)
        for number, one in enumerate(statements, start=1)
        if one.effect == "Allow" and any(action_matches(one, action) for action in _ASSUMING)
    ]
    if not whole:
        return
    denying = [one for one in statements if one.effect == "Deny"]
    # Whoever is no user or role comes by other actions than AssumeRole.
    kept_out, kept_out_anyhow = _kept_out(denying, _ASSUMING[:1]), _kept_out(denying, _ASSUMING)
    asks_lightly = [one for _, one in allowing if kept_out.without(_named(one, account), account).lightly]
    without_lightly = all(_surely_without_lightly(one) for _, one in allowing)
    lightly = f"arn:aws:iam::{LIGHTLY_ACCOUNT}:root"
    mfa = bool(asks_lightly) and all(_asks_for_mfa(one) for one in asks_lightly)
    for number, one in allowing:
        named = kept_out.without(_named(one, account), account)
        others = kept_out_anyhow.without(_named(one, account), account).others
        title = f"statement {one.sid or f'number {number}'}"
        ours = action_matches(one, _ASSUMING[0]) is True
        if named.lightly and ours and _external_id_is_free(one):
            yield weakness("trust-without-external-id", role=role, statement=title)
        if named.lightly and ours and mfa:
            keys = dict.fromkeys(key for _, key, _ in condition_parts(one) or [] if key.lower() in _MFA)
            yield weakness("assume-role-mfa", role=role, statement=title, keys=names_of(keys))
        open_to_all = _has_no_condition_but_the_external_id(one)
        if named.anyone and ours and open_to_all:
            yield weakness("trust-anyone", role=role, statement=title, lightly=lightly)
        if named.foreign and ours and condition_parts(one) is not None:
            accounts = names_of(f"account {each}" for each in dict.fromkeys(named.foreign))
            if without_lightly:
                yield weakness("trust-foreign-only", role=role, statement=title, accounts=accounts, lightly=lightly)
            else:
                cause = "trust-foreign-account" if open_to_all else "trust-foreign-on-condition"
                yield weakness(cause, role=role, statement=title, accounts=accounts)
        if others and condition_parts(one) == []:
            yield weakness("trust-others", role=role, statement=title, others=names_of(others))


def _named(statement: Statement, account: str | None) -> _Named:
    """Read the Principal of a statement (IAM user guide, JSON policy elements, Principal)."""
    principal = statement.elements.get("Principal")
    if principal == "*":
        return _Named(anyone=True)
    if not isinstance(principal, Mapping) or "NotPrincipal" in statement.elements:
        return _Named()
    lightly = anyone = False
    foreign: list[str] = []
    others: list[str] = []
    for kind, value in principal.items():
        names = texts(value) or ()
        if kind in _OTHER_KINDS:
            others += [f"{_OTHER_KINDS[kind]} {name}" for name in names]
        for name in names if kind == "AWS" else ():
            its = _account_named(name)
            if name == "*":
                anyone = True
            elif its is None or (account is None and its != LIGHTLY_ACCOUNT):
                pass  # not known; also the ID that stands for a principal that was deleted
            elif its == LIGHTLY_ACCOUNT:
                lightly = True
            elif its != account:
                foreign.append(its)
            elif name == its or is_root(name):
                # A single user or role of one's own may be meant to check from here; the whole account is not.
                others.append(_OWN)
    return _Named(lightly, anyone, tuple(foreign), tuple(dict.fromkeys(others)))


def _kept_out(denying: Sequence[Statement], actions: Sequence[str]) -> _Kept:
    """Say whom these statements may keep out. Their conditions count as met: what is in a request is not known."""
    everybody = False
    whole: set[str] = set()
    some: set[str] = set()
    others: set[str] = set()
    for one in denying:
        if all(action_matches(one, action) is False for action in actions):
            continue
        principal = one.elements.get("Principal")
        if not isinstance(principal, Mapping) or "NotPrincipal" in one.elements:
            everybody = True
            continue
        for kind, value in principal.items():
            names = texts(value)
            if names is None or kind not in {"AWS", *_OTHER_KINDS}:
                everybody = True
            elif kind in _OTHER_KINDS:
                others |= {f"{_OTHER_KINDS[kind]} {name}" for name in names}
            for name in names or () if kind == "AWS" else ():
                its = _account_named(name)
                everybody |= its is None
                some |= {its} if its else set()
                whole |= {its} if its and (name == its or is_root(name)) else set()
    return _Kept(everybody, frozenset(whole), frozenset(some), frozenset(others))


def _account_named(name: str) -> str | None:
    """Read the account of a principal that is named by its ARN or by the account's number."""
    return name if name.isascii() and name.isdigit() and len(name) == 12 else account_of(name)


def _surely_without_lightly(statement: Statement) -> bool:
    """Tell whether a statement names accounts, services or the like of which none can be Lightly's."""
    principal = statement.elements.get("Principal")
    if not isinstance(principal, Mapping) or "NotPrincipal" in statement.elements:
        return False
    names = texts(principal.get("AWS", []))
    return names is not None and not any(name == "*" or LIGHTLY_ACCOUNT in name for name in names)


def _external_id_is_free(statement: Statement) -> bool:
    """Tell whether a request without an external ID, or with any, meets the condition on that."""
    parts = condition_parts(statement)
    if parts is None:
        return False
    on_it = [part for part in parts if part[1].lower() == _EXTERNAL_ID]

    def holds(external_id: str | None) -> Known:
        asked = Asked(_ASSUMING[0], "", context={_EXTERNAL_ID: external_id})
        return all_of(part_holds(statement, asked, *part) for part in on_it)

    return holds(None) is True or all(holds(each) is True for each in MADE_UP)


def _asks_for_mfa(statement: Statement) -> bool:
    """Tell whether a caller without MFA surely fails, whether its session says so or does not speak of it."""
    contexts: tuple[dict[str, str | None], ...] = (
        dict.fromkeys(_MFA),
        {"aws:multifactorauthpresent": "false", "aws:multifactorauthage": None},
    )
    parts = [part for part in condition_parts(statement) or [] if part[1].lower() in _MFA]
    return all(
        any(part_holds(statement, Asked(_ASSUMING[0], "", context=context), *part) is False for part in parts)
        for context in contexts
    )


def _has_no_condition_but_the_external_id(statement: Statement) -> bool:
    parts = condition_parts(statement)
    return parts is not None and all(key.lower() == _EXTERNAL_ID for _, key, _ in parts)
