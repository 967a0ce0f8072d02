"""Step Role: the role that Lightly's AWS account assumes, with its external ID."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...access import DelegatedAccess, Secret
from ...lightly.rules import external_id_problem, role_arn_problem
from ..fields import Copy, Field, Link, Opens, Problem, Problems, Raw, SecretText, Shown, Text, Toggle
from ..requests import Request
from ..state import Answers, Hints, Maker, Output, State
from .checks import check_request
from .credentials import external_id_of, hands_over_output, is_delegated, is_handed_over, maker_of
from .hand_over import COMES_BACK, QUESTION, handed_over
from .step import Part, Step, is_on, text_of
from .typed import role_arn_in, trim
from .wanted import wanted_of

__all__ = ["STEP"]

_CONSOLE = Link(name="console", label="How to make the role in the AWS console", opens=Opens.CONSOLE)
_OTHER_ID = "another_external_id"


def _view(state: State) -> Part:
    handed = handed_over(state)
    return Part(
        question=QUESTION if handed else "Which role may Lightly assume?",
        consequence="Tried from here where this machine's own AWS keys allow it, else after Save.",
        fields=_of_handed_over(state, handed) if handed else _of_own(state.answers),
    )


def _of_own(answers: Answers) -> tuple[Field, ...]:
    known = external_id_of(answers)
    note = "one is made for you; type another only where the role has one already" if known else ""
    fields: tuple[Field, ...] = (_arn_field(answers), _external_id_field(answers, note))
    if known:
        note = "Tab to it, then v shows it"
        fields = (*fields, Copy(name="made_external_id", label="To paste in AWS", value=known, note=note))
    return (*fields, _CONSOLE)


def _of_handed_over(state: State, handed: tuple[Field, ...]) -> tuple[Field, ...]:
    """Show what comes back. The external ID is with the files; it is asked for only where it is another one."""
    answers = state.answers
    two = hands_over_output(answers)
    fields: list[Field] = [
        *handed,
        _arn_field(answers, "Input: role ARN" if two else "Role ARN", "" if answers.role_arn else COMES_BACK),
    ]
    if two:
        own = _output_role(answers)
        fields.append(
            Text(name="own_output_role_arn", label="Output: role ARN", value=own.role_arn if own else "", note="")
        )
    if external_id_of(answers) is None:
        lost = "the one that was handed over: it could not be kept here" if is_handed_over(answers) else ""
        return (*fields, _external_id_field(answers, lost))
    other = Toggle(
        name=_OTHER_ID,
        label="Another external ID",
        value=answers.external_id is not None,
        note="only where the role demands one of its own",
    )
    return (*fields, other, _external_id_field(answers, "", Shown(_OTHER_ID, (True,))))


def _arn_field(answers: Answers, label: str = "Role ARN", note: str = "") -> Text:
    return Text(
        name="role_arn",
        label=label,
        value=answers.role_arn or "",
        placeholder="arn:aws:iam::111122223333:role/Lightly-S3-Integration",
        note=note,
    )


def _external_id_field(answers: Answers, note: str, only_if: Shown | None = None) -> SecretText:
    kept = external_id_of(answers) is not None
    return SecretText(name="external_id", label="External ID", kept=kept, note=note, only_if=only_if)


def _output_role(answers: Answers) -> DelegatedAccess | None:
    own = (answers.output or Output()).access
    return own if isinstance(own, DelegatedAccess) else None


def _submit(state: State, raw: Raw) -> Answers | Hints | Problems:
    names = ("role_arn", "own_output_role_arn") if hands_over_output(state.answers) else ("role_arn",)
    arns, typed = {name: role_arn_in(text_of(raw, name)) for name in names}, trim(text_of(raw, "external_id"))
    problems = Problems({name: Problem(said) for name, arn in arns.items() if (said := _arn_problem(arn))})
    if not problems and len(set(arns.values())) < len(arns):
        problems["own_output_role_arn"] = Problem("This is the role of the input. Enter the ARN of the output's own.")
    if typed and (sentence := external_id_problem(typed)):
        problems["external_id"] = Problem(sentence)
    elif not typed and external_id_of(state.answers) is None:
        problems["external_id"] = Problem("Enter the external ID that the role's trust policy demands.")
    if problems:
        return problems
    answers = replace(state.answers, role_arn=arns["role_arn"])
    if "own_output_role_arn" in arns and answers.output:
        own = DelegatedAccess(arns["own_output_role_arn"], Secret(""))  # with the external ID of the input's
        answers = replace(answers, output=replace(answers.output, access=own))
    if typed:
        answers = replace(answers, external_id=Secret(typed), external_id_lost=False)
    elif _OTHER_ID in raw and not is_on(raw, _OTHER_ID, default=False):
        answers = replace(answers, external_id=None)
    hints = _other_names(replace(state, answers=answers), arns)
    return Hints(answers, hints) if hints else answers


def _arn_problem(arn: str) -> str | None:
    return role_arn_problem(arn) if arn else "Enter the ARN of the role; the IAM console shows it on the role's page."


def _other_names(state: State, arns: Mapping[str, str]) -> dict[str, Problem]:
    """Say where a role is called otherwise than the one that was handed over: it may be another one."""
    wanted = wanted_of(state) if maker_of(state.answers) is Maker.HAND_OVER else ""
    if isinstance(wanted, str):
        return {}
    named = zip(arns.items(), wanted, strict=True)
    return {
        name: Problem(f"The role that was handed over is named {each.name}. Enter its ARN, or go on with this one.")
        for (name, arn), each in named
        if arn.rpartition("/")[2] != each.name
    }


def _answered(answers: Answers) -> bool:
    known = answers.role_arn is not None and external_id_of(answers) is not None
    return known and (_output_role(answers) is not None or not hands_over_output(answers))


def _requests(state: State) -> tuple[Request, ...]:
    request = check_request(state)
    return (request,) if request else ()


def _applies(state: State) -> bool:
    return is_delegated(state.answers) and maker_of(state.answers) is not Maker.MAKE


STEP = Step(
    id="role", title="Role", view=_view, submit=_submit, answered=_answered, applies=_applies, requests=_requests
)
