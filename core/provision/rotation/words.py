"""What a rotation says. Pure."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

from ...access import mask_key_id
from .record import Record, Step

__all__ = ["command_for", "holds", "moment", "names", "of_key", "sentence", "went_back", "where"]


def moment(at: datetime) -> str:
    """Write a time, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def command_for(dataset: str, *options: str) -> str:
    """Write the command that goes on with a dataset, as it is to be typed in a shell."""
    return shlex.join(("bucketlight", "rotate", dataset, *options))


def where(endpoint_url: str | None) -> tuple[str, ...]:
    """Write the option that names another server than AWS."""
    return ("--endpoint-url", endpoint_url) if endpoint_url else ()


def of_key(place: str) -> str:
    """Say what a key was used for, where that is known."""
    return f" for {place}" if place else ""


def sentence(step: Step, record: Record) -> str:
    """Say what a step does."""
    old = mask_key_id(record.old_key)
    match step:
        case Step.BEFORE:
            return (
                "See what works with the present key, from here and by Lightly's own test "
                "(which stores a small object of its own)."
            )
        case Step.REMOVE_INACTIVE:
            return f"Delete the deactivated key {mask_key_id(record.remove_first or '')} of the user."
        case Step.CREATE:
            return f"Make a second key for the user {record.owner.user_name}; its secret goes into the keyring at once."
        case Step.PROVE:
            return "Wait until the new key can do from here all that the present one can."
        case Step.PLATFORM:
            return f"Give Lightly the new key, secret included, for: {names(record)}."
        case Step.VERIFY:
            return "Let Lightly test the new key."
        case Step.LOCAL:
            return "Use the new key on this machine: in the keyring and in datasets.yaml."
        case Step.DEACTIVATE:
            return f"Deactivate the old key {old}."
        case Step.PROVE_ALONE:
            return "Test again from here and by Lightly. If anything fails, the old key is activated and used again."
        case Step.DELETE_OLD:
            return f"Delete the old key {old} for good."
        case Step.ACTIVATE:
            return f"Activate the old key {old} again."
        case Step.PROVE_AGAIN:
            return "Wait until the old key works again from here."
        case Step.PLATFORM_BACK:
            return f"Give Lightly the old key again, for: {names(record)}."
        case Step.LOCAL_BACK:
            return "Use the old key on this machine again."
        case Step.PROVE_OLD:
            return "Test the old key again from here and by Lightly."
        case Step.DELETE_NEW:
            return "Delete the new key."


def names(record: Record) -> str:
    """Name every place, with its datasources."""
    return ", ".join(f"{place.name} ({', '.join(place.purposes)})" for place in record.places)


def holds(record: Record) -> str:
    """Say what is so where a rotation has stopped between two steps: which keys there are, and which is used."""
    old = mask_key_id(record.old_key)
    if Step.CREATE not in record.begun:
        if Step.REMOVE_INACTIVE in record.begun:
            about = "" if Step.REMOVE_INACTIVE in record.done else ", or about to be"
            return f"{_removed(record)}{about}; the key {old} is used as before."
        return f"Nothing was changed: the key {old} is used as before."
    if Step.DELETE_OLD in record.begun:
        return "Everything uses the new key."
    if Step.DEACTIVATE in record.begun and Step.ACTIVATE not in record.done:
        return f"Everything uses the new key; the old key {old} is deactivated, or about to be."
    if Step.ACTIVATE in record.done and Step.PROVE_AGAIN not in record.done:
        return f"Everything uses the new key; the old key {old} is active, and was not seen to work yet."
    if Step.DELETE_NEW in record.begun:
        return f"Everything uses the key {old} as before, which works."
    if Step.PLATFORM in record.begun:
        return "Both keys are active, and whichever of them is used works."
    return f"The key {old} is used as before, and works; the new one is not used yet."


def went_back(record: Record) -> str:
    """Say what is so where a rotation has gone back to the old key."""
    gone = ", and the new one is deleted" if record.new_key is not None else ""
    said = f"The key {mask_key_id(record.old_key)} is used as before{gone}."
    return f"{said} {_removed(record)}." if Step.REMOVE_INACTIVE in record.done else said


def _removed(record: Record) -> str:
    return f"The deactivated key {mask_key_id(record.remove_first or '')} of the user is deleted"
