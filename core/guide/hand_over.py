"""What is handed to an administrator: the files, and the message that goes with them."""

from __future__ import annotations

from collections.abc import Mapping

from .state import State
from .steps.hand_over import handed_out, waits_since
from .steps.wanted import wanted_of

__all__ = ["handed_out", "handoff", "waits_since"]


def handoff(state: State, *, external_id: bool = False) -> Mapping[str, str]:
    """Return the files by their names, the message first. None holds a secret.

    With `external_id` a role's external ID stands in one file more, which is to be sent in another way.

    Raises:
        ValueError: where nothing can be handed over; the text says why.
    """
    from ..provision.handoff import pack

    wanted = wanted_of(state)
    if isinstance(wanted, str):
        raise ValueError(wanted)  # noqa: TRY004 - it is no other type, but a sentence in its place
    return pack(wanted, external_id=external_id)
