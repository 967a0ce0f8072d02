"""Step Role: the role that Lightly's AWS account assumes, with its external ID."""

from __future__ import annotations

from dataclasses import replace

from ...access import Secret
from ...lightly.rules import external_id_problem, role_arn_problem
from ..fields import Copy, Field, Link, Opens, Problem, Problems, Raw, SecretText, Text
from ..requests import Request
from ..state import Answers, State
from .checks import check_request
from .credentials import external_id_of, is_delegated
from .step import Part, Step, text_of
from .typed import trim

__all__ = ["STEP"]


def _view(state: State) -> Part:
    answers = state.answers
    known = external_id_of(answers)
    fields: list[Field] = [
        Text(
            name="role_arn",
            label="Role ARN",
            value=answers.role_arn or "",
            placeholder="arn:aws:iam::111122223333:role/Lightly-S3-Integration",
        ),
        SecretText(
            name="external_id",
            label="External ID",
            kept=known is not None,
            note="one is made for you; type another only where the role has one already" if known else "",
        ),
    ]
    if known:
        fields.append(
            Copy(name="made_external_id", label="To paste in AWS", value=known, note="Tab to it, then v shows it")
        )
    fields.append(Link(name="console", label="How to make the role in the AWS console", opens=Opens.CONSOLE))
    return Part(
        question="Which role may Lightly assume?",
        consequence="Tried from here where this machine's own AWS keys allow it, else after Save.",
        fields=tuple(fields),
    )


def _submit(state: State, raw: Raw) -> Answers | Problems:
    arn, typed = trim(text_of(raw, "role_arn")), trim(text_of(raw, "external_id"))
    problems = Problems()
    if not arn:
        problems["role_arn"] = Problem("Enter the ARN of the role; the IAM console shows it on the role's page.")
    elif sentence := role_arn_problem(arn):
        problems["role_arn"] = Problem(sentence)
    if typed and (sentence := external_id_problem(typed)):
        problems["external_id"] = Problem(sentence)
    elif not typed and external_id_of(state.answers) is None:
        problems["external_id"] = Problem("Enter the external ID that the role's trust policy demands.")
    if problems:
        return problems
    if typed:
        return replace(state.answers, role_arn=arn, external_id=Secret(typed), external_id_lost=False)
    return replace(state.answers, role_arn=arn)


def _answered(answers: Answers) -> bool:
    return answers.role_arn is not None and external_id_of(answers) is not None


def _requests(state: State) -> tuple[Request, ...]:
    request = check_request(state)
    return (request,) if request else ()


def _applies(state: State) -> bool:
    return is_delegated(state.answers)


STEP = Step(
    id="role", title="Role", view=_view, submit=_submit, answered=_answered, applies=_applies, requests=_requests
)
