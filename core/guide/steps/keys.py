"""Step Keys: the access key that Lightly will use, checked as soon as it is confirmed."""

from __future__ import annotations

import shlex
from dataclasses import replace

from ...access import AWS_KEY_ID, Secret, UserAccess, is_key_id
from ...lights.states import CheckReport
from ...lights.target import Target
from ...needs import Needs
from ..fields import Field, Info, Problem, Problems, Raw, SecretText, Text
from ..requests import Check, Request
from ..state import Answers, Hints, State
from .bucket import region_of
from .step import Part, Step, text_of
from .typed import token_problem, trim

__all__ = ["STEP", "check_request", "checked", "looks_swapped", "public_key_id"]

_SECRET_LENGTH = 40
_IDENTITIES = {"AIDA": "a user", "AROA": "a role"}


def check_request(state: State) -> Check | None:
    """Return the check of the confirmed access, or None while key or region is missing."""
    answers = state.answers
    region = region_of(state)
    if answers.access is None or not answers.access.secret_access_key or answers.location is None or region is None:
        return None
    return Check(
        Target(
            location=answers.location,
            access=answers.access,
            region=region,
            endpoint_url=answers.given.endpoint_url,
            required=(answers.needs or Needs()).operations,
        ),
        options=state.asking,
    )


def checked(state: State) -> CheckReport | None:
    """Return what the check of the confirmed access has found, or None."""
    request = check_request(state)
    return state.facts.get(request, CheckReport) if request else None


def public_key_id(state: State) -> str | None:
    """Return the key ID where it surely is one, and may stand in files; else it may be a secret in the wrong field."""
    access, of_aws = state.answers.access, state.answers.given.endpoint_url is None
    if access is None or not is_key_id(access.access_key_id, of_aws=of_aws):
        return None
    return None if Secret(access.access_key_id) == access.secret_access_key else access.access_key_id


def looks_swapped(access: UserAccess) -> bool:
    """Tell whether what stands as the key ID has the length of a secret, and the secret the form of a key ID."""
    secret = access.secret_access_key.reveal()
    return len(access.access_key_id) == _SECRET_LENGTH and AWS_KEY_ID.fullmatch(secret) is not None


def _view(state: State) -> Part:
    access = state.answers.access
    key_id = access.access_key_id if access else ""
    fields: list[Field] = [
        Text(name="access_key_id", label="Access key ID", value=key_id, placeholder="AKIA…"),
        SecretText(name="secret_access_key", label="Secret access key", kept=bool(access and access.secret_access_key)),
    ]
    if key_id.startswith("ASIA") or (access and access.session_token):
        fields.append(
            SecretText(
                name="session_token",
                label="Session token",
                kept=bool(access and access.session_token),
                note="comes with temporary keys",
            )
        )
    if state.answers.location:
        needs = ",".join((state.answers.needs or Needs()).operations)
        fields.append(
            Info(
                name="policy",
                label="The policy that this key's user needs",
                lines=(f"bucketlight policy {shlex.quote(state.answers.location.uri)} --needs {needs}",),
            )
        )
    return Part(
        question="Which access key may Lightly use?",
        consequence="The key is checked from this machine now; Lightly gets it when you save.",
        fields=tuple(fields),
    )


def _submit(state: State, raw: Raw) -> Answers | Hints | Problems:
    before = state.answers.access
    key_id = trim(text_of(raw, "access_key_id"))
    typed_secret = trim(text_of(raw, "secret_access_key"))
    typed_token = trim(text_of(raw, "session_token"))
    same = before is not None and before.access_key_id == key_id and bool(before.secret_access_key)
    problems = Problems()
    if not key_id:
        problems["access_key_id"] = Problem("Enter the access key ID; the IAM console shows it beside the key.")
    elif problem := token_problem(key_id, "access key ID"):
        problems["access_key_id"] = problem
    if not typed_secret and not same:
        problems["secret_access_key"] = Problem("Enter the secret access key that belongs to this key ID.")
    elif problem := token_problem(typed_secret, "secret access key"):
        problems["secret_access_key"] = problem
    if problem := token_problem(typed_token, "session token"):
        problems["session_token"] = problem
    if problems:
        return problems
    secret = Secret(typed_secret) if typed_secret or before is None else before.secret_access_key
    # A session token belongs to one key and one secret: with another secret it is not kept.
    kept_token = before.session_token if before and same and not typed_secret else None
    access = UserAccess(key_id, secret, Secret(typed_token) if typed_token else kept_token)
    answers = replace(state.answers, access=access)
    hints = _hints(access, ours=state.answers.given.endpoint_url is None)
    return Hints(answers, hints) if hints else answers


def _hints(access: UserAccess, *, ours: bool) -> dict[str, Problem]:
    """Say what looks odd. Shapes are AWS's own: they say nothing about another server (`ours` is false)."""
    key_id, secret = access.access_key_id, access.secret_access_key.reveal()
    hints: dict[str, Problem] = {}
    if looks_swapped(access):
        return {
            "access_key_id": Problem(
                "Key ID and secret look exchanged: the ID is the short one. Exchange them, or go on as it is.",
                swap_with="secret_access_key",
            )
        }
    if key_id.startswith("ASIA") and access.session_token is None:
        hints["session_token"] = Problem(
            "This is a temporary key (ASIA): it works only with its session token. Enter that too, or go on."
        )
    if not ours:
        return hints
    if kind := _IDENTITIES.get(key_id[:4]):
        hints["access_key_id"] = Problem(
            f"{key_id[:4]} starts the ID of {kind}, not of a key. Take the access key ID: it starts with AKIA."
        )
    elif not AWS_KEY_ID.fullmatch(key_id):
        hints["access_key_id"] = Problem(
            "AWS key IDs start with AKIA or ASIA and have 20 characters. Compare it, or go on as it is."
        )
    if len(secret) != _SECRET_LENGTH:
        hints["secret_access_key"] = Problem(
            f"AWS secret keys have {_SECRET_LENGTH} characters, this one has {len(secret)}. "
            "Paste it again, or go on as it is."
        )
    return hints


def _answered(answers: Answers) -> bool:
    return answers.access is not None and bool(answers.access.secret_access_key)


def _requests(state: State) -> tuple[Request, ...]:
    request = check_request(state)
    return (request,) if request else ()


STEP = Step(id="keys", title="Keys", view=_view, submit=_submit, answered=_answered, requests=_requests)
