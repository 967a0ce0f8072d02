"""The steps of the guide, in their order."""

from __future__ import annotations

from . import bucket, dataset, keys, needs, onward, save
from .step import Step

__all__ = ["STEPS"]

STEPS: tuple[Step, ...] = (needs.STEP, bucket.STEP, keys.STEP, dataset.STEP, save.STEP, onward.STEP)
