"""The steps of the guide, in their order, which follows from the answers."""

from __future__ import annotations

from ..state import Answers, Maker
from . import access, bucket, dataset, keys, limits, make, needs, onward, output, role, save
from .credentials import maker_of
from .step import Step

__all__ = ["STEPS", "steps_of"]

_BEFORE = (needs.STEP, bucket.STEP, access.STEP)
_CREDENTIALS = (make.STEP, keys.STEP, role.STEP)
_PLACES = (output.STEP, limits.STEP)
_AFTER = (dataset.STEP, save.STEP, onward.STEP)

STEPS: tuple[Step, ...] = (*_BEFORE, *_CREDENTIALS, *_PLACES, *_AFTER)
"""Every step there is."""


def steps_of(answers: Answers) -> tuple[Step, ...]:
    """Return the steps in the order in which they are asked. Not each of them applies.

    What is made or handed over has to be known whole before, so output and encryption are asked first then.
    """
    if maker_of(answers) is Maker.HAVE:
        return STEPS
    return (*_BEFORE, *_PLACES, *_CREDENTIALS, *_AFTER)
