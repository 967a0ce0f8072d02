"""What an organisation demands of the users and roles in its account: asked for where one is made or handed over."""

from __future__ import annotations

from ...aws.account_rules import check_place
from ...aws.policy import PolicyError
from ..fields import Field, Problem, Problems, Raw, Shown, Text, Toggle
from ..state import Answers, Demanded
from .step import is_on, text_of
from .typed import trim

__all__ = ["demanded_fields", "demanded_of"]

_ON = Shown("demanded", (True,))


def demanded_fields(answers: Answers) -> tuple[Field, ...]:
    """Return the fields: a path, and a permissions boundary."""
    known = answers.demanded or Demanded()
    return (
        Toggle(
            name="demanded",
            label="My organisation demands a path or a permissions boundary",
            value=answers.demanded is not None,
        ),
        Text(
            name="iam_path",
            label="IAM path",
            value=known.path if known.path != "/" else "",
            placeholder="/service-users/",
            only_if=_ON,
        ),
        Text(
            name="boundary_arn",
            label="Boundary ARN",
            value=known.boundary_arn or "",
            placeholder="arn:aws:iam::111122223333:policy/…",
            only_if=_ON,
        ),
    )


def demanded_of(answers: Answers, raw: Raw, problems: Problems) -> Demanded | None:
    """Read what is demanded; what is wrong with it goes into `problems`. Where it is not asked, it stays as it was."""
    if "demanded" not in raw:
        return answers.demanded
    if not is_on(raw, "demanded", default=False):
        return None
    path, boundary = trim(text_of(raw, "iam_path")) or "/", trim(text_of(raw, "boundary_arn")) or None
    try:
        check_place(path=path)
    except PolicyError as error:
        problems["iam_path"] = Problem(str(error))
    try:
        check_place(boundary_arn=boundary)
    except PolicyError as error:
        problems["boundary_arn"] = Problem(str(error))
    if (path, boundary) == ("/", None):
        problems["iam_path"] = Problem("Enter the path, the ARN of the boundary, or both; or switch this off.")
    return Demanded(path=path, boundary_arn=boundary)
