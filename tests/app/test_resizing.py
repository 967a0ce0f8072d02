"""A terminal whose size changes faster than a screen is laid out."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.screen import ModalScreen, Screen
from textual.widgets import Static
from walker import Walker, World

from tui.screens.base import BaseScreen, NewestSize

MANY = 50
"""More than a screen is ever told of its size here, unless it goes on for ever."""


class Page(BaseScreen):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[Size] = []

    def compose_content(self) -> ComposeResult:
        yield VerticalScroll(*(Static(f"Line {number}.") for number in range(30)))

    def on_mount(self) -> None:
        self.watch_for_more(self.query_one(VerticalScroll))

    def on_resize(self, event: events.Resize) -> None:
        told(self.told, event)


class Over(NewestSize, ModalScreen[None]):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[Size] = []

    def compose(self) -> ComposeResult:
        yield VerticalScroll(*(Static(f"Line {number}.") for number in range(30)))

    def on_resize(self, event: events.Resize) -> None:
        told(self.told, event)
        self.call_after_refresh(lambda: None)  # as one does that fits something into its room


def told(sizes: list[Size], event: events.Resize) -> None:
    sizes.append(event.size)
    if len(sizes) > MANY:
        raise AssertionError(f"laid out for ever: {sizes[-4:]}")


async def resize(walker: Walker, width: int, height: int) -> None:
    """Let the terminal have another size, and wait until the screens are told."""
    driver, size = walker.app._driver, Size(width, height)
    assert isinstance(driver, HeadlessDriver)
    driver._size = size
    walker.app.post_message(events.Resize(size, size))
    while walker.app._resize_event is not None or walker.app.size != size:
        await asyncio.sleep(0)


@pytest.mark.parametrize("kind", [Page, Over])
async def test_two_sizes_that_wait_for_a_busy_screen_are_laid_out_once_and_the_newest_stays(
    world: World, kind: type[Page | Over]
) -> None:
    async with world.running(start="home") as walker:
        screen = kind()
        await walker.app.push_screen(screen)
        await walker.pilot.pause()
        screen.told.clear()
        begun, done = asyncio.Event(), asyncio.Event()

        async def busy() -> None:
            begun.set()
            await done.wait()

        screen.call_later(busy)
        await begun.wait()
        for width, height in ((135, 38), (104, 29)):
            await resize(walker, width, height)
            screen.call_later(lambda: None)  # else the second would replace the first
        done.set()
        await walker.pilot.pause()
        await walker.pilot.pause()
        assert screen.size == Size(104, 29)
        below: Screen[object] = walker.app.screen_stack[0]
        assert below.size == Size(104, 29)


async def test_a_terminal_that_gets_lower_says_that_there_is_more_and_a_higher_one_that_there_is_not(
    world: World,
) -> None:
    async with world.running(start="home", size=(80, 50)) as walker:
        await walker.app.push_screen(Page())
        await walker.pilot.pause()
        assert not walker.shows("Down for more")
        await resize(walker, 80, 24)
        await walker.sees("Down for more")
        page = walker.app.screen.query_one(VerticalScroll)
        page.scroll_end(animate=False)
        await walker.until(lambda: not walker.shows("Down for more"), "the end")
        await resize(walker, 80, 20)
        await walker.sees("Down for more")
        await resize(walker, 80, 50)
        await walker.until(lambda: not walker.shows("Down for more"), "no more")
