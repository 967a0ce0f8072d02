"""What is opened from a step of the setup: the way through the AWS console, and the folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.guide import flow
from core.guide.fields import Raw
from core.guide.state import State

from ..setup_seen import subject

if TYPE_CHECKING:
    from core.survey import Browser

    from ..engine import Engine
    from .browse import BrowseScreen
    from .choose import ChooseScreen
    from .console import ConsoleScreen

__all__ = ["browse_as", "browse_for", "console_for", "profiles_to_browse"]


def console_for(state: State, raw: Raw) -> ConsoleScreen | None:
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


def browse_for(engine: Engine, state: State) -> BrowseScreen | None:
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


def profiles_to_browse(state: State) -> ChooseScreen | None:
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


def browse_as(profile: str, engine: Engine, state: State, typed: str) -> BrowseScreen:
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
