"""Keys that are pasted together, in any form: what they fill in on the step at hand."""

from __future__ import annotations

from ..lightly.rules import role_arn_problem
from ..pasted import find_keys
from .keys_source import KeysFrom
from .state import State
from .steps.credentials import hands_over_output, is_delegated
from .steps.typed import role_arn_in

__all__ = ["pasted"]


def pasted(state: State, text: str, into: str | None = None) -> dict[str, str]:
    """Return what a pasted text fills in, by the field's name; empty where it says nothing here. It may hold secrets.

    `into` names the field that it was pasted into: where two keys are asked for, it tells which one this is.
    One line counts only where it holds more than one value: else it belongs into the field where it was pasted. At the
    link to what is handed over there is no such field, and what came back is taken.
    """
    step, hands_over = state.position.step, into == "handoff"
    if step == "role" and hands_over and role_arn_problem(arn := role_arn_in(text)) is None:
        return {"role_arn": arn}
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
    if not known or (len(known) < 2 and len(text.strip().splitlines()) < 2 and not hands_over):
        return {}
    of_output = {f"output_{name}": value for name, value in known.items() if name != "session_token"}
    if step == "output":
        return {"where": "elsewhere", "credentials": "other", **of_output}
    own = {f"own_{name}": value for name, value in of_output.items()}
    if hands_over_output(state.answers) and into in own:
        return own
    return {"way": KeysFrom.TYPED.value, **known}
