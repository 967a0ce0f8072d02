"""The lights of a setup: the strip, their diagnoses, checking again, and waiting for a fix to spread."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from core.guide.strip import place, strip
from core.lights.target import CheckOptions
from core.needs import Operation

from ..diagnosed import Seen, offers_waiting
from ..not_yet import NotYet, end_sentence
from ..outside import with_notes
from ..setup_seen import about, lights_of, seen_of
from ..widgets.strip import LightCell, LightStrip
from ..words import worst_of
from .diagnosis import DiagnosisScreen
from .step_screen import StepScreen

if TYPE_CHECKING:
    from datetime import datetime

    from core.guide.state import State
    from core.lights.states import Note
    from core.location import S3Location

    from ..clocks import Clocks
    from ..outside import OutsideLook

__all__ = ["LightsScreen"]


class LightsScreen(StepScreen):
    """What a setup's screen knows about its lights. Those shown are the ones of the place that the step is about."""

    def __init__(self, state: State, clocks: Clocks) -> None:
        super().__init__()
        self.state = state
        self._clocks = clocks
        self._checks_ended: Counter[S3Location | None] = Counter()
        self._checked_at: dict[S3Location | None, datetime] = {}
        self._noted: dict[S3Location | None, tuple[Note, ...]] = {}
        self.not_yet = NotYet(
            owner=self,
            clocks=clocks,
            ask=self._ask,
            look=lambda: (self._checks_ended[place(self.state)], strip(self.state)),
            changed=self._show_strip,
            ended=lambda outcome, light: self.say(end_sentence(outcome, light)),
        )

    async def again(self, options: CheckOptions | None) -> None:
        """Ask anew what was asked."""
        raise NotImplementedError

    def _check_ended(self, location: S3Location) -> None:
        self._checks_ended[location] += 1
        self._checked_at[location] = self._clocks.day()

    def _show_lights(self) -> None:
        """Show what is known of the lights by now, here and in the diagnosis above."""
        self.not_yet.follow()
        self._show_strip()
        if isinstance(self.app.screen, DiagnosisScreen):
            self.app.screen.renew()

    def _show_strip(self) -> None:
        shown = self.query_one(LightStrip)
        shown.show(lights_of(self.state), about(self.state))
        shown.wait(*self.not_yet.line())

    @property
    def can_wait(self) -> bool:
        """Tell whether it makes sense to wait for a fix, or it is waited for one."""
        return self.not_yet.waits or offers_waiting(worst_of(strip(self.state)))

    def action_fixed(self) -> None:
        """Check again and again until the fix has spread; once more, and that ends."""
        if self.not_yet.waits:
            self._stop_waiting()
        elif self.can_wait:
            self.not_yet.begin(worst_of(strip(self.state)).operation)

    def _stop_waiting(self) -> None:
        self.not_yet.stop()
        self.say("Stopped. r checks again, f waits again.")
        self._show_strip()

    def action_check_again(self) -> None:
        """Ask anew what was asked: the check, and what went badly in this step."""
        self._ask(None)

    def _ask(self, options: CheckOptions | None) -> None:
        self.call_later(self.again, options)

    def action_why(self) -> None:
        """Open the diagnosis of the light that is least well."""
        self._open(worst_of(lights_of(self.state)).operation)

    def on_light_cell_opened(self, message: LightCell.Opened) -> None:
        """Open the diagnosis of a light."""
        self._open(message.operation)

    def _open(self, operation: Operation) -> None:
        if self.not_yet.waits:
            self._stop_waiting()  # the diagnosis waits by itself
        self.app.push_screen(
            DiagnosisScreen(
                seen=self._seen,
                operation=operation,
                again=self._ask,
                clocks=self._clocks,
                outside=self._outside,
                noted=self._note,
            )
        )

    def _outside(self) -> OutsideLook | None:
        """Return what may be tried outside of the folder, or None."""
        return None

    def _note(self, notes: tuple[Note, ...]) -> None:
        self._noted[place(self.state)] = notes

    def _seen(self) -> Seen:
        where = place(self.state)
        seen = seen_of(self.state, checked_at=self._checked_at.get(where), ended=self._checks_ended[where])
        return with_notes(seen, self._noted.get(where, ()))
