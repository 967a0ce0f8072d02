"""What a diagnosis says, as texts: what is seen, what is copied, what is saved. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from core.lights.propagation import may_spread
from core.lights.states import WORDS, Light, Note, ProbeMode, State, Viewpoint
from core.lights.target import CheckOptions
from core.location import S3Location
from core.needs import Operation

from .widgets.columns import Rows, in_columns

__all__ = [
    "Seen",
    "can_prove",
    "copied",
    "evidence_rows",
    "fix_text",
    "headline",
    "offers_closer",
    "offers_proof",
    "offers_waiting",
    "outcome_sentence",
    "time_of_day",
    "tried_by",
]

_WHO = {Viewpoint.LOCAL: "from here", Viewpoint.PLATFORM: "by Lightly", Viewpoint.SIMULATED: "simulated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a diagnosis is about, as it stands.

    Attributes:
        lights: the three lights that hold.
        name: the dataset's name; empty before it has one.
        subject: purpose and folder.
        region: where the bucket is, or empty.
        about: who was checked, and from where.
        others: what holds from other viewpoints, of any operation.
        notes: what is worth saying beside.
        location: the folder, where one is known.
        checked_at: when the last check ended.
        ended: how many checks have ended.
        busy: whether one is under way.
        at_aws: whether AWS answers, and not another server.
    """

    lights: tuple[Light, ...]
    name: str
    subject: str
    region: str
    about: str
    others: tuple[Light, ...] = ()
    notes: tuple[Note, ...] = ()
    location: S3Location | None = None
    checked_at: datetime | None = None
    ended: int = 0
    busy: bool = False
    at_aws: bool = True

    def light(self, operation: Operation) -> Light:
        """Return the light of an operation."""
        return next(light for light in self.lights if light.operation is operation)


def headline(light: Light) -> str:
    """Say in a few words what the diagnosis of a light is about."""
    name, words = light.operation.value.capitalize(), WORDS[light.state]
    match light.state:
        case State.RED if light.viewpoint is Viewpoint.PLATFORM:
            return f"Why {name} fails at Lightly"
        case State.RED:
            return f"Why {name} fails"
        case State.AMBER:
            return f"{name} works, but"
        case State.UNKNOWN:
            return f"Why {name} is not proven"
        case State.GREEN:
            return f"{name} works"
        case State.CHECKING:
            return f"Checking {name}"
        case _:
            return f"{name} is {words}"


def tried_by(seen: Seen, light: Light) -> str:
    """Say who tried what a light says."""
    return "tried by Lightly itself" if light.viewpoint is Viewpoint.PLATFORM else seen.about


def time_of_day(moment: datetime | None) -> str:
    """Write the time of a check, in UTC."""
    return f"{moment.astimezone(UTC):%H:%M:%S} UTC" if moment else ""


def evidence_rows(seen: Seen, light: Light) -> Rows:
    """Write down what was asked, what came back, the cause's id, where more stands, and what others see of it."""
    rows: list[tuple[str, str]] = []
    if (evidence := light.evidence) is not None:
        rows.append(("asked", ", ".join(part for part in (evidence.call, evidence.how) if part)))
        answered = " ".join(str(part) for part in (evidence.status, evidence.code) if part is not None) or "nothing"
        number = f", request id {evidence.request_id}" if evidence.request_id else ""
        rows.append(("answered", answered + number))
        if said := evidence.said or evidence.message:
            rows.append(("AWS says" if seen.at_aws else "it said", f"“{said}”"))
    if light.cause:
        rows.append(("cause", light.cause))
    if light.link:
        rows.append(("more", light.link))
    rows += [(_WHO[other.viewpoint], _in_words(other)) for other in _others(seen, light)]
    return tuple(rows)


def _others(seen: Seen, light: Light) -> list[Light]:
    """Choose what other viewpoints have to add: where they see it otherwise, and always what is simulated."""
    if light.state in {State.UNCHECKED, State.CHECKING, State.OFF}:
        return []

    def adds(other: Light) -> bool:
        elsewhere = other.operation is light.operation and other.viewpoint is not light.viewpoint
        differs = other.viewpoint is Viewpoint.SIMULATED or other.state is not light.state
        return elsewhere and differs and other.state is not State.OFF

    return [other for other in seen.others if adds(other)]


def _in_words(light: Light) -> str:
    return light.summary or f"{light.operation.value.capitalize()} is {WORDS[light.state]}."


def copied(light: Light) -> str | None:
    """Return what is copied: exactly what is to be pasted, else the fix; None where there is neither."""
    return light.paste or light.fix


def fix_text(seen: Seen, light: Light) -> str:
    """Write the whole down, to be handed on: whose light it is, the verdict, the fix, what to paste, the evidence."""
    head = "  ".join(part for part in (seen.name, seen.subject, seen.region) if part)
    about = "  ".join(part for part in (tried_by(seen, light), time_of_day(seen.checked_at)) if part)
    fix = f"Fix: {light.fix}" if light.fix else ""
    notes = "\n\n".join(_note_text(note) for note in seen.notes)
    evidence = "\n".join(in_columns(evidence_rows(seen, light)))
    parts = ("\n".join(part for part in (head, about) if part), light.summary, fix, light.paste, notes, evidence)
    return "\n\n".join(part for part in parts if part) + "\n"


def _note_text(note: Note) -> str:
    return "\n".join(part for part in (f"! {note.summary}", note.fix, note.link) if part)


def offers_waiting(light: Light) -> bool:
    """Tell whether it makes sense to wait for a change to spread."""
    return may_spread(light)


def offers_closer(light: Light) -> bool:
    """Tell whether the policies may have more to say: why it is not green, or what is too open though it is."""
    return may_spread(light) or light.state in {State.GREEN, State.AMBER}


def can_prove(seen: Seen) -> bool:
    """Tell whether Write may be proved: where it is needed, and not known to fail."""
    write = seen.light(Operation.WRITE)
    known = write.state in {State.GREEN, State.AMBER, State.UNKNOWN}
    return write.required and known and seen.location is not None


def outcome_sentence(options: CheckOptions, before: Seen, now: Seen, operation: Operation) -> str:
    """Say what came of a check that went further than usual; empty where the light says it all."""
    if options.write_probe is ProbeMode.REAL:
        return "Write is proven: an object was stored and deleted." if _is_green(now, Operation.WRITE) else ""
    if now.notes != before.notes:
        return "Looked closer: see the notes."
    if _without_evidence(before, operation) == _without_evidence(now, operation):
        if _is_green(now, operation) and not now.notes:
            return "Looked closer: nothing too open is to be seen with this key."
        return "Nothing more is to be seen with this key."
    return "Looked closer: this is what the policies say."


def _is_green(seen: Seen, operation: Operation) -> bool:
    return seen.light(operation).state is State.GREEN


def _without_evidence(seen: Seen, operation: Operation) -> tuple[object, ...]:
    """Return what is told of a light, without what differs with each request."""
    light = seen.light(operation)
    simulated = [other for other in seen.others if other.viewpoint is Viewpoint.SIMULATED]
    return light.state, light.cause, light.summary, light.fix, light.paste, [other.summary for other in simulated]


def offers_proof(seen: Seen, light: Light) -> bool:
    """Tell whether a proof is what this light lacks."""
    if not can_prove(seen):
        return False
    if light.operation is Operation.READ:
        return light.cause == "nothing-to-read"
    unproven = light.state is State.GREEN or light.cause == "write-unproven"
    return light.operation is Operation.WRITE and unproven
