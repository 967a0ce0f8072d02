"""The setup that was left: what there is to go on with, and how it goes on. The same on the screen and line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.guide.state import Given, State

    from .engine import Engine

__all__ = ["LeftSetup", "left_setup", "resume"]


@dataclass(frozen=True, slots=True)
class LeftSetup:
    """A setup that was left. `state` is None where it cannot be gone on with; `problem` says why then."""

    state: State | None
    problem: str = ""

    @property
    def sentence(self) -> str:
        """Say what it is about."""
        answers = self.state.answers if self.state else None
        place = answers.location.uri if answers and answers.location else "a bucket"
        return f"The setup of {answers.name if answers and answers.name else place} was left before it was done."


def left_setup(engine: Engine) -> LeftSetup | None:
    """Find the setup that was left; None where there is none. Keyring and platform are not asked."""
    from core.guide.drafts import DraftError, from_draft

    found = engine.draft()
    if found.draft is None:
        return LeftSetup(None, found.problem) if found.problem else None
    try:
        return LeftSetup(from_draft(found.draft.content, engine.before(found.draft.content)))
    except DraftError as error:
        return LeftSetup(None, str(error))


def resume(state: State, given: Given) -> State:
    """Go on with a state, now that it is known what stands before the first question.

    The S3 server and the dataset of a setup that was left stay those of then.
    """
    from core.guide.drafts import with_external_id

    left = state.answers.given
    given = replace(given, endpoint_url=left.endpoint_url, editing=left.editing)
    return replace(state, answers=with_external_id(replace(state.answers, given=given)))
