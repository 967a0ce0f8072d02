"""A check's results in forms to hand on: JSON for programs, a table for people. Keys of the user's data are in neither.

The JSON is a contract: keys may be added, none changes its meaning.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from .lights.states import Evidence, Light, State
from .needs import OPERATIONS
from .recheck import Result

__all__ = ["WORDS", "to_dict", "to_json", "to_table"]

SCHEMA = 1

WORDS = {
    State.GREEN: "works",
    State.AMBER: "works, but",
    State.RED: "fails",
    State.UNKNOWN: "not proven",
    State.OFF: "not needed",
    State.UNCHECKED: "not checked",
    State.CHECKING: "checking",
}
"""What each state is called where a person reads it."""


def to_dict(results: tuple[Result, ...], checked_at: datetime) -> dict[str, object]:
    """Make the report as plain JSON values. `checked_at` is written in UTC, to the second."""
    return {
        "schema": SCHEMA,
        "checked_at": checked_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "results": [_result(result) for result in results],
    }


def to_json(results: tuple[Result, ...], checked_at: datetime) -> str:
    """Write the report as JSON, indented, with a final line break."""
    return json.dumps(to_dict(results, checked_at), indent=2, ensure_ascii=False) + "\n"


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
        "ok": result.ok,
        "effective": {operation.value: result.effective(operation) for operation in OPERATIONS},
        "lights": [_light(light) for light in (*result.local, *result.platform)],
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
        "fix": light.fix,
        "evidence": _evidence(light.evidence) if light.evidence else None,
        "elapsed_ms": light.elapsed_ms,
    }


def _evidence(evidence: Evidence) -> dict[str, object]:
    return {
        "call": evidence.call,
        "status": evidence.status,
        "code": evidence.code,
        "request_id": evidence.request_id,
        "message": evidence.message,
    }


def to_table(results: tuple[Result, ...], *, explain: bool = False) -> str:
    """Write the report for a person: a block a location, a line a light. With `explain`, fixes and evidence whole."""
    return "\n".join(_block(result, explain=explain) for result in results)


def _block(result: Result, *, explain: bool) -> str:
    name = f"{result.dataset} ({result.datasource})  " if result.dataset else ""
    lines = [f"{name}{result.location.uri}", f"  as {result.principal or 'an unnamed principal'}{_where(result)}"]
    for light in result.local:
        lines += _lines(light, "from here", explain=explain)
    for light in result.platform:
        lines += _lines(light, "by Lightly", explain=explain)
    for note in result.notes:
        lines += [f"  note: {note.summary}", f"        {note.fix}"]
    return "\n".join(lines) + "\n"


def _where(result: Result) -> str:
    endpoint = f" at {result.endpoint_url}" if result.endpoint_url else ""
    return f" in {result.region or 'an unknown region'}{endpoint}"


def _lines(light: Light, viewpoint: str, *, explain: bool) -> list[str]:
    name = light.operation.value.capitalize()
    lines = [f"  {name:<6}{WORDS[light.state]:<12}{viewpoint}"]
    if light.state in {State.GREEN, State.OFF} and not explain:
        return lines
    if light.state is not State.OFF:
        lines.append(f"        {light.summary}")
    if light.fix:
        lines += [f"        {line}" for line in f"Fix: {light.fix}".splitlines()]
    if explain and light.evidence:
        evidence = light.evidence
        answered = " ".join(str(part) for part in (evidence.status, evidence.code) if part is not None)
        lines.append(f"        asked {evidence.call}, answered {answered or 'nothing'}, cause {light.cause or 'none'}")
        if evidence.request_id:
            lines.append(f"        request id {evidence.request_id}")
        if evidence.message:
            lines.append(f"        it said: {evidence.message}")
    return lines
