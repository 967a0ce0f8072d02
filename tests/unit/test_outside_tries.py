"""Which tries there are outside of a folder: none where the same key is for another place of the dataset."""

from __future__ import annotations

from pathlib import Path

from guide_walk import DATASET_ID, ELSEWHERE, KEY_ID, OTHER_KEYS, at
from plain_walk import made_up_engine

from core.access import AccessKind, CredentialSource, SourceKind
from core.aws.grants import Grant
from core.dataset import Dataset, Datasource, Purpose
from core.guide.fields import Raw
from core.guide.steps.checks import check_request
from core.location import S3Location
from core.needs import OPERATIONS, Needs
from tui.outside import OutsideLook, of_dataset, of_setup

ABOVE: Raw = {"output_uri": "s3://datalake/projects/"}
"""The folder in which that of the input lies."""


def lists(look: OutsideLook | None) -> list[str]:
    assert look is not None
    return [each.partition(",")[0] for each in look.tries() if each.startswith("ListObjectsV2")]


def dataset(needs: Needs, *datasources: Datasource) -> Dataset:
    return Dataset(
        dataset_id=DATASET_ID, name="farm", platform_url="https://api.lightly.ai", needs=needs, datasources=datasources
    )


def test_the_output_above_the_input_is_not_tried_with_a_key_that_is_for_both(tmp_path: Path) -> None:
    engine = made_up_engine(tmp_path)
    same = at("limits", output={**ELSEWHERE, **ABOVE})
    other = at("limits", output={**OTHER_KEYS, **ABOVE})
    whole = "ListObjectsV2 lists s3://datalake/"
    assert lists(of_setup(engine, at("output"))) == ["ListObjectsV2 lists s3://datalake/projects/", whole]
    assert lists(of_setup(engine, same)) == [whole]
    assert lists(of_setup(engine, other)) == ["ListObjectsV2 lists s3://datalake/projects/", whole]


def test_of_a_dataset_the_place_of_its_other_datasource_is_not_outside(tmp_path: Path) -> None:
    data, output = (
        Datasource(
            purpose=purpose,
            location=S3Location("datalake", prefix),
            region="eu-central-1",
            access=AccessKind.USER,
            access_key_id=KEY_ID,
            credentials=CredentialSource(SourceKind.KEYRING),
        )
        for purpose, prefix in ((Purpose.INPUT, "projects/farm/"), (Purpose.LIGHTLY, ""))
    )
    engine = made_up_engine(tmp_path)
    both = dataset(Needs(thumbnails=True), data, output)
    alone = dataset(Needs(), data)
    assert lists(of_dataset(engine, both, data)) == []
    assert len(lists(of_dataset(engine, alone, data))) == 2


DELETING: Raw = {"input_type": "Videos", "delete": True}


def test_the_fix_of_a_dataset_keeps_what_its_policy_has_beside_the_operations(tmp_path: Path) -> None:
    engine = made_up_engine(tmp_path)
    source = Datasource(
        purpose=Purpose.INPUT_OUTPUT,
        location=S3Location("datalake", "projects/farm/"),
        region="cn-north-1",
        access=AccessKind.USER,
        access_key_id=KEY_ID,
        credentials=CredentialSource(SourceKind.KEYRING),
        kms_key_arn="arn:aws-cn:kms:cn-north-1:111122223333:key/0a1b",
    )
    writing = dataset(Needs(thumbnails=True, delete=True, lightly_folder_only=True), source)
    assert of_dataset(engine, writing, source).grant == Grant(
        location=source.location,
        operations=OPERATIONS,
        region="cn-north-1",
        kms_key_arn=source.kms_key_arn,
        delete=True,
        lightly_folder_only=True,
    )
    reading = of_dataset(engine, dataset(Needs(delete=True, lightly_folder_only=True), source), source).grant
    assert (reading.delete, reading.lightly_folder_only) == (False, False)


def test_the_fix_of_a_setup_keeps_that_too_and_no_light_is_asked_for_again_for_it(tmp_path: Path) -> None:
    engine = made_up_engine(tmp_path)
    plain, deleting = at("limits", needs={**DELETING, "delete": False}), at("limits", needs=DELETING)
    look = of_setup(engine, deleting)
    assert look is not None
    assert look.grant.delete
    before, after = check_request(plain), check_request(deleting)
    assert before is not None
    assert after is not None
    assert (before.target.grant().delete, after.target.grant().delete) == (False, True)
    assert before == after, "what may be deleted changes no light"
