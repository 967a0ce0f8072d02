"""What is opened from a step of the setup: the folders, what is handed over, and the way through the AWS console."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from core.guide import flow
from core.guide.fields import Link, Opens, Raw
from core.guide.state import State
from core.guide.steps.wanted import made_name_of

from ..outside import of_setup
from ..setup_seen import subject
from ..widgets.fields import LinkField
from .setup_lights import LightsScreen

if TYPE_CHECKING:
    from core.location import S3Location
    from core.survey import Browser

    from ..engine import Engine
    from ..outside import OutsideLook
    from .browse import BrowseScreen
    from .choose import ChooseScreen
    from .console import ConsoleScreen
    from .handoff import HandoffScreen

__all__ = ["LinksScreen"]


class LinksScreen(LightsScreen):
    """What a setup's screen opens beside its steps."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "browse", "browse", show=False),
        Binding("a", "console", "AWS console", show=False),
        Binding("h", "handoff", "hand over", show=False),
    ]

    def __init__(self, engine: Engine, state: State) -> None:
        super().__init__(state, engine.setting.clocks)
        self.engine = engine

    def on_link_field_opened(self, message: LinkField.Opened) -> None:
        """Open the folders, what is handed over, or the way through the console."""
        match message.opens:
            case Opens.BROWSE:
                self.action_browse()
            case Opens.HANDOFF:
                self.action_handoff()
            case Opens.CONSOLE:
                self.action_console()

    def action_handoff(self) -> None:
        """Show what an administrator gets."""
        in_demo = self.engine.setting.demo is not None
        no_such = "Nothing is handed over in this step."
        screen = _handoff_for(self.state, in_demo=in_demo) if self._offers(Opens.HANDOFF) else no_such
        if isinstance(screen, str):
            self.say(screen)
        else:
            self.app.push_screen(screen, self._handoff_closed)

    def _handoff_closed(self, handed_out: bool | None) -> None:
        self.call_later(self._come_back, handed_out)

    async def _come_back(self, handed_out: bool | None) -> None:
        """From what is handed over; where some of it was copied or saved, the setup waits from now on."""
        if handed_out and not self.is_closed():
            self.state = flow.handed_out(self.state)
            await self._body.show(flow.view(self.state))

    def action_console(self) -> None:
        """Show the way through the AWS console for this step."""
        screen = _console_for(self.state, self._body.raw()) if self._offers(Opens.CONSOLE) else None
        if screen is None:
            self.say("There is nothing to do in the AWS console in this step.")
        else:
            self.app.push_screen(screen)

    def _outside(self) -> OutsideLook | None:
        """Return what may be tried outside of the folder, or None."""
        return of_setup(self.engine, self.state)

    def action_browse(self) -> None:
        """Look through buckets and folders; the one that is taken goes into the field."""
        if not self._offers(Opens.BROWSE):
            self.say("There is no folder to look for in this step.")
            return
        field = "output_uri" if "output_uri" in self._body.names else "uri"

        def take(location: S3Location | None) -> None:
            if location is None:
                return
            if field in self._body.names:
                self._body.fill({field: location.uri})
                self._body.box(field).focus_field()
            else:
                self.say("The setup has gone on meanwhile: go back to take another folder.")

        def look_as(profile: str | None) -> None:
            if profile is not None:
                typed = str(self._body.raw().get(field, ""))
                self.app.push_screen(_browse_as(profile, self.engine, self.state, typed), take)

        if screen := _browse_for(self.engine, self.state):
            self.app.push_screen(screen, take)
        elif ask := _profiles_to_browse(self.state):
            self.app.push_screen(ask, look_as)
        else:
            self.say("That takes an access key: come back here after the step Keys.")

    def _offers(self, opens: Opens) -> bool:
        return any(isinstance(field, Link) and field.opens is opens for field in flow.view(self.state).fields)


def _console_for(state: State, raw: Raw) -> ConsoleScreen | None:
    """Make the screen with what is to be done in the AWS console for this step, or None where that is nothing."""
    from .console import ConsoleScreen

    instructions = flow.instructions(state, raw)
    if not instructions:
        return None
    name = state.answers.name or "dataset"
    return ConsoleScreen(
        instructions,
        title="In the AWS console",
        subject=subject(state),
        stem=f"bucketlight-console-{state.position.step}-{name}",
    )


def _handoff_for(state: State, *, in_demo: bool) -> HandoffScreen | str:
    """Make the screen with what an administrator gets, or say why there is nothing to hand over."""
    from .handoff import HandoffScreen

    try:
        return HandoffScreen(
            flow.handoff(state, external_id=True),
            name=made_name_of(state.answers),
            subject=subject(state),
            in_demo=in_demo,
        )
    except ValueError as error:
        return str(error)


def _browse_for(engine: Engine, state: State) -> BrowseScreen | None:
    """Make the screen to look for a folder with, or None where there is no key to look with."""
    from .browse import BrowseScreen

    found = flow.browsable(state)
    if found is None:
        return None

    def browser() -> Browser:
        from core.survey import Browser

        clients = engine.checker.clients()
        return Browser(clients, found.access, region=found.region, endpoint_url=found.endpoint_url)

    return BrowseScreen(browser, found.start)


def _profiles_to_browse(state: State) -> ChooseScreen | None:
    """Make the question with which AWS profile to look, where there is no key yet; None where there are none."""
    from .choose import ChooseScreen

    profiles = state.answers.given.profiles
    if not profiles:
        return None
    return ChooseScreen(
        "There is no access key yet. With which AWS profile will you look?",
        profiles,
        note="Enter takes it: its key then lists buckets and folders (ListBuckets, ListObjectsV2). Esc closes this.",
    )


def _browse_as(profile: str, engine: Engine, state: State, typed: str) -> BrowseScreen:
    """Make the screen to look for a folder with the key of an AWS profile, which is read on a thread.

    It begins at the folder that is `typed` in the field, where that is one.
    """
    from core.location import LocationError, S3Location

    from .browse import BrowseScreen

    try:
        start: S3Location | None = S3Location.parse(typed)
    except LocationError as error:
        start = error.usable or error.suggestion or state.answers.location

    def browser() -> Browser:
        from core.aws.profiles import read_profile
        from core.survey import Browser

        endpoint_url = state.answers.given.endpoint_url
        return Browser(engine.checker.clients(), read_profile(profile), region=None, endpoint_url=endpoint_url)

    return BrowseScreen(browser, start)
