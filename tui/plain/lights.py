"""Lights as lines: one for each change, and why one is as it is. Pure."""

from __future__ import annotations

from core.lights.states import WORDS, CheckReport, Light, State

__all__ = ["light_lines", "why_lines"]

_HEADS = {State.AMBER: "works, but", State.RED: "fails:", State.UNKNOWN: "is not proven:"}


def light_lines(light: Light, where: str = "", *, repeats_fix: bool = False) -> tuple[str, ...]:
    """Return the line of a light, and its fix below it, unless that was said just before.

    `where` tells two places apart.
    """
    name, words = light.operation.value.capitalize(), WORDS[light.state]
    head = f"{where}{name} {words}"
    if light.state not in _HEADS:
        return (head,)
    says = light.summary.removeprefix(f"{name} {_HEADS[light.state]}").strip()
    first = f"{head}: {says}" if says else head
    if light.fix and repeats_fix:
        return (first, "  Fix: as above.")
    fix = (f"Fix: {light.fix}", *_lines(light.paste)) if light.fix else ()
    return (first, *(f"  {line}" for line in fix))


def why_lines(light: Light, report: CheckReport | None, tried: str) -> tuple[str, ...]:
    """Return a diagnosis: who tried, the sentence, the fix, what to paste, the evidence, and what else was noticed."""
    name = light.operation.value.capitalize()
    lines = [light.summary or f"{name} is {WORDS[light.state]}."]
    if light.fix:
        lines += [f"Fix: {light.fix}", *(f"  {line}" for line in _lines(light.paste))]
    lines.append(f"Tried: {tried}")
    if (seen := light.evidence) is not None:
        answered = " ".join(str(part) for part in (seen.status, seen.code) if part is not None) or "nothing"
        number = f", request id {seen.request_id}" if seen.request_id else ""
        lines.append(f"Asked: {seen.call}" + (f", {seen.how}" if seen.how else ""))
        lines.append(f"Answered: {answered}{number}")
        if said := seen.said or seen.message:
            lines.append(f"It said: {said}")
    if light.cause:
        lines.append(f"Cause: {light.cause}")
    if light.link:
        lines.append(f"More: {light.link}")
    if report is not None:
        lines += [f"Simulated: {other.summary}" for other in report.simulated if other.operation is light.operation]
        for note in report.notes:
            lines.append(f"Note: {note.summary} {note.fix}".strip())
            lines += [f"More: {note.link}"] if note.link else []
    return tuple(lines)


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(text.rstrip("\n").split("\n")) if text else ()
