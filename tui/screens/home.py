"""Home: every known dataset with its lights, and the way into a setup."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from core.access import AccessKind
from core.lights.threads import DaemonThreads

from ..clocks import Clocks
from ..widgets.dataset_row import DatasetRow
from ..widgets.header import TwoSided
from ..widgets.keybar import Key, KeyBar
from ..widgets.scrolling import Scrolling
from .base import BaseScreen

if TYPE_CHECKING:
    from core.dataset import Dataset, Datasource, Purpose
    from core.lights.states import Light
    from core.lights.target import CheckOptions
    from core.recheck import Result

    from ..aws_rotation import Rotation
    from ..aws_undo import TakingBack
    from ..engine import Engine
    from ..outside import OutsideLook
    from .diagnosis import Seen

__all__ = ["DatasetRow", "HomeScreen"]

_OF_ROWS = frozenset({"edit", "why", "check_again", "like", "rotate", "undo"})
_WAYS_IN = """No dataset is known on this machine yet.

[$accent]n[/]   Set up a bucket, step by step: from a folder in S3 to three green lights.
[$accent]q[/]   Leave. [b]bucketlight demo[/b] lets you try it on a sandbox, without an account."""

_DEMO_WAYS_IN = """This is a sandbox: a small AWS and a small Lightly, on this machine only.
Its bucket holds 40 pictures of farm animals.

[$accent]n[/]   Set that bucket up, step by step. [$accent]Ctrl+T[/] fills in what a step asks for.
[$accent]q[/]   Leave. Nothing stays behind."""


class HomeScreen(BaseScreen):
    """The datasets that this machine knows. Nothing is checked before somebody asks for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "app.setup", "new setup", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("w,f2", "why", "why", show=False),
        Binding("e", "edit", "edit", show=False),
        Binding("l", "like", "another like this", show=False),
        Binding("k", "rotate", "replace the key", show=False),
        Binding("u", "undo", "undo in AWS", show=False),
    ]
    KEYS = (
        Key("app.setup", "n", "set up a bucket", short="set up"),
        Key("edit", "Enter", "edit"),
        Key("why", "w", "why"),
        Key("check_again", "r", "check again", short="check"),
        Key("app.help", "?", "help"),
        Key("app.all_actions", "Ctrl+O", "all actions", short="actions"),
        Key("app.leave", "q", "leave"),
    )
    MORE = (
        Key("like", "l", "set up another like this"),
        Key("rotate", "k", "replace the access key"),
        Key("undo", "u", "undo what was made in AWS"),
    )
    HELP = """The datasets that were set up on this machine. [b]r[/b] checks them all again: from this machine, and by \
Lightly itself. [b]w[/b] says why a light is as it is.

Enter or [b]e[/b] goes through the setup of a dataset again, with its answers filled in. [b]l[/b] sets up another \
like it: only folder and name are new.

[b]k[/b] replaces its access key by a new one, [b]u[/b] deletes the user or role that bucketlight made in AWS for it. \
Both take an administrator's profile, and show first what they do.

Lightly's own test stores a small object in the folder. This machine tries Write by a dry run, which AWS does not \
store."""

    class RowLight(Message):
        """A light of a running check changed. Posted from a thread."""

        def __init__(self, dataset: Dataset, purpose: Purpose, light: Light) -> None:
            self.dataset = dataset
            self.purpose = purpose
            self.light = light
            super().__init__()

    class SetUp(Message):
        """Somebody wants to go through the setup of a dataset, or to set up another like it."""

        def __init__(self, dataset: Dataset, *, like: bool) -> None:
            self.dataset = dataset
            self.like = like
            super().__init__()

    class Checked(Message):
        """A dataset's check is over. Posted from a thread."""

        def __init__(self, dataset: Dataset, results: tuple[Result, ...], broken: str | None = None) -> None:
            self.dataset = dataset
            self.results = results
            self.broken = broken
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._engine: Engine | None = None
        self._under_way: set[tuple[str, str]] = set()
        self._threads = DaemonThreads(4, "home")

    def compose_content(self) -> ComposeResult:
        """Make the head and the room for the rows."""
        yield TwoSided(id="rail")
        with Scrolling(id="rows"):
            yield Static("", id="waits", markup=False)
            yield Static("", id="interrupted", markup=False)
            yield Static("", id="ways-in")

    def all_keys(self) -> tuple[Key, ...]:
        """Return every action that makes sense now."""
        offered = self._offered()
        return tuple(key for key in (*self.KEYS, *self.MORE) if key.action in offered)

    def _offered(self) -> frozenset[str]:
        actions = {key.action for key in (*self.KEYS, *self.MORE)}
        return frozenset(actions if self.query(DatasetRow) else actions - _OF_ROWS)

    def on_mount(self) -> None:
        """Show the program's name at once; the datasets follow when the engine is there."""
        self.query_one("#rail", TwoSided).show("bucketlight", "connect an S3 bucket to Lightly")
        self.query_one(KeyBar).offer(self._offered())
        self.watch(self.app, "engine", self._arrived)

    async def _arrived(self, engine: Engine | None) -> None:
        self._engine = engine
        if engine is not None:
            await self.reload()

    async def on_screen_resume(self, _event: events.ScreenResume) -> None:
        """Show what a setup may have added."""
        if self._engine is not None:
            await self.reload()

    async def reload(self) -> None:
        """Read the datasets again; rows that are there keep their lights."""
        from core.store.errors import StoreError

        from ..setup_left import waiting

        if self._engine is None:
            return
        ways_in = self.query_one("#ways-in", Static)
        self._show_what_waits(waiting(self._engine))
        try:
            known = self._engine.datasets.load()
        except StoreError as error:
            ways_in.update(Content(str(error)))
            ways_in.display = True
            return
        kept = {_key(row.dataset, row.datasource): row for row in self.query(DatasetRow)}
        rows = [
            DatasetRow(dataset, datasource)
            for dataset in known
            for datasource in dataset.datasources
            if not _same(kept.get(_key(dataset, datasource)), dataset, datasource)
        ]
        wanted = {_key(dataset, source): (dataset, source) for dataset in known for source in dataset.datasources}
        for key, row in kept.items():
            if key not in wanted or not _same(row, *wanted[key]):
                await row.remove()
        await self.query_one("#rows", Scrolling).mount_all(rows)
        self._show_under_way(self._engine)
        ways_in.display = not known
        self.query_one(KeyBar).offer(self._offered())
        ways_in.update(_DEMO_WAYS_IN if self._engine.setting.demo else _WAYS_IN)
        if not isinstance(self.focused, DatasetRow):
            for row in self.query(DatasetRow):
                row.focus()
                break

    def _show_under_way(self, engine: Engine) -> None:
        from core.store.errors import StoreError

        from ..under_way import interruptions, rotations

        try:
            known, broken_off = rotations(engine), interruptions(engine)
        except StoreError as error:
            self.say(str(error))
            return
        interrupted = self.query_one("#interrupted", Static)
        interrupted.update(Content.styled("\n".join(f"! {each}" for each in broken_off), "$warning"))
        interrupted.display = bool(broken_off)
        for row in self.query(DatasetRow):
            row.tell(known.get((*_name_of(row.dataset), row.datasource.purpose), ""))

    def _show_what_waits(self, sentence: str) -> None:
        waits = self.query_one("#waits", Static)
        waits.update(Content.assemble(sentence, ("  n goes on with it.", "$faint")))
        waits.display = bool(sentence)

    def action_check_again(self) -> None:
        """Check every dataset that is not being checked, each on a thread of its own."""
        datasets = {_name_of(row.dataset): row.dataset for row in self.query(DatasetRow)}
        for dataset in datasets.values():
            self._begin(dataset)

    def _begin(self, dataset: Dataset, options: CheckOptions | None = None) -> None:
        """Begin to check a dataset, unless it is being checked.

        Without options as usual, and Lightly is asked, too. With options only what they say: Lightly's own test
        stores an object, and nobody has asked for that then.
        """
        key = _name_of(dataset)
        if self._engine is not None and key not in self._under_way:
            self._under_way.add(key)
            self._threads.run(partial(self._check, self._engine, dataset, options))

    def _check(self, engine: Engine, dataset: Dataset, options: CheckOptions | None) -> None:
        """Runs on a thread of the app."""
        from core.lights.events import Event, LightChanged
        from core.lights.target import CheckOptions
        from core.recheck import recheck

        def on_event(purpose: Purpose, event: Event) -> None:
            if isinstance(event, LightChanged):
                self.post_message(self.RowLight(dataset, purpose, event.light))

        try:
            results = recheck(
                dataset,
                checker=engine.checker,
                secrets=engine.secrets,
                options=options or CheckOptions(),
                client=engine.client(dataset) if options is None else None,
                on_event=on_event,
            )
        except Exception as error:  # noqa: BLE001 - on a thread it would vanish, and the row say "checking" for ever
            self.post_message(self.Checked(dataset, (), type(error).__name__))
        else:
            self.post_message(self.Checked(dataset, results))

    def _row(self, dataset: Dataset, purpose: Purpose | None) -> DatasetRow | None:
        for row in self.query(DatasetRow):
            if row.dataset == dataset and row.datasource.purpose is purpose:
                return row
        return None

    def on_home_screen_row_light(self, message: RowLight) -> None:
        """Show a light as soon as it is known."""
        if row := self._row(message.dataset, message.purpose):
            row.take(message.light)
            self._renew_diagnosis()

    def on_home_screen_checked(self, message: Checked) -> None:
        """Show the end of a check."""
        self._under_way.discard(_name_of(message.dataset))
        if message.broken:
            self.say(f"The check of {message.dataset.name} met a fault of bucketlight ({message.broken}). Report it.")
        elif self._engine is not None and self._engine.secrets_problem:
            self.say("No keyring can be used here: keys come from the environment, or from this run.")
        moment = self._clocks.day()
        for result in message.results:
            if row := self._row(message.dataset, result.datasource):
                row.finish(result, moment)
        if not message.results:
            for row in self.query(DatasetRow):
                if row.dataset == message.dataset:
                    row.give_up()
        self._renew_diagnosis()

    def action_move(self, by: int) -> None:
        """Go to the row above or below."""
        if by > 0:
            self.focus_next(DatasetRow)
        else:
            self.focus_previous(DatasetRow)

    def action_why(self) -> None:
        """Open the diagnosis of the row with the focus."""
        if isinstance(self.focused, DatasetRow):
            self.focused.action_open()

    def action_edit(self) -> None:
        """Go through the setup of the row with the focus again."""
        self._set_up(like=False)

    def action_like(self) -> None:
        """Set up another like the row with the focus."""
        self._set_up(like=True)

    def _set_up(self, *, like: bool) -> None:
        if isinstance(self.focused, DatasetRow):
            self.post_message(self.SetUp(self.focused.dataset, like=like))
        else:
            self.say("Go to a dataset first, with Up and Down.")

    def action_rotate(self) -> None:
        """Replace the access key of the row with the focus."""
        from ..aws_rotation import Rotation

        if isinstance(row := self.focused, DatasetRow) and row.datasource.access is AccessKind.DELEGATED:
            self.say(f"{row.dataset.name} is reached through a role: there is no key to replace.")
        else:
            self._change(Rotation)

    def action_undo(self) -> None:
        """Delete what was made in AWS for the row with the focus."""
        from ..aws_undo import TakingBack

        self._change(TakingBack)

    def _change(self, kind: type[Rotation] | type[TakingBack]) -> None:
        from .aws_change import AwsChangeScreen

        row = self.focused
        if self._engine is None or not isinstance(row, DatasetRow):
            self.say("Go to a dataset first, with Up and Down.")
        elif _name_of(row.dataset) in self._under_way:
            self.say("A check is under way. Try again when it has ended.")
        else:
            subject = f"{row.dataset.name}  {row.datasource.purpose}  {row.datasource.location.uri}"
            change = kind(self._engine, row.dataset, row.datasource)
            self.app.push_screen(AwsChangeScreen(change, subject=subject, profiles=self._engine.profiles))

    def on_dataset_row_edited(self, message: DatasetRow.Edited) -> None:
        """Go through the setup of a dataset again."""
        self.post_message(self.SetUp(message.row.dataset, like=False))

    def on_dataset_row_opened(self, message: DatasetRow.Opened) -> None:
        """Open the diagnosis of the light that is least well."""
        from .diagnosis import DiagnosisScreen

        row = message.row
        again = partial(self._begin, row.dataset)
        self.app.push_screen(
            DiagnosisScreen(
                seen=partial(self._seen, row),
                operation=row.worst.operation,
                again=again,
                clocks=self._clocks,
                # Lightly was not asked while it was waited for: it has the last word.
                worked=again,
                outside=partial(self._outside, row),
                noted=row.note,
            )
        )

    def _outside(self, row: DatasetRow) -> OutsideLook | None:
        from ..outside import of_dataset

        return of_dataset(self._engine, row.dataset, row.datasource) if self._engine else None

    @property
    def _clocks(self) -> Clocks:
        return self._engine.setting.clocks if self._engine else Clocks()

    def _seen(self, row: DatasetRow) -> Seen:
        from ..row_seen import seen_of

        return seen_of(row, busy=_name_of(row.dataset) in self._under_way)

    def _renew_diagnosis(self) -> None:
        from .diagnosis import DiagnosisScreen

        if isinstance(self.app.screen, DiagnosisScreen):
            self.app.screen.renew()


def _name_of(dataset: Dataset) -> tuple[str, str]:
    return dataset.platform_url, dataset.name


def _key(dataset: Dataset, datasource: Datasource) -> tuple[str, str, str]:
    return *_name_of(dataset), datasource.purpose


def _same(row: DatasetRow | None, dataset: Dataset, datasource: Datasource) -> bool:
    return row is not None and row.dataset == dataset and row.datasource == datasource
