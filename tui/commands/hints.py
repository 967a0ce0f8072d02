"""What is to be typed on the command line for what a sentence of the core advises, which names no option itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.provision.plan_values import Note
    from core.provision.refusals import Refusal

__all__ = ["error_text", "note_hints", "refusal_text"]

_OPTIONS = {
    # what is wished for
    "delete-without-write": "Add write to --needs, or leave --delete out.",
    "folder-without-write": "Add write to --needs, or leave --write-only-lightly out.",
    "key-without-output": "Name its folder with --output-uri, or leave --output-kms-key out.",
    "nothing-in-input": "Add list or read to --needs.",
    "output-is-input": "Leave --output-uri out.",
    # making, and taking back
    "boundary-missing": "Use --boundary.",
    "name-exists": "Use --name, or --adopt.",
    "name-of-other-dataset": "Use --name.",
    "nothing-there": "Use --name for a user or role of another name.",
    # a key that is replaced
    "another-server": "Where IAM and STS answer there too, name it with --endpoint-url.",
    "deleted-later": "Use --finish for that.",
    "goes-back": "Run the same without --finish.",
    "no-room": "Use --delete-inactive for that.",
    "no-way-back": "Use --finish.",
    "not-that-far": "Run the same without --finish.",
    "old-key-used": "Use --back; or delete it all the same with --delete-old.",
    "rests": "Use --finish.",
    "settles": "Or delete it now with --delete-old.",
    "two-rotations": "Use --purpose.",
    "two-users": "Use --purpose.",
    "use-unknown": "Use --delete-old once you know that nobody has it.",
}
"""The options, by the cause."""


def refusal_text(refusal: Refusal) -> str:
    """Say why, what to do, and with which option where there is one for it."""
    return _joined(refusal.sentence, refusal.fix, refusal.cause)


def error_text(error: Exception) -> str:
    """Say the same of an error that has a cause, or none."""
    return _joined(str(error), "", getattr(error, "cause", ""))


def note_hints(notes: Iterable[Note]) -> Iterator[str]:
    """Say with which options what a plan notes is done, for the lines below them."""
    return (_OPTIONS[note.cause] for note in notes if note.cause in _OPTIONS)


def _joined(sentence: str, fix: str, cause: str) -> str:
    return " ".join(filter(None, (sentence, fix, _OPTIONS.get(cause))))
