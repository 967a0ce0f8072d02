"""What goes beyond a check as usual is told before it is done: Enter does it, Esc leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from core.aws.call import Stage
from core.aws.calls import CALLS
from core.lights.states import LookUps, ProbeMode
from core.lights.target import CheckOptions
from core.location import S3Location

from .base import NewestSize, close

__all__ = ["PROBE_SIZE", "Consent", "ConsentScreen", "closer", "outside", "proving"]

_FRAME = 6
"""Lines of the dialog around its text: border, padding, and the choices."""

PROBE_SIZE = 40
"""Bytes of the object that a real write stores."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agrees to: the title, what is done, what may come of it, and the options of the check."""

    title: str
    done: str
    steps: tuple[str, ...]
    heading: str
    may_come: tuple[str, ...]
    yes: str
    options: CheckOptions


def proving(location: S3Location) -> Consent:
    """Ask whether Write may be proved, by storing an object."""
    return Consent(
        title="Prove Write",
        done=f"One object of {PROBE_SIZE} bytes is stored, read back, and deleted at once: PutObject, GetObject, "
        "DeleteObject. It goes to",
        steps=(f"{location.uri}.lightly/",),
        heading="What may stay there",
        may_come=(
            "Without s3:DeleteObject the object stays, and the light names it.",
            "The least-privilege policy of bucketlight lacks that action.",
            "In a versioned bucket a delete marker or one version may stay.",
            "With Object Lock it stays until its retention ends.",
        ),
        yes="prove it",
        options=CheckOptions(write_probe=ProbeMode.REAL, read_back=True),
    )


def closer() -> Consent:
    """Ask whether a check may also read the policies that bear on a light."""

    def asked(service: str) -> str:
        return ", ".join(call.operation for call in CALLS if call.stage is Stage.IAM and call.service == service)

    return Consent(
        title="Look closer",
        done="Check again, and with the same key also read the policies that decide:",
        steps=(f"IAM: {asked('iam')}", f"S3: {asked('s3')}"),
        heading="What comes of it",
        may_come=(
            "These calls only read. What the key may not ask is left out, without a word.",
            "The cause may become more exact. It may also stay as it is.",
        ),
        yes="look closer",
        options=CheckOptions(look_ups=LookUps.IAM),
    )


def outside(tries: tuple[str, ...]) -> Consent:
    """Ask whether the key may be tried outside of its folder."""
    return Consent(
        title="Try outside of the folder",
        done="With the same key, to see whether it reaches more than it should:",
        steps=tries,
        heading="What comes of it",
        may_come=(
            "Nothing is stored, and no content of a file is read.",
            "Refusals stand in CloudTrail, and may be seen by whoever watches it.",
            "What is open is added to the notes; no light changes.",
        ),
        yes="try it",
        options=CheckOptions(),
    )


class _Choice(Static, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "press", show=False)]

    class Made(Message):
        def __init__(self, *, yes: bool) -> None:
            self.yes = yes
            super().__init__()

    def __init__(self, key: str, label: str, *, yes: bool) -> None:
        super().__init__(Content.assemble((key, "$accent"), f" {label}"), id="yes" if yes else "no")
        self.yes = yes

    def action_press(self) -> None:
        self.post_message(self.Made(yes=self.yes))

    def on_click(self) -> None:
        self.action_press()


class ConsentScreen(NewestSize, ModalScreen[CheckOptions | None]):
    """Gives the options that were agreed to, or None."""

    DEFAULT_CSS = """
    ConsentScreen { align: center middle; }
    ConsentScreen > Vertical {
        width: 74; max-width: 96%; height: auto; padding: 1 2; background: $surface; border: solid $line;
    }
    ConsentScreen VerticalScroll { height: auto; }
    ConsentScreen Static { height: auto; }
    ConsentScreen #title { text-style: bold; margin-bottom: 1; }
    ConsentScreen .step { padding-left: 2; }
    ConsentScreen #heading { margin-top: 1; color: $faint; }
    ConsentScreen .may { padding-left: 2; }
    ConsentScreen Horizontal { height: 1; margin-top: 1; }
    ConsentScreen _Choice { width: auto; margin-right: 3; }
    ConsentScreen _Choice:focus { text-style: underline; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "agree", show=False),
        Binding("escape,b,q", "decline", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
    ]
    AUTO_FOCUS = "#yes"

    def __init__(self, consent: Consent) -> None:
        super().__init__()
        self._consent = consent

    def compose(self) -> ComposeResult:
        """Make the text and the two choices."""
        consent = self._consent
        with Vertical():
            with VerticalScroll(can_focus=False):
                yield Static(consent.title, id="title", markup=False)
                yield Static(consent.done, markup=False)
                for step in consent.steps:
                    yield Static(step, classes="step", markup=False)
                yield Static(consent.heading, id="heading", markup=False)
                for each in consent.may_come:
                    yield Static(each, classes="may", markup=False)
            with Horizontal():
                yield _Choice("Enter", consent.yes, yes=True)
                yield _Choice("Esc", "leave it", yes=False)

    def on_resize(self, _: events.Resize) -> None:
        """Keep the choices in view: what is above them scrolls where it must."""
        self.query_one(VerticalScroll).styles.max_height = max(self.app.size.height - _FRAME, 4)

    def action_scroll(self, by: int) -> None:
        """Scroll the text."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False, immediate=True)

    def on__choice_made(self, message: _Choice.Made) -> None:
        """Close with what was chosen."""
        close(self, self._consent.options if message.yes else None)

    def action_agree(self) -> None:
        """Close with the options."""
        close(self, self._consent.options)

    def action_decline(self) -> None:
        """Close without them."""
        close(self)
