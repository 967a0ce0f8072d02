"""Looking for the folder: a tree in which nothing is asked for until somebody opens it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from s3_faults import BUCKET, REGION, Answer, Reply, Request, S3Faults, World, calm, denied, error
from s3_lists import buckets_of, level_of, listing, root
from textual.binding import Binding
from walker import Walker

from core.access import Secret, UserAccess
from core.aws.session import Clients
from core.location import S3Location
from core.sandbox import Sandbox
from core.store.paths import Home
from core.survey import Browser
from tui.app import BucketlightApp
from tui.engine import Setting
from tui.screens.browse import BrowseScreen
from tui.screens.home import HomeScreen
from tui.widgets.folder_tree import FolderTree
from tui.widgets.keybar import KeyBar

ACCESS = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("canary-secret"))
NO_POLICY = "because no identity-based policy allows the s3:ListBucket action"
NEVER_BOUND = {*(f"ctrl+{letter}" for letter in "abefjkswz"), "f10", "f11"}
TREE = {
    "": ["logs/", "projects/"],
    "logs/": [],
    "projects/": ["cats/", "farm-animals-raw/", "farm-animals/", "readme.txt"],
    "projects/cats/": ["1.jpg"],
    "projects/farm-animals/": ["2025/", "2026/", "1.jpg", "2.jpg"],
}
FARM = S3Location(BUCKET, "projects/farm-animals/")


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


class Subject(Walker):
    """Somebody who looks for a folder. `taken` is what came of it, once it has ended."""

    taken: list[S3Location | None]

    @property
    def tree(self) -> FolderTree:
        return self.screen.query_one(FolderTree)

    def rows(self) -> list[str]:  # type: ignore[override]
        """The lines of the tree that are seen, without what guides the eye."""
        region = self.tree.region
        lines = self.lines()[region.y : region.bottom]
        return [line.strip(" ▸▾│├└─") for line in lines if line.strip()]

    @property
    def at(self) -> str:  # type: ignore[override]
        """The name with the cursor."""
        return str(self.tree.cursor_node.label) if self.tree.cursor_node else ""

    async def go(self, name: str) -> None:
        """Bring the cursor to a name, from the top."""
        await self.press("home")
        for _ in range(60):
            if self.at == name:
                return
            await self.press("down")
        raise AssertionError(f"{name} is not there\n" + "\n".join(self.lines()))

    async def tells(self, sentence: str) -> None:
        """Wait until a sentence stands in the tree, however it is broken into lines."""
        await self.until(lambda: sentence in " ".join(self.rows()), sentence)

    async def has(self, *rows: str) -> None:
        """Wait until these stand in the tree, and nothing is under way."""
        await self.until(lambda: set(rows) <= set(self.rows()) and "…" not in self.rows(), ", ".join(rows))


@asynccontextmanager
async def browsing(
    folder: Path,
    browser: Callable[[], Browser],
    start: S3Location | None = None,
    *,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Subject]:
    """Run the app with the screen on top."""
    app = BucketlightApp(Setting(home=Home.at(folder), platform_url="https://api.lightly.ai"))
    async with app.run_test(size=size) as pilot:
        subject = Subject(app, pilot)
        subject.taken = []
        await subject.until(lambda: app.engine is not None, "the engine")
        app.push_screen(BrowseScreen(browser, start), subject.taken.append)
        await subject.until(lambda: isinstance(app.screen, BrowseScreen), "the screen")
        yield subject


def at(server: S3Faults) -> Callable[[], Browser]:
    return lambda: Browser(Clients(), ACCESS, region=REGION, endpoint_url=server.url)


def serving(**script: Reply | Callable[[Request], Reply]) -> S3Faults:
    """Serve the tree, in the first of two buckets."""
    return S3Faults({"ListObjectsV2": level_of(TREE), **root(buckets_of(REGION, REGION)), **script})


def listed(server: S3Faults) -> list[str]:
    """Which prefixes were listed, in order."""
    return [request.query["prefix"] for request in server.of("ListObjectsV2")]


# Opening


async def test_it_begins_with_the_buckets_and_opens_what_is_opened(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server)) as subject:
            await subject.has(BUCKET, f"{BUCKET}1")
            assert listed(server) == []
            await subject.press("enter")
            await subject.has("logs/", "projects/")
            await subject.go("projects/")
            await subject.press("enter")
            await subject.has("cats/", "farm-animals-raw/", "farm-animals/", "1 file")
            assert listed(server) == ["", "projects/"]


async def test_only_what_is_begun_at_is_asked_for(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has(BUCKET, "projects/", "farm-animals/", "2025/", "2026/", "2 files", "other buckets …")
            assert server.calls() == ["HeadBucket", "ListObjectsV2"]
            assert listed(server) == [FARM.prefix]
            assert subject.at == "farm-animals/"


async def test_the_others_beside_the_way_come_when_they_are_opened(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has("2026/")
            await subject.press("enter", "down", "enter")
            await subject.has("other folders", "cats/", "farm-animals-raw/")
            assert subject.rows().count("farm-animals/") == 1
            await subject.go("other buckets …")
            await subject.sees("(ListBuckets)")
            await subject.press("enter")
            await subject.has("other buckets", f"{BUCKET}1")
            assert subject.rows().count(BUCKET) == 1


async def test_a_folder_that_was_closed_is_opened_again_without_asking(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has("2026/")
            await subject.press("enter")
            await subject.until(lambda: "2026/" not in subject.rows(), "the folder to close")
            await subject.press("enter")
            await subject.has("2026/")
            assert listed(server) == [FARM.prefix]


async def test_right_and_left_go_in_and_out(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            await subject.has("logs/", "projects/")
            await subject.go("projects/")
            await subject.press("right")
            await subject.has("cats/")
            await subject.press("right")
            assert subject.at == "cats/"
            await subject.press("left")
            assert subject.at == "projects/"
            await subject.press("left")
            assert "cats/" not in subject.rows()
            await subject.press("left")
            assert subject.at == BUCKET


async def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            await subject.has("logs/")
            await subject.go("logs/")
            await subject.press("enter")
            await subject.has("nothing here")


async def test_while_a_list_is_under_way_the_tree_says_so_and_does_not_ask_twice(tmp_path: Path) -> None:
    held = threading.Event()
    with serving(ListObjectsV2=Reply(200, listing(folders=["a/"]).body, listing().headers, until=held)) as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            server.wait_for("ListObjectsV2")
            await subject.until(lambda: "…" in subject.rows(), "the dots")
            await subject.press("enter", "enter")
            assert len(listed(server)) == 1
            held.set()
            await subject.has("a/")
            assert len(listed(server)) == 1


async def test_a_late_answer_does_not_replace_the_one_that_was_asked_for_after_it(tmp_path: Path) -> None:
    held, left = threading.Event(), threading.Event()
    late = Reply(200, listing(folders=["late/"]).body, listing().headers, until=held)
    with S3Faults({"ListObjectsV2": [late, listing(folders=["fresh/"])]}) as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            server.wait_for("ListObjectsV2")
            await subject.press("r")
            await subject.has("fresh/")
            screen = subject.screen
            handle = BrowseScreen._awaited

            def awaited(self: BrowseScreen, *result: object) -> object:
                left.set()
                return handle(self, *result)  # type: ignore[arg-type]

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(BrowseScreen, "_awaited", awaited)
                held.set()
                await subject.until(left.is_set, "the late answer")
            assert screen is subject.screen
            assert "late/" not in subject.rows()
            assert "fresh/" in subject.rows()


async def test_leaving_does_not_wait_for_a_list(tmp_path: Path) -> None:
    held = threading.Event()
    with serving(ListObjectsV2=Reply(200, until=held)) as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            server.wait_for("ListObjectsV2")
            await subject.press("escape")
            await subject.until(lambda: isinstance(subject.screen, HomeScreen), "home")
            assert subject.taken == [None]
        held.set()


# Taking


async def test_space_takes_the_folder_with_the_cursor(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has("2026/")
            await subject.go("2026/")
            await subject.sees("s3://datalake/projects/farm-animals/2026/")
            await subject.press("space")
            assert subject.taken == [S3Location(BUCKET, "projects/farm-animals/2026/")]
            assert listed(server) == [FARM.prefix]


async def test_a_bucket_can_be_taken_whole(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server)) as subject:
            await subject.has(BUCKET)
            await subject.press("space")
            assert subject.taken == [S3Location(BUCKET, "")]


@pytest.mark.parametrize("name", ["other buckets …", "2 files"])
async def test_what_is_no_folder_cannot_be_taken(tmp_path: Path, name: str) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has("2026/")
            await subject.go(name)
            await subject.press("space")
            assert subject.taken == []
            assert subject.said() == "Go to a folder first: Up and Down do that."


@pytest.mark.parametrize("key", ["escape", "b"])
async def test_going_back_takes_nothing(tmp_path: Path, key: str) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has("2026/")
            await subject.press(key)
            assert subject.taken == [None]
            assert isinstance(subject.screen, HomeScreen)


async def test_the_mouse_opens_and_takes(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            await subject.has("logs/", "projects/")
            row = next(index for index, line in enumerate(subject.lines()) if "projects/" in line)
            await subject.pilot.click(offset=(8, row))
            await subject.has("cats/")
            await subject.pilot.click("#key-take")
            await subject.until(lambda: subject.taken != [], "what was taken")
            assert subject.taken == [S3Location(BUCKET, "projects/")]


async def test_the_keys_on_the_bar_work_for_who_tabs_there(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            await subject.has("projects/")
            await subject.go("projects/")
            await subject.press("tab", "enter")
            await subject.has("cats/")
            assert subject.screen.focused is subject.tree
            await subject.press("tab", "tab", "space")
            assert subject.taken == [S3Location(BUCKET, "projects/")]


# What is not there, or refused


async def test_a_misspelt_folder_leads_to_the_one_above_with_its_likes_first(tmp_path: Path) -> None:
    with serving(ListObjectsV2=level_of({**TREE, "projects/Farm_Animal/": []})) as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "projects/Farm_Animal/")) as subject:
            await subject.has("There is no Farm_Animal/ here. One of these may be meant:", "cats/")
            rows = subject.rows()
            meant, others = rows.index("farm-animals/   this one?"), rows.index("cats/")
            assert rows.index("farm-animals-raw/   this one?") == meant + 1 < others
            await subject.until(lambda: subject.at == "farm-animals/", "the cursor")
            await subject.press("space")
            assert subject.taken == [FARM]


async def test_on_the_sandbox_a_misspelt_folder_is_found(tmp_path: Path, box: Sandbox) -> None:
    def browser() -> Browser:
        return Browser(Clients(), box.admin, region=box.region, endpoint_url=box.s3_url)

    async with browsing(tmp_path, browser, S3Location(box.bucket, "projekts/farm-animals/")) as subject:
        await subject.has("There is no projekts/ here. One of these may be meant:", "projects/   this one?")
        await subject.press("enter")
        await subject.has("farm-animals/")
        await subject.go("farm-animals/")
        await subject.press("space")
        assert subject.taken == [S3Location(box.bucket, box.prefix)]


async def test_who_may_list_only_the_folder_sees_it_and_why_not_the_rest(tmp_path: Path, box: Sandbox) -> None:
    def browser() -> Browser:
        return Browser(Clients(), box.reader, region=box.region, endpoint_url=box.s3_url)

    async with browsing(tmp_path, browser, S3Location(box.bucket, box.prefix)) as subject:
        await subject.has("cow/")
        await subject.go("other buckets …")
        await subject.press("enter")
        await subject.tells("Refused, since no identity-based policy allows the s3:ListAllMyBuckets action.")
        assert "cow/" in subject.rows()
        await subject.go("farm-animals/")
        await subject.press("space")
        assert subject.taken == [S3Location(box.bucket, box.prefix)]


async def test_without_a_list_of_buckets_the_way_on_is_said(tmp_path: Path) -> None:
    with serving(**root(denied("s3:ListAllMyBuckets", "with an explicit deny in a service control policy"))) as server:
        async with browsing(tmp_path, at(server)) as subject:
            await subject.tells("Refused, by an explicit deny in a service control policy.")
            await subject.tells("enter its URI")


async def test_a_folder_that_is_refused_says_why_and_can_be_taken_all_the_same(tmp_path: Path) -> None:
    with serving(ListObjectsV2=denied("s3:ListBucket", NO_POLICY)) as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.tells("Refused, since no identity-based policy allows the s3:ListBucket action.")
            assert subject.at == "farm-animals/"
            await subject.press("space")
            assert subject.taken == [FARM]


async def test_a_folder_that_was_refused_is_asked_for_again_on_request(tmp_path: Path) -> None:
    with serving(ListObjectsV2=error("SlowDown", 503)) as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.tells("S3 could not answer (503). Try again in a moment.")
            server.answer("ListObjectsV2", level_of(TREE))
            await subject.press("down", "r")
            await subject.has("2025/", "2026/")
            assert not subject.shows("503")


async def test_a_bucket_that_is_not_there_is_said(tmp_path: Path) -> None:
    with S3Faults({"HeadBucket": Reply(404, headers={"x-amz-request-id": "1"})}) as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.tells("There is no such bucket. Correct its name.")


async def test_a_browser_that_cannot_be_made_is_a_sentence_and_no_crash(tmp_path: Path) -> None:
    def broken() -> Browser:
        raise LookupError("canary")

    async with browsing(tmp_path, broken) as subject:
        await subject.tells("Nothing could be asked (LookupError). Go back and enter the folder's URI.")
        assert not subject.shows("canary")


async def test_a_long_sentence_is_read_whole_at_any_width(tmp_path: Path) -> None:
    with serving(ListObjectsV2=denied("s3:ListBucket", NO_POLICY)) as server:
        async with browsing(tmp_path, at(server), FARM, size=(120, 40)) as subject:
            sentence = "Refused, since no identity-based policy allows the s3:ListBucket action."
            await subject.tells(sentence)
            for size in ((60, 20), (120, 40)):
                await subject.pilot.resize_terminal(*size)
                await subject.tells(sentence)


async def test_names_are_shown_as_they_are_but_steer_nothing(tmp_path: Path) -> None:
    names = ["[red]x[b]/", "a\N{ESCAPE}[2Jb/", "c\nd/", "\N{RIGHT-TO-LEFT OVERRIDE}e/"]
    with serving(ListObjectsV2=level_of({"": names})) as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            await subject.has("[red]x[b]/", "a·[2Jb/", "c·d/", "·e/")
            await subject.go("c·d/")
            await subject.press("space")
            assert subject.taken == [S3Location(BUCKET, "c\nd/")]


# Much of it

HUGE = [f"{number:06}/" for number in range(12_500)]


async def test_a_huge_folder_comes_page_by_page_and_stays_small_on_the_screen(tmp_path: Path) -> None:
    with serving(ListObjectsV2=level_of({"": HUGE})) as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            await subject.has("000000/")
            for page in range(1, 13):
                await subject.press("end", "up")
                assert subject.at == "more …"
                await subject.press("enter")
                last = HUGE[min(page * 1000 + 999, 12_499)]
                await subject.until(lambda last=last: subject.at.endswith(f"to {last}"), last)  # type: ignore[misc]
                assert subject.tree.last_line < 2100
            assert len(listed(server)) == 13
            await subject.press("down")
            await subject.press("space")
            assert subject.taken == [S3Location(BUCKET, HUGE[12_000])]


async def test_a_page_of_files_only_says_how_many(tmp_path: Path) -> None:
    files = [f"{number:05}.jpg" for number in range(1500)]
    with serving(ListObjectsV2=level_of({"": files})) as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            await subject.has("1,000 files", "more …")
            await subject.go("more …")
            await subject.press("enter")
            await subject.has("500 more files", "500 files")


async def test_a_page_that_fails_can_be_asked_for_again(tmp_path: Path) -> None:
    answers: list[Answer] = [level_of({"": HUGE}), error("InternalError", 500), level_of({"": HUGE})]
    with S3Faults({"ListObjectsV2": answers}) as server:
        async with browsing(tmp_path, at(server), S3Location(BUCKET, "")) as subject:
            await subject.has("000000/")
            await subject.press("end", "up", "enter")
            await subject.tells("S3 could not answer (500)")
            await subject.press("r")
            await subject.until(lambda: subject.at == "001000/ to 001999/", "the second page")


# Room and keys


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_every_control_is_in_view(tmp_path: Path, size: tuple[int, int]) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM, size=size) as subject:
            await subject.has("2026/")
            assert subject.is_in_view(subject.tree)
            for name in ("open", "take", "check_again", "back", "app-leave"):
                assert subject.is_in_view(subject.screen.query_one(f"#key-{name}"))
            assert subject.shows("Opening a folder asks S3 for its list (ListObjectsV2).")
            assert subject.tree.region.height >= 10


async def test_a_terminal_that_was_too_small_gives_the_keys_back(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has("2026/")
            await subject.go("2026/")
            await subject.pilot.resize_terminal(50, 15)
            await subject.sees("bucketlight needs 60x20; this terminal has 50x15.")
            await subject.press("space")
            assert subject.taken == []
            await subject.pilot.resize_terminal(80, 24)
            await subject.has("2026/")
            await subject.press("up")
            assert subject.at == "2025/"


async def test_the_bar_says_whether_enter_opens_or_closes(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has("2026/")
            await subject.until(lambda: "Enter close" in subject.lines()[-1], "close")
            await subject.press("enter")
            await subject.until(lambda: "Enter open" in subject.lines()[-1], "open")


async def test_no_key_that_terminals_keep_is_bound_and_none_opens_many_folders(tmp_path: Path) -> None:
    with serving() as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has("2026/")
            bound = {key for node in (subject.screen, subject.tree) for key in node._bindings.key_to_bindings}
            assert "space" in bound
            assert not bound & NEVER_BOUND
            assert not any(key.startswith("alt+") for key in bound)
            actions = {
                each.action
                for bindings in subject.tree._bindings.key_to_bindings.values()
                for each in bindings
                if isinstance(each, Binding)
            }
            assert "toggle_expand_all" not in actions


async def test_help_tells_what_opening_costs(tmp_path: Path) -> None:
    with S3Faults({"ListObjectsV2": level_of(TREE)}, world=World()) as server:
        async with browsing(tmp_path, at(server), FARM) as subject:
            await subject.has("2026/")
            assert subject.screen.query(KeyBar)
            await subject.press("question_mark")
            await subject.sees("Each opening is one request, for at most 1,000 names")
