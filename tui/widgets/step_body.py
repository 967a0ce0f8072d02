"""The middle of a setup's screen: the question, the fields, and what is wrong, waited for or to follow."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from core.guide.fields import WHOLE_STEP, Info, Problem, Problems, StepView

from .fields import FieldBox, make_field

__all__ = ["StepBody"]


class StepBody(VerticalScroll):
    """Shows a step as the guide describes it, and gives back what stands in its fields."""

    DEFAULT_CSS = """
    StepBody { padding: 0 1; height: 1fr; }
    StepBody > #question { margin: 1 0; text-style: bold; }
    StepBody > #fields { height: auto; padding-right: 1; }
    StepBody > #preview { height: auto; margin-top: 1; padding-left: 2; color: $faint; }
    StepBody > #trouble { height: auto; color: $error; }
    StepBody > #waiting { height: auto; color: $accent; }
    """

    def __init__(self) -> None:
        super().__init__(id="step", can_focus=False)
        self._shown: tuple[str, tuple[str, ...]] | None = None

    def compose(self) -> ComposeResult:
        """Make the parts; most are empty at first."""
        yield Static("", id="question", markup=False)
        yield Vertical(id="fields")
        yield Static("", id="preview", markup=False)
        yield Static("", id="trouble", markup=False)
        yield Static("", id="waiting", markup=False)

    async def show(self, view: StepView) -> bool:
        """Bring everything in line with the view, and tell whether it is another step than before.

        Within a step what was typed stays, even where fields come or go.
        """
        names = (view.step, tuple(field.name for field in view.fields))
        same_step = self._shown is not None and self._shown[0] == view.step
        self.query_one("#question", Static).update(view.question)
        if names != self._shown:
            self._shown = names
            with self.app.batch_update():  # what is seen can be typed into
                await self._lay_out(view, same_step=same_step)
        for field in view.fields:
            self.box(field.name).refresh_from(field)
        self._problems(view.problems, view.hints)
        self._line("#waiting", view.waiting or "")
        return not same_step

    async def _lay_out(self, view: StepView, *, same_step: bool) -> None:
        typed = self.raw() if same_step else {}
        fields = self.query_one("#fields", Vertical)
        await fields.remove_children()
        boxes = [make_field(field) for field in view.fields]
        await fields.mount_all(boxes)
        for box in boxes:
            if box.field_name in typed:
                box.put(typed[box.field_name])
        self.scroll_home(animate=False)
        wrong = next((name for name in (*view.problems, *view.hints) if view.field(name)), None)
        self._focus_first(wrong if same_step else None)

    def _focus_first(self, name: str | None) -> None:
        """Bring the cursor to the field of that name, else to the first; where there is none, scrolling is left."""
        self.can_focus = not self.has_inputs
        if self.can_focus:
            self.focus()
            return
        for box in self.query(FieldBox):
            if name in {None, box.field_name} and box.focus_field():
                return

    @property
    def has_inputs(self) -> bool:
        """Tell whether there is anything to fill in."""
        return any(box.value is not None for box in self.query(FieldBox))

    def box(self, name: str) -> FieldBox:
        """Return the field of that name."""
        return next(box for box in self.query(FieldBox) if box.field_name == name)

    def raw(self) -> dict[str, str | bool]:
        """Return what stands in the fields."""
        return {box.field_name: box.value for box in self.query(FieldBox) if box.value is not None}

    def preview(self, lines: tuple[str, ...]) -> None:
        """Show what would follow from what stands in the fields."""
        self._line("#preview", "\n".join(lines))

    def lines(self, name: str, lines: tuple[str, ...]) -> None:
        """Show other lines in a field that is only read, where the step has it."""
        for box in self.query(FieldBox):
            if box.field_name == name:
                box.refresh_from(Info(name=name, label="", lines=lines))

    def refuse(self, problems: Problems) -> None:
        """Show why the answers were not taken, with the cursor at the first field that is wrong."""
        self._problems(problems, {})
        for name in problems:
            if name != WHOLE_STEP:
                self.box(name).focus_field()
                return

    def fill(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        """Fill in those fields for which there is an answer, and return their names."""
        filled = [box for box in self.query(FieldBox) if box.field_name in answers]
        for box in filled:
            box.put(answers[box.field_name])
        return tuple(box.field_name for box in filled)

    def take(self, field: str, problem: Problem) -> None:
        """Put into a field what a problem suggests."""
        box = self.box(field)
        if problem.swap_with:
            other = self.box(problem.swap_with)
            mine, theirs = box.value, other.value
            box.put(theirs or "")
            other.put(mine or "")
        elif problem.suggestion:
            box.put(problem.suggestion)

    def _problems(self, problems: Mapping[str, Problem], hints: Mapping[str, Problem]) -> None:
        for box in self.query(FieldBox):
            problem = problems.get(box.field_name)
            box.say(problem or hints.get(box.field_name), is_hint=problem is None)
        whole = problems.get(WHOLE_STEP)
        self._line("#trouble", whole.sentence if whole else "")

    def _line(self, where: str, text: str) -> None:
        """Show a text; where there is none, it takes no room."""
        line = self.query_one(where, Static)
        line.update(text)
        line.display = bool(text)
