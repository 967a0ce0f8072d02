"""datasets.yaml: what is saved comes back the same, and what a person broke is named and left alone."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.access import AccessKind, CredentialSource, SourceKind
from core.dataset import Dataset, Datasource, Purpose
from core.location import MAX_KEY_BYTES, S3Location
from core.needs import InputType, Needs
from core.store.dataset_file import decode, encode
from core.store.datasets import DatasetStore
from core.store.errors import StoreError
from core.store.paths import Home

_PLATFORM = "https://api.lightly.ai"

_GOOD = """\
schema: 1
datasets:
- name: "farm-animals"
  platform_url: "https://api.lightly.ai"
  dataset_id: "5f7c1d2e3a4b5c6d7e8f9a0b"
  needs:
    input_type: "Images"
    object_level: false
    thumbnails: false
    delete: false
    lightly_folder_only: false
  restricted: false
  datasources:
  - purpose: "INPUT_OUTPUT"
    uri: "s3://datalake/projects/farm-animals/"
    region: "eu-central-1"
    access: "user"
    access_key_id: "AKIAIOSFODNN7EXAMPLE"
    endpoint_url: null
    kms_key_arn: null
    role_arn: null
    credentials: "keyring"
...
"""


def _source(purpose: Purpose = Purpose.INPUT_OUTPUT, bucket: str = "datalake", prefix: str = "a/") -> Datasource:
    return Datasource(
        purpose=purpose,
        location=S3Location(bucket, prefix),
        region="eu-central-1",
        access=AccessKind.USER,
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        credentials=CredentialSource(SourceKind.KEYRING),
    )


def _dataset(name: str = "farm-animals", platform: str = _PLATFORM, bucket: str = "datalake") -> Dataset:
    return Dataset(
        name=name, dataset_id=None, needs=Needs(), platform_url=platform, datasources=(_source(bucket=bucket),)
    )


_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
_plain = st.sampled_from(
    ["012345670123", "true", "null", "~", "1e3", "0x1F", "12:30", "- a", "a: b", "# c", "*x", "&x"]
)
_names = st.one_of(_texts, _plain).filter(lambda text: bool(text.strip()))
_buckets = st.from_regex(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", fullmatch=True)
_prefixes = st.one_of(
    st.just(""),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    .map(lambda text: f"{text}/")
    .filter(lambda text: len(text.encode()) <= MAX_KEY_BYTES),
)
_credentials = st.one_of(
    st.sampled_from([CredentialSource(SourceKind.KEYRING), CredentialSource(SourceKind.ENVIRONMENT)]),
    st.from_regex(r"[A-Za-z0-9_.-]{1,20}( [a-z]{1,5})?", fullmatch=True).map(
        lambda name: CredentialSource(SourceKind.PROFILE, name)
    ),
)
_addresses = st.from_regex(r"https://[a-z0-9]{1,20}\.example(:[1-9][0-9]{0,3})?", fullmatch=True)


_role_arns = st.from_regex(
    r"arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/([a-z]{1,5}/)?[A-Za-z0-9_+=,.@-]{1,20}", fullmatch=True
)


def _sources(purpose: Purpose) -> st.SearchStrategy[Datasource]:
    return st.booleans().flatmap(lambda with_role: _sources_with(purpose, with_role=with_role))


def _sources_with(purpose: Purpose, *, with_role: bool) -> st.SearchStrategy[Datasource]:
    return st.builds(
        Datasource,
        purpose=st.just(purpose),
        location=st.builds(S3Location, _buckets, _prefixes),
        region=_texts,
        access=st.just(AccessKind.DELEGATED if with_role else AccessKind.USER),
        access_key_id=st.none() | _texts,
        credentials=_credentials,
        endpoint_url=st.none() | _addresses,
        kms_key_arn=st.none() | _texts,
        role_arn=_role_arns if with_role else st.none(),
    )


_datasets = st.builds(
    Dataset,
    name=_names,
    dataset_id=st.none() | _texts | _plain,
    needs=st.builds(Needs, st.sampled_from(InputType), *[st.booleans()] * 4),
    restricted=st.booleans(),
    platform_url=_addresses,
    datasources=st.one_of(
        st.tuples(_sources(Purpose.INPUT_OUTPUT)), st.tuples(_sources(Purpose.INPUT), _sources(Purpose.LIGHTLY))
    ),
)
_many = st.lists(_datasets, max_size=4, unique_by=lambda each: (each.platform_url, each.name))


@given(_many)
def test_datasets_come_back_as_they_were_saved(datasets: list[Dataset]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = DatasetStore(Home.at(Path(folder)))
        for dataset in datasets:
            store.save(dataset)
        assert store.load() == tuple(datasets)


@given(_many)
def test_another_yaml_reader_finds_the_same_texts(datasets: list[Dataset]) -> None:
    found = yaml.safe_load(encode(datasets))
    assert [each["name"] for each in found["datasets"]] == [each.name for each in datasets]
    assert [each["dataset_id"] for each in found["datasets"]] == [each.dataset_id for each in datasets]


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
def test_no_text_makes_the_reader_fail_otherwise_than_with_a_sentence(text: str) -> None:
    with pytest.raises(StoreError):
        decode(text, Path("datasets.yaml"))


def test_a_file_that_was_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = encode([_dataset("one"), _dataset("two")])
    end = len(whole.rstrip("\n"))
    assert len(decode(whole[:end], tmp_path)) == 2
    for length in range(end):
        with pytest.raises(StoreError):
            decode(whole[:length], tmp_path)


def test_the_example_of_this_test_is_the_form_that_is_written(tmp_path: Path) -> None:
    comment, _, text = encode(decode(_GOOD, tmp_path)).partition("\n")
    assert comment.startswith("# ")
    assert text == _GOOD


def test_an_account_number_without_quotes_stays_what_it_is(tmp_path: Path) -> None:
    (dataset,) = decode(_GOOD.replace('name: "farm-animals"', "name: 012345670123"), tmp_path)
    assert dataset.name == "012345670123"


def test_with_no_file_there_are_no_datasets(tmp_path: Path) -> None:
    store = DatasetStore(Home.at(tmp_path / "home"))
    assert store.load() == ()
    assert store.get("farm-animals") is None
    assert not (tmp_path / "home").exists()


def test_saving_replaces_the_dataset_of_that_name_and_platform_where_it_stands(tmp_path: Path) -> None:
    store = DatasetStore(Home.at(tmp_path))
    first, other, elsewhere = _dataset("one"), _dataset("two"), _dataset("one", "http://127.0.0.1:8000")
    for dataset in (first, other, elsewhere):
        store.save(dataset)
    changed = dataclasses.replace(first, dataset_id="abc")
    store.save(changed)
    assert store.load() == (changed, other, elsewhere)
    assert store.get("one") == changed
    assert store.get("one", "http://127.0.0.1:8000") == elsewhere


def test_removing_tells_whether_the_dataset_was_known(tmp_path: Path) -> None:
    store = DatasetStore(Home.at(tmp_path))
    store.save(_dataset("one"))
    assert not store.remove("one", "https://elsewhere.example")
    assert store.remove("one", _PLATFORM)
    assert store.load() == ()


def test_a_bucket_with_an_old_name_comes_back(tmp_path: Path) -> None:
    store = DatasetStore(Home.at(tmp_path))
    store.save(_dataset(bucket="My_Old.Bucket"))
    assert store.load() == (_dataset(bucket="My_Old.Bucket"),)


def test_more_datasets_than_the_file_may_hold_are_refused_and_the_others_stay(tmp_path: Path) -> None:
    store = DatasetStore(Home.at(tmp_path))
    store.save(_dataset("one"))
    with pytest.raises(StoreError, match="larger than 64 KB"):
        store.save(_dataset("x" * 70_000))
    assert store.load() == (_dataset("one"),)


def test_a_dataset_that_would_not_read_the_same_is_not_saved(tmp_path: Path) -> None:
    store = DatasetStore(Home.at(tmp_path))
    twice = dataclasses.replace(_dataset(), datasources=(_source(), _source(prefix="b/")))
    with pytest.raises(StoreError, match="one datasource for each purpose"):
        store.save(twice)
    assert not (tmp_path / "datasets.yaml").exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "problem"),
    [
        ("schema: 1", "schema: 2", 1, "schema", "A newer bucketlight wrote this file"),
        ("schema: 1\n", "", 1, "schema", "schema: 1"),
        ("schema: 1", 'schema: "1"', 1, "schema", "schema: 1"),
        ("schema: 1", "schema: true", 1, "schema", "schema: 1"),
        ('  platform_url: "https://api.lightly.ai"\n', "", 3, "datasets[0].platform_url", "missing"),
        ("    credentials:", "    credential:", 22, "datasets[0].datasources[0].credential", "no such field"),
        ("    region:", "    secret_access_key: x\n    region:", 16, None, "no such field"),
        ("dataset_id: ", 'name: "b"\n  dataset_id: ', 5, "datasets[0].name", "stands twice, first in line 3"),
        ('name: "farm-animals"', "name: 2024", 3, "datasets[0].name", "has to be text, and is a whole number"),
        ('name: "farm-animals"', "name: [a]", 3, "datasets[0].name", "has to be text, and is a list"),
        ('name: "farm-animals"', "name:", 3, "datasets[0].name", "has to be text, and is nothing"),
        ('name: "farm-animals"', 'name: " "', 3, "datasets[0].name", "has a name"),
        ('"Images"', '"images"', 7, "datasets[0].needs.input_type", "one of: Images, Videos"),
        ("object_level: false", 'object_level: "no"', 8, "datasets[0].needs.object_level", "true or false"),
        ("delete: false", "delete: 1", 10, "datasets[0].needs.delete", "true or false"),
        ("folder_only: false", "folder_only: null", 11, "datasets[0].needs.lightly_folder_only", "true or false"),
        ("restricted: false", "restricted: [true]", 12, "datasets[0].restricted", "true or false"),
        ('"INPUT_OUTPUT"', '"OUTPUT"', 14, "datasets[0].datasources[0].purpose", "INPUT, LIGHTLY, INPUT_OUTPUT"),
        ("s3://datalake", "s3://Data_Lake!", 15, "datasets[0].datasources[0].uri", "no bucket name"),
        ('farm-animals/"', 'farm-animals"', 15, "datasets[0].datasources[0].uri", "Perhaps: s3://datalake/projects/"),
        *(
            ("role_arn: null", f'role_arn: "{role}"', 21, "datasets[0].datasources[0].role_arn", "arn:aws:iam::1111")
            for role in (
                *("x;id", "", "my-role", "arn:aws:iam::1:role/r", "arn:aws:iam::111122223333:user/r"),
                *(
                    "arn:aws:iam::111122223333:role/",
                    "arn:aws:iam::111122223333:role/r;id",
                    "arn:x:iam::111122223333:role/r",
                ),
                *(
                    "arn:aws:iam::111122223333:role/r\\n",
                    " arn:aws:iam::111122223333:role/r",
                    "arn:aws:iam::111122223333:role/rö",
                ),
            )
        ),
        ('access: "user"', 'access: "delegated"', 21, "datasets[0].datasources[0].role_arn", "arn:aws:iam::1111"),
        ('"keyring"', '"profile"', 22, "datasets[0].datasources[0].credentials", "profile NAME"),
        ("endpoint_url: null", 'endpoint_url: "ftp://x"', 19, "datasets[0].datasources[0].endpoint_url", "https://"),
        ("https://api", "https://me:pw@api", 4, "datasets[0].platform_url", "names a user"),
        ('name: "farm-animals"', 'name: &a "farm-animals"', 3, "datasets[0].name", "Anchors and aliases"),
        ('dataset_id: "5f7c1d2e3a4b5c6d7e8f9a0b"', "dataset_id: *a", 5, "datasets[0].dataset_id", "Anchors"),
        ('name: "farm-animals"', "name: !!str x", 3, "datasets[0].name", "Tags"),
        ('name: "farm-animals"', 'name: "farm', 4, None, "not YAML"),
        ('name: "farm-animals"', "name: a: b", 3, None, "not YAML"),
        ("  dataset_id:", "\tdataset_id:", 5, None, "not YAML"),
        ('region: "eu-central-1"', 'region: "eu\x00"', 16, None, "control character"),
        ("...\n", "", 23, None, "three dots"),
        ("...\n", "---\nschema: 1\n...\n", 23, None, "second document"),
        ("schema: 1", "? [a]\n: 1", 1, None, "name of a field"),
        ("needs:\n", "needs: " + "[" * 20_000 + "\n", 6, None, "nested too deeply"),
        ("needs:\n", "needs: " + "{a: " * 10_000 + "\n", 6, None, "nested too deeply"),
        (_GOOD, "", None, None, "empty"),
        (_GOOD, "- a\n...\n", 1, None, "a group of fields"),
        (_GOOD, "schema: 1\ndatasets: {}\n...\n", 2, "datasets", "has to be a list"),
        (_GOOD, "schema: 1\ndatasets: [3]\n...\n", 2, "datasets[0]", "has to be a group of fields"),
    ],
)
def test_a_broken_file_is_named_by_line_and_field_and_left_alone(
    tmp_path: Path, old: str, new: str, line: int | None, field: str | None, problem: str
) -> None:
    assert _GOOD.count(old) >= 1
    store = DatasetStore(Home.at(tmp_path))
    file = tmp_path / "datasets.yaml"
    broken = _GOOD.replace(old, new, 1)
    file.write_text(broken)
    for attempt in (store.load, lambda: store.save(_dataset("new")), lambda: store.remove("farm-animals", _PLATFORM)):
        with pytest.raises(StoreError) as caught:
            attempt()
        assert problem in caught.value.problem
        assert caught.value.path == file
        assert caught.value.line == line
        if field is not None:
            assert caught.value.field == field
            assert f"{field}: " in str(caught.value)
        assert str(caught.value).startswith(f"{file}, line {line}" if line else str(file))
    assert file.read_text() == broken


def test_what_an_older_file_does_not_say_is_off(tmp_path: Path) -> None:
    older = _GOOD
    for line in ("    delete: false\n", "    lightly_folder_only: false\n", "  restricted: false\n"):
        assert line in older
        older = older.replace(line, "")
    assert decode(older, tmp_path) == decode(_GOOD, tmp_path)


def test_the_same_dataset_twice_is_named_where_it_stands_again(tmp_path: Path) -> None:
    entry = _GOOD[_GOOD.index("- name") : _GOOD.index("...")]
    with pytest.raises(StoreError, match="stands twice") as caught:
        decode(_GOOD.replace("...\n", f"{entry}...\n"), tmp_path)
    assert (caught.value.line, caught.value.field) == (23, "datasets[1].name")


def test_a_secret_in_the_file_is_not_repeated_in_the_sentence(tmp_path: Path) -> None:
    canary = "wJalrXUtnFEMIcanary"
    for old, new in [
        ("    region:", f'    secret_access_key: "{canary}"\n    region:'),
        ('"keyring"', f'"{canary}"'),
        ('access: "user"', f'access: "{canary}"'),
        ("https://api", f"https://me:{canary}@api"),
    ]:
        with pytest.raises(StoreError) as caught:
            decode(_GOOD.replace(old, new), tmp_path)
        assert canary not in str(caught.value)


def test_the_file_is_for_the_user_alone_and_a_symlink_to_it_stays(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "dotfiles.yaml"
    elsewhere.write_text(_GOOD)
    home.mkdir(mode=0o700)
    (home / "datasets.yaml").symlink_to(elsewhere)
    DatasetStore(Home.at(home)).save(_dataset("two"))
    assert (home / "datasets.yaml").is_symlink()
    assert elsewhere.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in DatasetStore(Home.at(home)).load()] == ["farm-animals", "two"]
