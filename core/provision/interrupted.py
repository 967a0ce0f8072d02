"""What was begun in AWS and not ended, as somebody may be told of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..access import AccessKind, mask_key_id
from .journal import ADOPTED, KEY_MADE, Entry, Task
from .plan_values import StepKind

__all__ = ["Interrupted", "in_words", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """A user or role that was being made or taken back when the run ended.

    Attributes:
        access: which of the two; `name` is its name, and `dataset` that of which it is.
        taken_back: it was being taken back.
        since: when the first run began, in UTC.
        made: what was made so far, in words (`the user NAME`); empty where nothing is known to be.
    """

    access: AccessKind
    name: str
    dataset: str
    account_id: str
    taken_back: bool
    since: datetime
    made: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Say it, and how it goes on."""
        doing = "Taking back" if self.taken_back else "Making"
        so_far = f" Made so far: {', '.join(self.made)}." if self.made and not self.taken_back else ""
        return (
            f"{doing} the {self.access.entity} {self.name} was interrupted (begun {self.since:%Y-%m-%d %H:%M} UTC)."
            f"{so_far} The same once more goes on; or take back what was made for {self.dataset}."
        )


def interrupted(entries: Iterable[Entry]) -> tuple[Interrupted, ...]:
    """Say what was not ended, of what `Journal.unfinished` returned; the oldest first."""
    found = (
        Interrupted(
            access=entry.kind,
            name=entry.name,
            dataset=entry.dataset,
            account_id=entry.account_id,
            taken_back=entry.task is Task.UNDO,
            since=entry.began_at,
            made=in_words(entry.kind, entry.name, entry.made),
        )
        for entry in entries
        if entry.task is not Task.DONE
    )
    return tuple(sorted(found, key=lambda each: (each.since, each.name)))


def in_words(kind: AccessKind, name: str, made: Iterable[str]) -> tuple[str, ...]:
    """Say what the journal names as made; each once."""
    about = f"{kind.entity} {name}"
    words: dict[str, str] = {
        StepKind.USER: f"the {about}",
        StepKind.ROLE: f"the {about}",
        StepKind.TAGS: f"tags of the {about}",
        StepKind.BOUNDARY: f"the permissions boundary of the {about}",
        StepKind.SESSION: f"the longest session of the {about}",
        StepKind.TRUST: f"our statement in the trust policy of the {about}",
        StepKind.POLICY: f"our statements in the inline policy of the {about}",
    }
    found: list[str] = []
    for thing in made:
        what, _, which = thing.partition(" ")
        if what == KEY_MADE:
            found.append(f"the access key {mask_key_id(which)} of the {about}")
        elif what == ADOPTED:
            found.append(f"tags of the {about}")
        elif (word := words.get(what)) is not None:
            found.append(word)
    return tuple(dict.fromkeys(found))
