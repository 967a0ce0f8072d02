"""What is under way in AWS: keys that are being replaced, and what was begun and not ended. Read from files alone."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.dataset import Purpose
    from core.provision.rotation.record import Record

    from .engine import Engine

__all__ = ["interruptions", "rotations"]


def rotations(engine: Engine) -> Mapping[tuple[str, str, Purpose], str]:
    """Say how far each rotation is, by the platform, the dataset and the datasource that uses the key.

    Raises:
        StoreError: a record cannot be read.
    """
    from core.provision.rotation.journal import RotationJournal

    return {
        (place.platform_url, place.name, purpose): _sentence(record)
        for record in RotationJournal(engine.setting.home).load()
        for place in record.places
        for purpose in place.purposes
    }


def interruptions(engine: Engine) -> tuple[str, ...]:
    """Say what was being made or taken back when its run ended, the oldest first."""
    from core.provision.interrupted import interrupted
    from core.provision.journal import Journal

    found = interrupted(Journal(engine.setting.home).unfinished())
    return tuple(f"{each.sentence} In a shell: {shlex.join(('bucketlight', 'undo', each.dataset))}" for each in found)


def _sentence(record: Record) -> str:
    from core.access import mask_key_id
    from core.provision.rotation.words import holds

    if record.rests and record.rests_since:
        old, since = mask_key_id(record.old_key), record.rests_since.date().isoformat()
        return f"The old key {old} is deactivated since {since}: k deletes it."
    return f"Its key is being replaced; k goes on. {holds(record)}"
