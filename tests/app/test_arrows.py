"""Up and Down go from one thing to the next, also where there is more than is seen."""

from __future__ import annotations

from walker import Walker, World

from tui.screens.console import ConsoleScreen
from tui.screens.setup import SetupScreen
from tui.widgets.copy_row import CopyRow
from tui.widgets.dataset_row import DatasetRow
from tui.widgets.step_body import StepBody

SMALLEST = (60, 20)
MANY = 12


def at_row(walker: Walker) -> str:
    row = walker.screen.focused
    assert isinstance(row, DatasetRow)
    return row.dataset.name


async def test_at_home_they_go_through_all_datasets(world: World) -> None:
    first = world.name
    names = [f"{first}-{number:02}" for number in range(MANY)]
    for world.name in names:
        world.know(world.box.writer)
    async with world.running(start="home", size=SMALLEST) as walker:
        await walker.until(lambda: len(walker.rows()) == MANY, "every dataset")
        rows = [row.dataset.name for row in walker.rows()]
        await walker.until(lambda: at_row(walker) == rows[0], "the first one")
        assert walker.screen.query_one("#rows").max_scroll_y > 0
        for name in rows[1:]:
            await walker.press("down")
            assert at_row(walker) == name
            await walker.sees(name)
        for name in reversed(rows[:-1]):
            await walker.press("up")
            assert at_row(walker) == name
            await walker.sees(name)


async def test_in_a_step_that_has_no_room_they_go_from_field_to_field(world: World) -> None:
    async with world.running(size=SMALLEST) as walker:
        await world.to_output(walker)
        await walker.choose("where", "elsewhere")
        await walker.choose("credentials", "other")
        body = walker.screen.query_one(StepBody)
        await walker.until(lambda: body.max_scroll_y > 0, "more than is seen")
        fields = [name for name in walker.there() if walker.box(name).value is not None]
        await walker.go_to(fields[0])
        for name in fields[1:]:
            for _ in range(len(fields) * 4):  # past the options of a choice
                if body.focused_field == name:
                    break
                await walker.press("down")
            assert body.focused_field == name


async def test_in_the_way_through_the_console_they_go_from_value_to_value(world: World) -> None:
    async with world.running() as walker:
        await world.to_role(walker)
        walker.screen.query_one("#light-list").focus()
        await walker.press("a")
        screen = walker.screen
        assert isinstance(screen, ConsoleScreen)
        rows = list(screen.query(CopyRow))
        assert screen.query_one("#steps").max_scroll_y > 0
        await walker.until(lambda: screen.focused is rows[0], "the first value")
        for row in rows[1:]:
            await walker.press("down")
            assert screen.focused is row
            assert screen.query_one("#steps").region.contains_region(row.region)
        await walker.press("escape")
        await walker.until(lambda: isinstance(walker.screen, SetupScreen), "the setup")
