"""Step Keys: the access key that Lightly will use, checked as soon as it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...access import Secret, UserAccess, is_key_id, mask_key_id
from ...pasted import find_keys
from ..agreeing import mfa_code_problem, mfa_code_wanted
from ..facts import Failed, KeysRead
from ..fields import (
    WHOLE_STEP,
    Choice,
    Field,
    Info,
    Link,
    Opens,
    Option,
    Problem,
    Problems,
    Raw,
    SecretText,
    Shown,
    Text,
    Toggle,
)
from ..keys_source import KeysFrom, KeysSource
from ..requests import Request
from ..state import Answers, Hints, Maker, Output, State
from .checks import check_request, look_request
from .credentials import hands_over_output, is_delegated, maker_of, read_keys
from .hand_over import COMES_BACK, QUESTION, handed_over
from .key_shapes import key_hints
from .step import Part, Step, is_on, text_of
from .typed import token_problem, trim

__all__ = ["STEP", "public_key_id", "typed_key"]

_CONSOLE = Link(name="console", label="How to make one in the AWS console", opens=Opens.CONSOLE)
_TYPED = Shown("way", (KeysFrom.TYPED.value,))
_PROFILE = Shown("way", (KeysFrom.PROFILE.value,))
_PLACES = {KeysFrom.FILE: "file", KeysFrom.PROFILE: "profile", KeysFrom.ENVIRONMENT: "environment"}
_FIELDS = {KeysFrom.FILE: "key_file", KeysFrom.PROFILE: "profile"}
_OWN_OUTPUT = "own_output_"
_KEPT_ELSEWHERE = Shown("way", (KeysFrom.PROFILE.value, KeysFrom.ENVIRONMENT.value))


def public_key_id(state: State, access: UserAccess | None) -> str | None:
    """Return the key ID where it surely is one, and may stand in files; else it may be a secret in the wrong field."""
    of_aws = state.answers.given.endpoint_url is None
    if access is None or not is_key_id(access.access_key_id, of_aws=of_aws):
        return None
    return None if Secret(access.access_key_id) == access.secret_access_key else access.access_key_id


def _way(answers: Answers) -> KeysFrom:
    return answers.keys_source.way if answers.keys_source else KeysFrom.TYPED


def _ways(state: State) -> tuple[Option, ...]:
    given, source = state.answers.given, state.answers.keys_source
    offered = [
        Option(KeysFrom.TYPED.value, "Type or paste it", "several lines at once are taken apart"),
        Option(KeysFrom.FILE.value, "From a file", "the CSV file that the console offers"),
    ]
    if given.profiles or (source and source.way is KeysFrom.PROFILE):
        offered.append(Option(KeysFrom.PROFILE.value, "From an AWS profile", "of this machine"))
    if given.environment_keys or (source and source.way is KeysFrom.ENVIRONMENT):
        offered.append(Option(KeysFrom.ENVIRONMENT.value, "From the environment", "AWS_ACCESS_KEY_ID and its secret"))
    return tuple(offered)


def _view(state: State) -> Part:
    answers = state.answers
    typed, source = answers.access, answers.keys_source
    key_id = typed.access_key_id if typed else ""
    handed, two = handed_over(state), hands_over_output(answers)
    fields: list[Field] = [
        *handed,
        Choice(name="way", label="", options=_ways(state), value=_way(answers).value),
        Text(
            name="access_key_id",
            label="Input: key ID" if two else "Access key ID",
            value=key_id,
            placeholder="AKIA…",
            note=COMES_BACK if handed and not key_id else "",
            only_if=_TYPED,
        ),
        SecretText(
            name="secret_access_key",
            label="Input: secret key" if two else "Secret access key",
            kept=bool(typed and typed.secret_access_key),
            only_if=_TYPED,
        ),
    ]
    if key_id.startswith("ASIA") or (typed and typed.session_token):
        fields.append(
            SecretText(
                name="session_token",
                label="Session token",
                kept=bool(typed and typed.session_token),
                note="comes with temporary keys",
                only_if=_TYPED,
            )
        )
    fields += _other_ways(state, source)
    fields += _output_fields(answers)
    if not handed:
        fields.append(_CONSOLE)
    return Part(
        question=QUESTION if handed else "Which access key may Lightly use?",
        consequence="The key is checked from this machine now; Lightly gets it when you save.",
        fields=tuple(fields),
    )


def _other_ways(state: State, source: KeysSource | None) -> list[Field]:
    path = source.name if source and source.way is KeysFrom.FILE else ""
    profile = source.name if source and source.way is KeysFrom.PROFILE else ""
    profiles = state.answers.given.profiles
    fields: list[Field] = [
        Text(
            name="key_file",
            label="File",
            value=path,
            placeholder="~/Downloads/lightly_accessKeys.csv",
            only_if=Shown("way", (KeysFrom.FILE.value,)),
        ),
        Text(
            name="profile",
            label="Profile",
            value=profile or (profiles[0] if len(profiles) == 1 else ""),
            placeholder="default",
            note=f"here: {_some(profiles)}" if profiles else "",
            only_if=_PROFILE,
        ),
        Toggle(
            name="copy",
            label="Copy it to the keyring",
            value=bool(source) and not state.answers.stays,
            note="else it stays where it is",
            only_if=_KEPT_ELSEWHERE,
        ),
    ]
    request = read_keys(state)
    read = state.facts.get(request, KeysRead) if request else None
    if read and read.code_wanted:
        fields.append(SecretText(name="code", label="MFA code", note=read.code_wanted, only_if=_PROFILE))
    if read and read.access:
        lines = (mask_key_id(read.access.access_key_id),)
        fields.append(Info(name="read", label="Key found", lines=lines, only_if=Shown("way", (_way(state.answers),))))
    return fields


def _output_fields(answers: Answers) -> tuple[Field, ...]:
    if not hands_over_output(answers):
        return ()
    own = _output_key(answers)
    return (
        Text(
            name="own_output_access_key_id",
            label="Output: key ID",
            value=own.access_key_id if own else "",
            placeholder="AKIA…",
        ),
        SecretText(
            name="own_output_secret_access_key",
            label="Output: secret key",
            kept=bool(own and own.secret_access_key),
        ),
    )


def _output_key(answers: Answers) -> UserAccess | None:
    own = (answers.output or Output()).access
    return own if isinstance(own, UserAccess) else None


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _submit(state: State, raw: Raw) -> Answers | Hints | Problems:
    taken = _submit_input(state, raw)
    return _with_output(state, raw, taken) if hands_over_output(state.answers) else taken


def _with_output(state: State, raw: Raw, taken: Answers | Hints | Problems) -> Answers | Hints | Problems:
    """Take the output's own key beside that of the input."""
    key_id, secret = (text_of(raw, f"{_OWN_OUTPUT}{name}") for name in ("access_key_id", "secret_access_key"))
    own = typed_key(_output_key(state.answers), key_id, secret, "", prefix=_OWN_OUTPUT)
    if isinstance(taken, Problems):
        return Problems({**taken, **own}) if isinstance(own, Problems) else taken
    if isinstance(own, Problems):
        return own
    answers = taken.answers if isinstance(taken, Hints) else taken
    hints = dict(taken.problems) if isinstance(taken, Hints) else {}
    hints |= key_hints(own, of_aws=answers.given.endpoint_url is None, prefix=_OWN_OUTPUT)
    if answers.keys_source is None and answers.access and answers.access.access_key_id == own.access_key_id:
        return Problems(
            own_output_access_key_id=Problem("This is the key of the input. Enter that of the output's user.")
        )
    answers = replace(answers, output=replace(answers.output or Output(), access=own))
    return Hints(answers, hints) if hints else answers


def _submit_input(state: State, raw: Raw) -> Answers | Hints | Problems:
    way = text_of(raw, "way") or _way(state.answers).value
    if way not in {option.value for option in _ways(state)}:
        return Problems(way=Problem("Choose one of these ways."))
    if way != KeysFrom.TYPED:
        return _submit_source(state, KeysFrom(way), raw)
    typed = (text_of(raw, name) for name in ("access_key_id", "secret_access_key", "session_token"))
    taken = typed_key(state.answers.access, *typed)
    if isinstance(taken, Problems):
        return taken
    answers = replace(state.answers, access=taken, keys_source=None, stays=False)
    hints = key_hints(taken, of_aws=state.answers.given.endpoint_url is None)
    return Hints(answers, hints) if hints else answers


def _submit_source(state: State, way: KeysFrom, raw: Raw) -> Answers | Problems:
    before = state.answers.keys_source
    name = ""
    if way is KeysFrom.FILE:
        name = text_of(raw, "key_file").strip()
        if not name:
            return Problems(key_file=Problem("Enter the path of the file that the console let you download."))
        # In a path, letters between two signs may have the shape of a key by chance.
        if not any(sign in name for sign in ".~") and (field := _field_of_key(name)):
            return Problems(key_file=_misplaced(field, "the path of a file"))
    if way is KeysFrom.PROFILE:
        name = text_of(raw, "profile").strip()
        if not name:
            return Problems(profile=Problem("Enter the name of a profile, as in ~/.aws/config."))
        if field := _field_of_key(name):
            return Problems(profile=_misplaced(field, "the name of a profile"))
        if (here := state.answers.given.profiles) and name not in here:
            return Problems(profile=Problem(f"No profile of this machine has that name. Enter one of: {_some(here)}."))
    code = "".join(trim(text_of(raw, "code")).split())
    if problem := mfa_code_problem(code):
        return Problems(code=Problem(problem))
    same = before is not None and (before.way, before.name) == (way, name)
    source = KeysSource(way, name, Secret(code) if code else (before.code if same and before else None))
    stays = way is not KeysFrom.FILE and not is_on(raw, "copy", default=bool(before) and not state.answers.stays)
    return replace(state.answers, keys_source=source, stays=stays)


def _field_of_key(text: str) -> str | None:
    """Name the field where a text belongs that is a key or a part of one, or None where it is none."""
    found = find_keys(text)
    if found.several or found.secret_access_key or found.session_token:
        return "Secret access key"
    return "Access key ID" if found.access_key_id else None


def _misplaced(field: str, what: str) -> Problem:
    return Problem(f"This looks like a key, not like {what}. Choose “Type or paste it”, and enter it at “{field}”.")


def typed_key(
    before: UserAccess | None, key_id: str, secret: str, token: str, *, prefix: str = ""
) -> UserAccess | Problems:
    """Take a key that was typed. An empty secret keeps the one of `before`, where the ID is the same.

    `prefix` stands before the names of the fields.
    """
    key_id, secret, token = trim(key_id), trim(secret), trim(token)
    same = before is not None and before.access_key_id == key_id and bool(before.secret_access_key)
    problems = Problems()
    if not key_id:
        sentence = "Enter the access key ID; the IAM console shows it beside the key."
        problems[f"{prefix}access_key_id"] = Problem(sentence)
    elif problem := token_problem(key_id, "access key ID"):
        problems[f"{prefix}access_key_id"] = problem
    if not secret and not same:
        problems[f"{prefix}secret_access_key"] = Problem("Enter the secret access key that belongs to this key ID.")
    elif problem := token_problem(secret, "secret access key"):
        problems[f"{prefix}secret_access_key"] = problem
    if problem := token_problem(token, "session token"):
        problems[f"{prefix}session_token"] = problem
    if problems:
        return problems
    kept = Secret(secret) if secret or before is None else before.secret_access_key
    # A session token belongs to one key and one secret: with another secret it is not kept.
    kept_token = before.session_token if before and same and not secret else None
    return UserAccess(key_id, kept, Secret(token) if token else kept_token)


def _answered(answers: Answers) -> bool:
    own = _output_key(answers)
    if hands_over_output(answers) and not (own and own.secret_access_key):
        return False
    return answers.keys_source is not None or (answers.access is not None and bool(answers.access.secret_access_key))


def _requests(state: State) -> tuple[Request, ...]:
    return tuple(request for request in (read_keys(state), check_request(state), look_request(state)) if request)


def _waiting(state: State) -> str | None:
    request = read_keys(state)
    if request is None or state.facts.has(request):
        return None
    # Without its name: a secret may stand there, in the wrong field.
    return f"Reading the key from the {_PLACES[request.source.way]} …"


def _problems(state: State) -> Mapping[str, Problem]:
    request = read_keys(state)
    if request is None:
        return {}
    if failed := state.facts.get(request, Failed):
        return {WHOLE_STEP: Problem(f"{failed.sentence} Press r to try again.")}
    read = state.facts.get(request, KeysRead)
    if read is None or read.access is not None:
        return {}
    if read.code_wanted:
        return {"code": Problem(mfa_code_wanted(refused=read.code_refused))}
    return {
        _FIELDS.get(request.source.way, WHOLE_STEP): Problem(
            read.problem or "There is no access key. Choose another way."
        )
    }


def _found_odd(state: State) -> Mapping[str, Problem]:
    """Say at once that what was read is of no use to Lightly, and not only before Save."""
    request = read_keys(state)
    read = state.facts.get(request, KeysRead) if request else None
    if request is None or read is None or read.access is None or read.access.session_token is None:
        return {}
    sentence = (
        "These are temporary credentials: they can be checked, but Lightly cannot use them, and they are not saved. "
        "Enter the key of an IAM user, or go on to check only."
    )
    return {_FIELDS.get(request.source.way, WHOLE_STEP): Problem(sentence)}


def _applies(state: State) -> bool:
    return not is_delegated(state.answers) and maker_of(state.answers) is not Maker.MAKE


STEP = Step(
    id="keys",
    title="Keys",
    view=_view,
    submit=_submit,
    answered=_answered,
    applies=_applies,
    requests=_requests,
    waiting=_waiting,
    problems=_problems,
    found_odd=_found_odd,
)
