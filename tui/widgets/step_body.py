"""The middle of a setup's screen: the question, the fields, and what is wrong, waited for or to follow."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from core.guide.fields import Field, Problem, Problems, StepView, is_shown

from .copy_row import CopyRow
from .fields import FieldBox, InfoField, LinkField, make_field
from .lines import Lines
from .scrolling import Scrolling
from .secret_input import PlainInput

__all__ = ["StepBody"]

_TIGHTER = ("-snug", "-close", "-tight")
"""Classes that leave out blank lines: first above the question, then between fields, then all."""


class StepBody(Scrolling):
    """Shows a step as the guide describes it, and gives back what stands in its fields."""

    DEFAULT_CSS = """
    StepBody { padding: 0 1; height: 1fr; }
    StepBody > #question { margin: 1 0; text-style: bold; }
    StepBody > #fields { height: auto; padding-right: 1; }
    StepBody > #fields > LineField, StepBody > #fields > InfoField, StepBody > #fields > LinkField { margin: 1 0; }
    StepBody > #fields > FieldBox:last-child { margin: 0; }
    StepBody > #fields > InfoField:last-child, StepBody > #fields > LinkField:last-child { margin: 1 0 0 0; }
    StepBody > #fields > FieldBox:first-child { margin: 0 0 1 0; }
    StepBody > #preview { margin-top: 1; color: $faint; }
    StepBody > #foot { dock: bottom; height: auto; background: $background; }
    StepBody #pinned { height: auto; }
    StepBody #pinned > FieldBox { margin: 1 0 0 0; }
    StepBody #trouble { height: auto; color: $error; }
    StepBody #waiting { height: auto; color: $accent; }
    StepBody.-snug > #question { margin: 0 0 1 0; }
    StepBody.-close > #fields > FieldBox { margin: 0; }
    StepBody.-close #pinned > FieldBox { margin: 0; }
    StepBody.-tight > #question { margin: 0; }
    StepBody.-tight > #preview { margin-top: 0; }
    """

    def __init__(self) -> None:
        super().__init__(id="step", can_focus=False)
        self._shown: tuple[str, tuple[tuple[str, type[Field]], ...]] | None = None
        self._homeless: dict[str, str | bool] = {}
        self._waited = False

    def compose(self) -> ComposeResult:
        """Make the parts; most are empty at first."""
        yield Static("", id="question", markup=False)
        yield Vertical(id="fields")
        yield Lines((), id="preview")
        with Vertical(id="foot"):
            yield Vertical(id="pinned")
            yield Static("", id="trouble", markup=False)
            yield Static("", id="waiting", markup=False)

    async def show(self, view: StepView) -> bool:
        """Bring everything in line with the view, and tell whether it is another step than before.

        Within a step what was typed stays, even where fields come or go.
        """
        names = (view.step, tuple((field.name, type(field)) for field in view.fields))
        same_step = self._shown is not None and self._shown[0] == view.step
        self.query_one("#question", Static).update(view.question)
        if names != self._shown:
            another_face = self._shown is None or not set(self._shown[1]) & set(names[1])
            self._shown = names
            if another_face or not same_step:
                self._loosen()
            with self.app.batch_update():  # what is seen can be typed into
                await self._lay_out(view, same_step=same_step)
        described = {field.name: field for field in view.fields}
        for box in self._all():  # while the app ends, some may be gone already
            box.take(described.get(box.field_name, box.field))
        self.show_and_hide()
        self._problems(view.problems, view.hints)
        if same_step and (self._waited or view.hints):
            self._focus_wrong({**view.hints, **view.problems})
        self._waited = view.waiting is not None
        self._line("#waiting", view.waiting or "")
        return not same_step

    def on_mount(self) -> None:
        """Follow how much room the step takes."""
        self.watch(self, "virtual_size", self._tighten, init=False)

    def on_resize(self) -> None:
        """Fit anew into the room there is."""
        self._loosen()
        self.call_after_refresh(self._tighten)

    def _loosen(self) -> None:
        """Let every blank line be there."""
        self.remove_class(*_TIGHTER)

    def _tighten(self) -> None:
        """Leave blank lines out where the step would not fit with them. They come back with the next step."""
        looser = [name for name in _TIGHTER if not self.has_class(name)]
        if self.max_scroll_y > 0 and looser:
            self.add_class(looser[0])
            self.app.stylesheet.update(self)  # the next layout already has it, and does not ask for another
        elif self.scroll_y > self.max_scroll_y:
            self.scroll_home(animate=False)
        self.call_after_refresh(self._place_cursor)

    @property
    def focused_field(self) -> str | None:
        """The name of the field that is being answered, or None."""
        focused = self.screen.focused
        return next((box.field_name for box in self._boxes() if focused and box in focused.ancestors), None)

    @property
    def is_at_link(self) -> bool:
        """Tell whether it is a link that has the focus."""
        return any(isinstance(box, LinkField) and box.field_name == self.focused_field for box in self._all())

    def _place_cursor(self) -> None:
        """Let the terminal's own cursor follow a line that has moved."""
        if self.is_attached and isinstance(focused := self.screen.focused, PlainInput):
            focused.on_focus()

    async def _lay_out(self, view: StepView, *, same_step: bool) -> None:
        typed = self._values() | self._homeless if same_step else {}
        self._homeless = {}
        before = self.focused_field
        fields, pinned = self.query_one("#fields", Vertical), self.query_one("#pinned", Vertical)
        await fields.remove_children()
        await pinned.remove_children()
        boxes = [make_field(field) for field in view.fields]
        await fields.mount_all(box for box in boxes if not box.is_pinned)
        await pinned.mount_all(box for box in boxes if box.is_pinned)
        for box in boxes:
            if box.field_name in typed:
                box.put(typed[box.field_name])
        self.show_and_hide()
        self.scroll_home(animate=False, immediate=True)  # nothing of it is seen at the place of what was before
        self.scroll_home(animate=False)
        wrong = next((name for name in (*view.problems, *view.hints) if view.field(name)), None)
        self._focus_first((wrong or before) if same_step else None)

    def _focus_first(self, name: str | None) -> None:
        """Bring the cursor to the field of that name, else to the first; where there is none, scrolling is left.

        A link counts where the step begins with it.
        """
        self.can_focus = not self.has_inputs
        if self.can_focus:
            self.focus()
            return
        boxes = self._boxes()
        inputs = [box for box in boxes if box.value is not None or (box is boxes[0] and isinstance(box, LinkField))]
        next((box for box in inputs if box.field_name == name), inputs[0]).focus_field()

    def _all(self) -> list[FieldBox]:
        """Every field, hidden or not. A key may come while they are being made: one has no value before it is."""
        return [box for box in self.query(FieldBox) if box.is_mounted]

    def _boxes(self) -> list[FieldBox]:
        """The fields that are there now."""
        return [box for box in self._all() if box.display]

    def leads(self, by: int) -> bool:
        """Tell whether there is a field to go to in that direction: always, unless the cursor is at the last one."""
        there = [each for each in self.screen.focus_chain if self in each.ancestors]
        focused = self.screen.focused
        if self.can_focus or focused not in there:
            return not self.can_focus
        return 0 <= there.index(focused) + by < len(there)

    def can_scroll(self, by: int) -> bool:
        """Tell whether there is more to see in that direction."""
        return self.scroll_y < self.max_scroll_y if by > 0 else self.scroll_y > 0

    @property
    def has_inputs(self) -> bool:
        """Tell whether there is anything to fill in."""
        return any(box.value is not None for box in self._boxes())

    def box(self, name: str) -> FieldBox:
        """Return the field of that name.

        Raises:
            KeyError: where the step has none.
        """
        for box in self.query(FieldBox):
            if box.field_name == name:
                return box
        raise KeyError(name)

    @property
    def names(self) -> frozenset[str]:
        """The names of all that can be filled in on this step, hidden or not."""
        return frozenset(self._values())

    def _values(self) -> dict[str, str | bool]:
        return {box.field_name: box.value for box in self._all() if box.value is not None}

    def raw(self) -> dict[str, str | bool]:
        """Return what stands in the fields that are there."""
        return {box.field_name: box.value for box in self._boxes() if box.value is not None}

    def show_and_hide(self) -> None:
        """Let those fields be there that belong to what is chosen now; what was typed into the others stays.

        A field that hangs on a hidden one is hidden as well.
        """
        boxes = self._all()
        there = dict.fromkeys(boxes, True)
        while True:
            raw = {box.field_name: box.value for box in boxes if there[box] and box.value is not None}
            now = {box: there[box] and is_shown(box.field, raw) for box in boxes}
            if now == there:
                break
            there = now
        focused = self.screen.focused
        for box, is_there in there.items():
            if box.display is not is_there:
                if not is_there and focused is not None and box in focused.ancestors:
                    self._focus_what_decides(box)
                box.display = is_there
        if not self.has_inputs:
            self.can_focus = True

    def _focus_what_decides(self, box: FieldBox) -> None:
        """Leave a field that goes: for the one whose answer makes it go."""
        decides = box.field.only_if
        if decides is not None:
            self.box(decides.name).focus_field()

    @property
    def rows(self) -> list[CopyRow]:
        """The values to be copied that are there now."""
        return [row for box in self._boxes() for row in box.query(CopyRow)]

    def preview(self, lines: tuple[str, ...]) -> None:
        """Show what would follow from what stands in the fields."""
        shown = self.query_one("#preview", Lines)
        shown.show(lines)
        shown.display = bool(lines)

    def lines(self, name: str, lines: tuple[str, ...]) -> None:
        """Show other lines in a field that is only read, where the step has it."""
        for box in self.query(InfoField):
            if box.field_name == name:
                box.show(lines)

    def refuse(self, problems: Problems) -> None:
        """Show why the answers were not taken, with the cursor at the first field that is wrong."""
        self._problems(problems, {})
        self._focus_wrong(problems)

    def _focus_wrong(self, problems: Mapping[str, Problem]) -> None:
        for box in self._boxes():
            if box.field_name in problems:
                box.focus_field(scroll=False)
                # What is said of it stands below it, and takes room only once all is laid out again.
                self.call_after_refresh(self.call_after_refresh, self.scroll_to_widget, box, animate=False)
                return

    def fill(self, answers: Mapping[str, str | bool]) -> tuple[str, ...]:
        """Fill in those fields for which there is an answer, and return their names.

        An answer for which there is no field is filled in when the step gets one.
        """
        filled = [box for box in self._all() if box.value is not None and box.field_name in answers]
        for box in filled:
            box.put(answers[box.field_name])
        self.show_and_hide()
        there = [box for box in filled if box.display]
        if there and self.is_at_link:
            there[0].focus_field()  # Enter goes on now
        names = [box.field_name for box in filled]
        self._homeless = {name: answer for name, answer in answers.items() if name not in names}
        return tuple(names)

    def take(self, field: str, problem: Problem) -> bool:
        """Put into a field what its problem suggests. False where that is not offered any more."""
        box = next((box for box in self._boxes() if box.field_name == field and box.problem == problem), None)
        if box is None:
            return False
        if problem.swap_with:
            other = self.box(problem.swap_with)
            mine, theirs = box.value, other.value
            box.put(theirs or "")
            other.put(mine or "")
        elif problem.suggestion:
            box.put(problem.suggestion)
        box.say(None)
        return True

    def _problems(self, problems: Mapping[str, Problem], hints: Mapping[str, Problem]) -> None:
        for box in self.query(FieldBox):
            problem = problems.get(box.field_name)
            box.say(problem or hints.get(box.field_name), is_hint=problem is None)
        there = {box.field_name for box in self._boxes()}
        # What is said of a field that is not there would be seen by nobody.
        homeless = {**hints, **problems}
        self._line("#trouble", "\n".join(problem.sentence for name, problem in homeless.items() if name not in there))

    def _line(self, where: str, text: str) -> None:
        """Show a text; where there is none, it takes no room."""
        line = self.query_one(where, Static)
        line.update(text)
        line.display = bool(text)
