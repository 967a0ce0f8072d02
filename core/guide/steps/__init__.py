"""The steps of the guide, in their order."""

from __future__ import annotations

from . import access, bucket, dataset, keys, limits, needs, onward, output, role, save
from .step import Step

__all__ = ["STEPS"]

STEPS: tuple[Step, ...] = (
    needs.STEP,
    bucket.STEP,
    access.STEP,
    keys.STEP,
    role.STEP,
    output.STEP,
    limits.STEP,
    dataset.STEP,
    save.STEP,
    onward.STEP,
)
