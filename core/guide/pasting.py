"""Keys that are pasted together, in any form: what they fill in on the step at hand."""

from __future__ import annotations

from ..pasted import find_keys
from .keys_source import KeysFrom
from .state import State
from .steps.credentials import is_delegated

__all__ = ["pasted"]


def pasted(state: State, text: str) -> dict[str, str]:
    """Return what a pasted text fills in, by the field's name; empty where it says nothing here. It may hold secrets.

    One line counts only where it holds more than one value: else it belongs into the field where it was pasted.
    """
    step = state.position.step
    if step not in {"keys", "output"} or (step == "output" and is_delegated(state.answers)):
        return {}
    found = find_keys(text)
    if found.several:
        return {}
    values = {
        "access_key_id": found.access_key_id,
        "secret_access_key": found.secret_access_key.reveal() if found.secret_access_key else None,
        "session_token": found.session_token.reveal() if found.session_token else None,
    }
    known = {name: value for name, value in values.items() if value}
    if not known or (len(known) < 2 and len(text.strip().splitlines()) < 2):
        return {}
    if step == "output":
        own = {f"output_{name}": value for name, value in known.items() if name != "session_token"}
        return {"where": "elsewhere", "credentials": "other", **own}
    return {"way": KeysFrom.TYPED.value, **known}
