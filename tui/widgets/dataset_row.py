"""A known dataset on the home screen: a line for what it is, a line for its lights, a line for what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from core.lights.states import Light, Note, State, Viewpoint
from core.needs import OPERATIONS, Operation

from ..theme import light_markup
from ..words import joined, worst_of

if TYPE_CHECKING:
    from datetime import datetime

    from core.dataset import Dataset, Datasource
    from core.recheck import Result

__all__ = ["DatasetRow"]


class DatasetRow(Widget, can_focus=True):
    """A datasource of a dataset with its three lights, and why the worst of them is not green."""

    DEFAULT_CSS = """
    DatasetRow { height: auto; padding: 0 1; margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "edit", "edit", show=False)]

    class Edited(Message):
        """Somebody wants to go through its setup again."""

        def __init__(self, row: DatasetRow) -> None:
            self.row = row
            super().__init__()

    class Opened(Message):
        """Somebody wants to know more about a dataset."""

        def __init__(self, row: DatasetRow) -> None:
            self.row = row
            super().__init__()

    def __init__(self, dataset: Dataset, datasource: Datasource) -> None:
        super().__init__()
        self.dataset = dataset
        self.datasource = datasource
        self.lights: dict[Operation, Light] = _unchecked(dataset, datasource)
        self.principal: str | None = None
        self.result: Result | None = None
        self.checked_at: datetime | None = None
        self.ended = 0
        self.noted: tuple[Note, ...] = ()
        self.under_way = ""

    def take(self, light: Light) -> None:
        """Show a light that changed."""
        self.lights[light.operation] = light
        self.refresh(layout=True)

    def finish(self, result: Result, moment: datetime) -> None:
        """Show the end of a check, with the platform's verdict: the one that came with it, or the last that holds."""
        if not result.platform and self.result is not None:
            result = replace(result, platform=_still_holding(self.result, result))
        self.result = result
        self.lights = {light.operation: result.decisive(light.operation) for light in result.local}
        self.principal = result.principal
        self.checked_at = moment
        self.ended += 1
        self.refresh(layout=True)

    def give_up(self) -> None:
        """Take in that a check ended without a result."""
        self.ended += 1

    @property
    def others(self) -> tuple[Light, ...]:
        """What holds from every viewpoint, with the light that decides among it."""
        result = self.result
        return (*result.local, *result.platform, *result.simulated) if result else ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is too open, or worth saying beside: what the last check says, and what was found outside the folder."""
        return joined(self.result.notes if self.result else (), self.noted)

    def tell(self, under_way: str) -> None:
        """Show what is under way in AWS for it; empty where nothing is."""
        if under_way != self.under_way:  # home tells every row whenever it comes back
            self.under_way = under_way
            self.refresh(layout=True)

    def note(self, notes: tuple[Note, ...]) -> None:
        """Keep what was found outside of the folder."""
        self.noted = notes
        self.refresh(layout=True)

    @property
    def worst(self) -> Light:
        """The light that is least well."""
        return worst_of(tuple(self.lights.values()))

    def render(self) -> Content:
        """Draw the row."""
        width = max(self.content_size.width, 20)
        mark = "> " if self.has_focus else "  "
        name = f"{self.dataset.name}  {'output  ' if self.datasource.purpose == 'LIGHTLY' else ''}"
        room = width - 2 - len(name) - len(self.datasource.region) - 2
        uri = Content(self.datasource.location.uri).truncate(max(room, 8), ellipsis=True)
        gap = " " * max(width - 2 - len(name) - uri.cell_length - len(self.datasource.region), 1)
        first = Content.assemble((mark, "$accent"), (name, "bold"), uri, gap, (self.datasource.region, "$faint"))
        cell = max((width - 4) // 3, 18)
        second = Content("    ")
        for light in self.lights.values():
            word = Content.from_markup(f"{light.operation.value.capitalize():<6} {light_markup(light.state)}")
            second += word.pad_right(max(cell - word.cell_length, 1))
        lines = [first, second]
        if worst := self._why():
            lines.append(Content.styled(f"    {worst}", "$faint").truncate(width, ellipsis=True))
        if self.under_way:
            lines.append(Content.styled(f"    ! {self.under_way}", "$warning").truncate(width, ellipsis=True))
        if notes := self.notes:
            more = f" (and {len(notes) - 1} more)" if len(notes) > 1 else ""
            first_note = Content.styled(f"    ! {notes[0].summary}", "$warning")
            lines.append(Content.assemble(first_note.truncate(width - len(more), ellipsis=True), (more, "$faint")))
        return Content("\n").join(lines)

    def _why(self) -> str:
        worst = self.worst
        if worst.state in {State.RED, State.AMBER, State.UNKNOWN}:
            return f"By Lightly: {worst.summary}" if worst.viewpoint is Viewpoint.PLATFORM else worst.summary
        unheard = (light for light in self.others if light.viewpoint is Viewpoint.PLATFORM and light.required)
        # That Lightly's test leaves a separate output out is so for every one of them, and nothing to mind.
        heard_of = (light for light in unheard if light.cause != "platform-untested")
        silent = next((light for light in heard_of if light.state is State.UNKNOWN), None)
        return f"By Lightly: {silent.summary}" if silent else ""

    def watch_has_focus(self, _has: bool) -> None:
        """Move the mark along with the focus."""
        super().watch_has_focus(_has)
        self.refresh()

    def action_edit(self) -> None:
        """Ask for its setup."""
        self.post_message(self.Edited(self))

    def action_open(self) -> None:
        """Ask for the diagnosis."""
        self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        """On the name ask for its setup, on the lights for the diagnosis."""
        if event.y:
            self.action_open()
        else:
            self.action_edit()


def _still_holding(before: Result, now: Result) -> tuple[Light, ...]:
    """Return what the platform said before, of the operations that nothing has changed about since."""
    states = {light.operation: light.state for light in before.local}
    unchanged = {light.operation for light in now.local if states.get(light.operation) is light.state}
    return tuple(light for light in before.platform if light.operation in unchanged)


def _unchecked(dataset: Dataset, datasource: Datasource) -> dict[Operation, Light]:
    required = dataset.required(datasource)
    return {
        operation: Light(
            operation=operation,
            state=State.UNCHECKED if operation in required else State.OFF,
            required=operation in required,
        )
        for operation in OPERATIONS
    }
