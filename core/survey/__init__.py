"""What lies in a folder, on a bounded sample; and the way to a folder, level by level. It only ever lists."""

from .browse import Browser, Buckets, Level, Opened, similar
from .sample import Survey, describe, suggested_type, survey, warnings

__all__ = [
    "Browser",
    "Buckets",
    "Level",
    "Opened",
    "Survey",
    "describe",
    "similar",
    "suggested_type",
    "survey",
    "warnings",
]
