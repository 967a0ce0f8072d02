"""A check's results in forms to hand on: JSON for programs, a table for people. Keys of the user's data are in neither.

The JSON is a contract: keys may be added, none changes its meaning.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from .lights.states import WORDS, Evidence, Light, State, Viewpoint
from .needs import OPERATIONS
from .recheck import Result

__all__ = ["to_dict", "to_json", "to_table"]

SCHEMA = 1


def to_dict(results: tuple[Result, ...], checked_at: datetime) -> dict[str, object]:
    """Make the report as plain JSON values. `checked_at` is written in UTC, to the second."""
    return {
        "schema": SCHEMA,
        "checked_at": checked_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "results": [_result(result) for result in results],
    }


def to_json(results: tuple[Result, ...], checked_at: datetime) -> str:
    """Write the report as JSON in ASCII, indented, with a final line break."""
    return json.dumps(to_dict(results, checked_at), indent=2) + "\n"


def _result(result: Result) -> dict[str, object]:
    return {
        "dataset": result.dataset,
        "datasource": result.datasource,
        "uri": result.location.uri,
        "region": result.region,
        "endpoint_url": result.endpoint_url,
        "access": result.access,
        "principal": result.principal,
        "write_probe": result.write_probe,
        "restricted": result.restricted,
        "ok": result.ok,
        "effective": {operation.value: result.effective(operation) for operation in OPERATIONS},
        "lights": [_light(light) for light in (*result.local, *result.platform, *result.simulated)],
        "notes": [{"cause": note.cause, "summary": note.summary, "fix": note.fix} for note in result.notes],
    }


def _light(light: Light) -> dict[str, object]:
    return {
        "operation": light.operation,
        "state": light.state,
        "required": light.required,
        "viewpoint": light.viewpoint,
        "cause": light.cause,
        "summary": light.summary,
        "fix": light.whole_fix,
        "paste": light.paste,
        "link": light.link,
        "evidence": _evidence(light.evidence) if light.evidence else None,
        "elapsed_ms": light.elapsed_ms,
    }


def _evidence(evidence: Evidence) -> dict[str, object]:
    return {
        "call": evidence.call,
        "how": evidence.how,
        "status": evidence.status,
        "code": evidence.code,
        "request_id": evidence.request_id,
        "message": evidence.message,
        "said": evidence.said,
    }


def to_table(results: tuple[Result, ...], *, explain: bool = False) -> str:
    """Write the report for a person: a table a location, then why, where something is not green.

    With `explain`, the evidence of every light is added.
    """
    return "\n".join(_block(result, explain=explain) for result in results)


def _block(result: Result, *, explain: bool) -> str:
    name = f"{result.dataset} ({result.datasource})  " if result.dataset else ""
    endpoint = f"  at {result.endpoint_url}" if result.endpoint_url else ""
    lines = [
        _seen(f"{name}{result.location.uri}  {result.region or 'region not known'}{endpoint}"),
        _seen(f"  {result.principal or 'principal not known'}"),
        "",
        *_rows(result),
    ]
    for light in (*result.local, *result.platform, *result.simulated):
        lines += _why(light, explain=explain)
    for note in result.notes:
        lines += ["", _seen(f"  Note: {note.summary}"), _seen(f"  {note.fix}")]
        lines += [_seen(f"  More: {note.link}")] if explain and note.link else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _rows(result: Result) -> list[str]:
    views = {"from here": result.local, "by Lightly": result.platform, "simulated": result.simulated}
    shown = {name: {light.operation: WORDS[light.state] for light in view} for name, view in views.items() if view}
    rows = [("", list(shown))] + [
        (operation.value.capitalize(), [words.get(operation, "") for words in shown.values()])
        for operation in OPERATIONS
    ]
    return [f"  {name:<7}{''.join(f'{word:<14}' for word in words)}" for name, words in rows]


_WHOSE = {Viewpoint.LOCAL: "", Viewpoint.PLATFORM: "Lightly: ", Viewpoint.SIMULATED: "Simulated: "}


def _why(light: Light, *, explain: bool) -> list[str]:
    plain = light.state in {State.GREEN, State.OFF}
    if light.state is State.OFF or (plain and not explain):
        return []
    lines = [f"  {_WHOSE[light.viewpoint]}{light.summary}"]
    if light.fix:
        lines.append(f"  Fix: {light.fix}")
    lines += [f"  {line}" for line in light.paste.split("\n")] if light.fix and light.paste else []
    if explain and light.link:
        lines.append(f"  More: {light.link}")
    if explain and light.evidence:
        seen = light.evidence
        answered = " ".join(str(part) for part in (seen.status, seen.code) if part is not None) or "nothing"
        lines.append(f"    asked      {seen.call}" + (f", {seen.how}" if seen.how else ""))
        lines.append(f"    answered   {answered}" + (f", request id {seen.request_id}" if seen.request_id else ""))
        words = seen.said or seen.message
        lines += [f"    it said    {words}"] if words else []
        lines += [f"    cause      {light.cause}"] if light.cause else []
    return ["", *map(_seen, lines)]


def _seen(text: str) -> str:
    """Escape what cannot be printed: a folder's name may hold it, and must not steer the terminal that shows it."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)
