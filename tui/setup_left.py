"""Setups that were left: what there is to go on with, and how it goes on. The same on the screen and line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from core.guide.state import Given, State
    from core.store.drafts import Draft

    from .engine import Engine

__all__ = ["LeftSetup", "begin_anew", "go_on_with", "left_of", "left_setups", "resume", "waiting"]


@dataclass(frozen=True, slots=True)
class LeftSetup:
    """A setup that was left. `state` is None where it cannot be gone on with; `problem` says why then.

    `draft` is the name that it is kept under. `waits_since` is the day since which it waits for an administrator.
    """

    draft: str
    state: State | None
    problem: str = ""
    waits_since: date | None = None

    @property
    def sentence(self) -> str:
        """Say what it is about."""
        answers = self.state.answers if self.state else None
        place = answers.location.uri if answers and answers.location else "a bucket"
        name = answers.name if answers else None
        if answers and self.waits_since:
            since = self.waits_since.isoformat()
            return f"The setup of {name or answers.made_name or place} waits for the administrator since {since}."
        left = f"The setup of {name or place} was left before it was done."
        return f"{left} {self._in_aws} was being made in AWS, or is made." if self._in_aws else left

    @property
    def asks_for_keys(self) -> bool:
        """Tell whether keys were typed: no draft keeps them, so they are asked for again."""
        from core.access import AccessKind
        from core.guide.state import Maker
        from core.guide.steps.credentials import maker_of

        answers = self.state.answers if self.state else None
        return answers is not None and answers.access_kind is AccessKind.USER and maker_of(answers) is Maker.HAVE

    @property
    def otherwise(self) -> str:
        """Say what happens to it where it is not gone on with."""
        if self.waits_since:
            return "Set up another one; this one is kept, and offered again"
        if self._in_aws:
            return f"Start anew; {self._in_aws} stays, until bucketlight undo takes it back"
        return "Start anew; this one is forgotten"

    @property
    def _in_aws(self) -> str:
        """Name the user or role that a plan was agreed to for; empty where none was."""
        from core.console import resource_name
        from core.guide.state import Maker
        from core.guide.steps.credentials import maker_of
        from core.guide.steps.wanted import made_name_of

        answers = self.state.answers if self.state else None
        if answers is None or answers.agreed is None or maker_of(answers) is not Maker.MAKE:
            return ""
        return resource_name(made_name_of(answers))


def left_setups(engine: Engine) -> tuple[LeftSetup, ...]:
    """Find the setups that were left, those that wait for an administrator first. Keyring and platform are not asked.

    One that cannot be gone on with comes last.
    """
    return tuple(sorted(_found(engine), key=lambda left: (left.state is None, left.waits_since is None)))


def _found(engine: Engine) -> Iterator[LeftSetup]:
    found = engine.draft()
    if found.problem and found.draft is None:
        yield LeftSetup(engine.DRAFT, None, found.problem)
    for draft in (*((found.draft,) if found.draft else ()), *engine.drafts_aside()):
        yield left_of(engine, draft)


def left_of(engine: Engine, draft: Draft) -> LeftSetup:
    """Read what was left as a draft."""
    from core.guide.drafts import DraftError, from_draft
    from core.guide.flow import waits_since

    try:
        state = from_draft(draft.content, engine.before(draft.content))
    except DraftError as error:
        return LeftSetup(draft.name, None, str(error))
    return LeftSetup(draft.name, state, waits_since=waits_since(state))


def waiting(engine: Engine) -> str:
    """Say which setups wait for an administrator, and since when; empty where none does. Nothing is moved by it."""
    current = engine.drafts.peek(engine.DRAFT)
    left = (left_of(engine, draft) for draft in (*((current,) if current else ()), *engine.drafts_aside()))
    return " ".join(each.sentence for each in left if each.waits_since)


def begin_anew(engine: Engine, others: Sequence[LeftSetup]) -> None:
    """Make room for another setup than these: one that waits for an administrator is kept, any other forgotten.

    Raises:
        StoreError: a file cannot be moved or removed.
    """
    for left in others:
        if left.state is None:
            engine.set_draft_aside(left.draft)
        elif left.waits_since is None:
            engine.drop_draft(left.draft)
            engine.drop_external_id(left.state.answers.given.platform_url, left.draft)
        elif left.draft == engine.DRAFT:
            engine.keep_aside(left.state.answers.given.platform_url)


def go_on_with(engine: Engine, left: LeftSetup, setups: Sequence[LeftSetup]) -> None:
    """Make one of these setups the one under way. Those before it were not to be gone on with.

    If another one is under way, it is kept aside, to be gone on with later.

    Raises:
        StoreError: a file cannot be moved or removed.
    """
    index = setups.index(left)
    begin_anew(engine, setups[:index])
    if left.draft == engine.DRAFT or left.state is None:
        return
    for other in setups[index + 1 :]:
        if other.draft == engine.DRAFT and other.state is not None:
            engine.keep_aside(other.state.answers.given.platform_url)
        elif other.draft == engine.DRAFT:
            engine.set_draft_aside(other.draft)
    engine.take_up(left.draft, left.state.answers.given.platform_url)


def resume(state: State, given: Given) -> State:
    """Go on with a state, now that it is known what stands before the first question.

    The S3 server and the dataset of a setup that was left stay those of then.
    """
    from core.guide.drafts import with_external_id

    left = state.answers.given
    given = replace(given, endpoint_url=left.endpoint_url, editing=left.editing)
    return replace(state, answers=with_external_id(replace(state.answers, given=given)))
