"""What is said of a folder, and which folder a misspelt one probably meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.location import S3Location
from core.needs import InputType
from core.survey import Survey, describe, similar, suggested_type, warnings
from core.survey.browse import parent

FOLDER = S3Location("datalake", "projects/farm-animals/")
NEWEST = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MIXED = Survey(images=40, videos=2, others=3, total_bytes=12_400_000, newest=NEWEST)

ours = st.builds(
    Survey,
    images=st.integers(0, 1000),
    videos=st.integers(0, 1000),
    others=st.integers(0, 1000),
    total_bytes=st.integers(0, 10**18),
    newest=st.none() | st.just(NEWEST),
    more=st.booleans(),
    foreign_owner=st.none() | st.booleans(),
    problem=st.none() | st.just("no connection"),
)


def said(survey: Survey, input_type: InputType = InputType.IMAGES, location: S3Location = FOLDER) -> tuple[str, ...]:
    return warnings(survey, input_type=input_type, location=location, account="111122223333")


# What lies there


def test_a_folder_is_described_by_its_files_their_size_and_the_newest() -> None:
    assert describe(MIXED) == ("40 images, 2 videos, 3 other files, 12.4 MB; newest 2026-11-20",)


def test_what_is_not_there_is_not_counted_up() -> None:
    assert describe(Survey(images=1, total_bytes=999)) == ("1 image, 999 B",)


def test_a_sample_says_that_it_is_one() -> None:
    assert describe(replace(MIXED, more=True))[1:] == ("in the first 1,000 objects; there are more",)


def test_an_empty_folder_is_said_to_be_empty() -> None:
    assert describe(Survey()) == ("no files",)


def test_a_folder_that_could_not_be_listed_is_not_said_to_be_empty() -> None:
    assert describe(Survey(problem="refused")) == ("What lies there is not known: refused.",)


def test_the_newest_file_is_dated_in_utc() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(-timedelta(hours=5)))
    assert describe(replace(MIXED, newest=late))[0].endswith("newest 2026-11-21")


@pytest.mark.parametrize(
    ("total", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (12_400_000, "12.4 MB"),
        (5 * 10**12, "5.0 TB"),
        (4 * 10**18, "4,000.0 PB"),
    ],
)
def test_sizes_are_in_decimal_units(total: int, text: str) -> None:
    assert describe(Survey(others=1, total_bytes=total)) == (f"1 other file, {text}",)


@given(ours)
def test_whatever_lies_there_can_be_said(survey: Survey) -> None:
    lines = describe(survey)
    assert lines
    assert all(line and line.isprintable() for line in lines)


# The input type


@pytest.mark.parametrize(
    ("survey", "suggested"),
    [
        (Survey(images=40), InputType.IMAGES),
        (Survey(videos=3, others=90), InputType.VIDEOS),
        (Survey(images=2, videos=40), InputType.VIDEOS),
        (Survey(images=40, videos=2), InputType.IMAGES),
        (Survey(images=2, videos=2), None),
        (Survey(others=7), None),
        (Survey(), None),
        (Survey(problem="refused"), None),
    ],
)
def test_the_type_of_most_files_is_suggested(survey: Survey, suggested: InputType | None) -> None:
    assert suggested_type(survey) is suggested


# Warnings


def test_a_folder_of_the_chosen_type_gives_no_warning() -> None:
    assert said(Survey(images=40, others=2, foreign_owner=False)) == ()
    assert said(Survey(videos=4), InputType.VIDEOS) == ()


def test_images_chosen_where_only_videos_lie_says_to_choose_videos() -> None:
    (sentence,) = said(Survey(videos=2, others=1))
    assert sentence == (
        "Images is chosen, but this folder has 2 videos and no image. Choose Videos as the input type, or another "
        "folder."
    )


def test_videos_chosen_where_only_images_lie_says_to_choose_images() -> None:
    (sentence,) = said(Survey(images=1, more=True), InputType.VIDEOS)
    assert sentence.startswith("Videos is chosen, but the first 1,000 objects have 1 image and no video. Choose Images")


@pytest.mark.parametrize(
    ("input_type", "left_out"), [(InputType.IMAGES, "2 videos lie"), (InputType.VIDEOS, "40 images lie")]
)
def test_files_of_the_other_type_are_said_to_be_left_out(input_type: InputType, left_out: str) -> None:
    (sentence,) = said(MIXED, input_type)
    assert f"{left_out} here as well: Lightly leaves them out" in sentence


def test_a_single_file_of_the_other_type_is_spoken_of_as_one() -> None:
    (sentence,) = said(Survey(images=3, videos=1))
    assert "1 video lies here as well: Lightly leaves it out" in sentence


def test_a_folder_of_other_files_names_what_lightly_takes() -> None:
    (sentence,) = said(Survey(others=9))
    assert sentence.startswith("None of the 9 files in this folder is one that Lightly takes for Images (bmp, gif, ")
    assert "webm" not in sentence
    (sentence,) = said(Survey(others=9), InputType.VIDEOS)
    assert "webm" in sentence


def test_an_empty_folder_may_be_misspelt() -> None:
    (sentence,) = said(Survey())
    assert sentence.startswith(f"{FOLDER.uri} holds no files: it is empty, or its name is misspelt.")
    assert "folders beside it" in sentence


def test_an_empty_bucket_has_no_folders_beside_it() -> None:
    (sentence,) = said(Survey(), location=S3Location("datalake", ""))
    assert "beside" not in sentence
    assert "s3://datalake/ holds no files" in sentence


def test_a_sample_without_files_does_not_make_a_folder_empty() -> None:
    (sentence,) = said(Survey(more=True))
    assert sentence.startswith("The first 1,000 objects hold no files.")


def test_a_bucket_of_another_account_is_named_with_what_to_do() -> None:
    (sentence,) = said(Survey(images=40, foreign_owner=True))
    assert "belongs to another account than the key (111122223333)" in sentence
    assert "bucket's policy" in sentence


def test_of_a_folder_that_could_not_be_listed_nothing_is_said() -> None:
    assert said(Survey(problem="refused")) == ()


@given(ours, st.sampled_from(InputType))
def test_every_warning_is_a_plain_sentence(survey: Survey, input_type: InputType) -> None:
    for sentence in said(survey, input_type):
        assert sentence.endswith(".")
        assert "  " not in sentence
        assert not any(word in sentence.lower() for word in ("please", "invalid", "!"))


# Folders with nearly the same name

SIBLINGS = (
    "projects/farm-animals-raw/",
    "projects/farm-animals/",
    "projects/Street_Signs/",
    "projects/cats/",
    "projects/Bücher/",
)


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("projects/Farm-Animals/", "projects/farm-animals/"),
        ("projects/farm-animal/", "projects/farm-animals/"),
        ("projects/farm_animals/", "projects/farm-animals/"),
        ("projects/farmanimals/", "projects/farm-animals/"),
        ("projects/fram-animals/", "projects/farm-animals/"),
        ("projects/street-sign/", "projects/Street_Signs/"),
        ("projects/cat/", "projects/cats/"),
        ("projects/Bu\N{COMBINING DIAERESIS}cher/", "projects/Bücher/"),
    ],
)
def test_a_misspelt_folder_leads_to_the_one_that_was_meant(wanted: str, meant: str) -> None:
    assert similar(SIBLINGS, wanted)[0] == meant


def test_a_name_that_is_like_none_leads_nowhere() -> None:
    assert similar(SIBLINGS, "projects/quarterly-report/") == ()


def test_a_folder_is_not_like_itself() -> None:
    assert similar(("projects/cats/",), "projects/cats/") == ()


def test_buckets_are_compared_as_folders_are() -> None:
    assert similar(("data-lake", "logs"), "datalake") == ("data-lake",)


@given(st.lists(st.text(max_size=12).map(lambda name: f"a/{name}/"), unique=True), st.text(max_size=12))
def test_what_is_offered_is_there_and_at_most_five(folders: list[str], name: str) -> None:
    found = similar(folders, f"a/{name}/")
    assert len(found) <= 5
    assert set(found) <= set(folders) - {f"a/{name}/"}
    assert similar(reversed(folders), f"a/{name}/") == found


@pytest.mark.parametrize(
    ("prefix", "above"), [("a/b/c/", "a/b/"), ("a/", ""), ("", ""), ("a//", "a/"), ("/", ""), ("a/ü b/", "a/")]
)
def test_the_folder_above_is_one_level_up(prefix: str, above: str) -> None:
    assert parent(S3Location("datalake", prefix)) == S3Location("datalake", above)
