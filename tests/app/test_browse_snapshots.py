"""The look for the folder as it looks, on a server that is told what to list.

`pytest tests/app/test_browse_snapshots.py --snapshot-update` takes them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from s3_faults import BUCKET, REGION, Reply, Request, S3Faults, calm, denied
from s3_lists import buckets_of, level_of, root
from textual.pilot import Pilot
from walker import Walker

from core.access import Secret, UserAccess
from core.aws.session import Clients
from core.location import S3Location
from core.store.paths import Home
from core.survey import Browser
from tui.app import BucketlightApp
from tui.engine import Setting
from tui.screens.browse import BrowseScreen

Compare = Callable[..., bool]
ACCESS = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("canary-secret"))
TREE: Mapping[str, Sequence[str]] = {
    "": ["archive/", "projects/"],
    "projects/": ["cats/", "farm-animals-raw/", "farm-animals/", "street-signs/", "readme.txt"],
    "projects/Farm_Animal/": [],
    "projects/farm-animals/": ["2025/", "2026/", "cow-01.jpg", "cow-02.jpg"],
    "archive/": [f"{number:06}/" for number in range(2300)],
}
FARM, MISSPELT, ARCHIVE = (
    S3Location(BUCKET, prefix) for prefix in ("projects/farm-animals/", "projects/Farm_Animal/", "archive/")
)
REFUSED = denied("s3:ListBucket", "because no identity-based policy allows the s3:ListBucket action")

# The folder to begin at, what answers a List, what stands there at the end, the keys before that, and the size.
SEEN: dict[str, tuple[S3Location | None, Reply | None, str, tuple[str, ...], tuple[int, int]]] = {
    "buckets": (None, None, "datalake1", (), (80, 24)),
    "at-the-folder": (FARM, None, "2 files", (), (80, 24)),
    "at-the-folder-smallest": (FARM, None, "2 files", (), (60, 20)),
    "at-the-folder-wide-and-light": (FARM, None, "2 files", (), (120, 40)),
    "misspelt-without-colour": (MISSPELT, None, "this one?", (), (80, 24)),
    "misspelt": (MISSPELT, None, "this one?", (), (80, 24)),
    "refused": (FARM, REFUSED, "Refused", (), (80, 24)),
    "refused-smallest": (FARM, REFUSED, "Refused", (), (60, 20)),
    "a-further-page": (ARCHIVE, None, "001000/ to 001999/", ("end", "up", "up", "enter"), (80, 24)),
}


@pytest.mark.parametrize("name", SEEN)
def test_the_look_for_the_folder_looks_as_it_should(
    tmp_path: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    calm(monkeypatch)
    if name.endswith("without-colour"):
        monkeypatch.setenv("NO_COLOR", "1")
    start, answer, text, keys, size = SEEN[name]
    lists: Reply | Callable[[Request], Reply] = answer or level_of(TREE)
    app = BucketlightApp(Setting(home=Home.at(tmp_path), platform_url="https://api.lightly.ai"))
    with S3Faults({"ListObjectsV2": lists, **root(buckets_of(REGION, REGION))}) as server:

        async def before(pilot: Pilot[int]) -> None:
            walker = Walker(app, pilot)
            await app.push_screen(
                BrowseScreen(lambda: Browser(Clients(), ACCESS, region=REGION, endpoint_url=server.url), start)
            )
            if name.endswith("light"):
                app.action_change_light()
            if keys:
                await walker.sees("000000/")
                await walker.press(*keys)
            await walker.sees(text)
            await pilot.pause()

        assert snap_compare(app, terminal_size=size, run_before=before)
