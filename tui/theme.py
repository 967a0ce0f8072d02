"""Colours and symbols: one accent, and the three colours of the lights. State is never colour alone."""

from __future__ import annotations

from textual.theme import Theme

from core.lights.states import WORDS, State

__all__ = ["DARK", "LIGHT", "light_markup"]

DARK = Theme(
    name="bucketlight-dark",
    primary="#6fb1d6",
    secondary="#8a949e",
    accent="#6fb1d6",
    foreground="#d6dbe0",
    background="#14181c",
    surface="#1b2126",
    panel="#262e35",
    success="#7fc48a",
    warning="#e0b15c",
    error="#e57f76",
    dark=True,
    variables={"line": "#3a444d", "faint": "#8a949e"},
)

LIGHT = Theme(
    name="bucketlight-light",
    primary="#15618c",
    secondary="#5c6670",
    accent="#15618c",
    foreground="#1d2329",
    background="#fbfbf9",
    surface="#efefeb",
    panel="#e2e3de",
    success="#1f7335",
    warning="#8a5a00",
    error="#b3261e",
    dark=False,
    variables={"line": "#c3c7cb", "faint": "#5c6670"},
)

_SYMBOLS = {
    State.GREEN: "✓",
    State.AMBER: "!",
    State.RED: "✗",
    State.UNKNOWN: "?",
    State.OFF: "–",
    State.UNCHECKED: "·",
    State.CHECKING: "…",
}

_STYLES = {
    State.GREEN: "$success",
    State.AMBER: "$warning",
    State.RED: "$error",
    State.UNKNOWN: "$foreground",
    State.OFF: "$faint",
    State.UNCHECKED: "$faint",
    State.CHECKING: "$accent",
}


def light_markup(state: State) -> str:
    """Write a state as its single-width symbol and its words, in its colour, as Textual's markup."""
    return f"[{_STYLES[state]}]{_SYMBOLS[state]} {WORDS[state]}[/]"
