"""The answers of a setup without a person: a strict file without secrets, and secrets on standard input."""

from __future__ import annotations

import contextlib
import inspect
from pathlib import Path

import pytest
from guide_walk import EXTERNAL_ID, OUTPUT, OWN_OUTPUT, at
from hypothesis import given
from hypothesis import strategies as st

from core.access import Secret
from core.guide import flow
from core.guide.fields import Choice, SecretText, Text, Toggle
from core.guide.state import Given
from core.store.errors import StoreError
from tui.commands.answers import SECRETS, STEPS, AnswersFile, SecretsError, read_answers, read_secrets

WHOLE = """\
schema: 1
accept_hints: true
needs: {input_type: Images, thumbnails: true}
bucket:
  uri: s3://datalake/projects/farm-animals/
keys: {way: typed, access_key_id: AKIAIOSFODNN7EXAMPLE}
dataset: {name: "2024"}
"""


def file_of(folder: Path, text: str) -> Path:
    path = folder / "answers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(StoreError) as caught:
        read_answers(file_of(folder, text))
    return str(caught.value)


def test_answers_are_read_by_step_and_field(tmp_path: Path) -> None:
    assert read_answers(file_of(tmp_path, WHOLE)) == AnswersFile(
        groups={
            "needs": {"input_type": "Images", "thumbnails": True},
            "bucket": {"uri": "s3://datalake/projects/farm-animals/"},
            "keys": {"way": "typed", "access_key_id": "AKIAIOSFODNN7EXAMPLE"},
            "dataset": {"name": "2024"},
        },
        accept_hints=True,
    )


@pytest.mark.parametrize("end", ["", "...\n", "\n\n...\n"])
def test_the_mark_of_an_end_may_stand_there(end: str, tmp_path: Path) -> None:
    assert read_answers(file_of(tmp_path, f"schema: 1\nbucket: {{uri: s3://a/}}\n{end}")).groups


def test_a_step_without_answers_is_none(tmp_path: Path) -> None:
    assert read_answers(file_of(tmp_path, "schema: 1\nbucket:\n")).groups == {"bucket": {}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("schema: 1\nneeds:\n  thumbnail: true\n", "line 3, needs.thumbnail: This step has no such field. It has"),
        ("schema: 1\nneed: {}\n", "line 2, need: There is no step of this name. The steps are needs, bucket"),
        ("schema: 1\nneeds: {thumbnails: Yes}\n", "line 2, needs.thumbnails: Write true or false here."),
        ("schema: 1\ndataset: {name: 2024}\n", "line 2, dataset.name: Write text here. Put it in quotes."),
        ("schema: 1\ndataset: [a]\n", "line 2, dataset: A step holds a group of fields."),
        ("needs: {}\n", "The file names no schema. Begin with: schema: 1"),
        ("schema: 2\n", "line 1, schema: This bucketlight reads schema 1."),
        ("schema: true\n", "The file names no schema."),
        ("- a\n", "The file holds no groups of answers."),
        ("schema: 1\naccept_hints: maybe\n", "line 2, accept_hints: Write true or false."),
        ("schema: 1\nneeds: {delete: true, delete: false}\n", "line 2, needs.delete: This field stands twice"),
        ("schema: 1\nneeds: &a {}\nkeys: *a\n", "Anchors and aliases"),
        ("schema: 1\nneeds: {\n", "This is not YAML"),
    ],
)
def test_what_is_not_as_it_should_be_is_named_with_line_and_field(text: str, says: str, tmp_path: Path) -> None:
    assert says in refused(tmp_path, text)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("text", ["schema: 1\n{name}: canary-77\n", "schema: 1\nkeys: {{{name}: canary-77}}\n"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(name: str, text: str, tmp_path: Path) -> None:
    sentence = refused(tmp_path, text.format(name=name))
    assert f"standard input: {name}=" in sentence
    assert "line 2" in sentence
    assert "canary" not in sentence


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    assert "larger than 64 KB" in refused(tmp_path, f"schema: 1\n# {'x' * 70_000}\n")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere\.yaml: There is no such file\."):
        read_answers(tmp_path / "nowhere.yaml")


@given(text=st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_is_read_or_refused_with_a_sentence(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = file_of(tmp_path_factory.mktemp("any"), text)
    with contextlib.suppress(StoreError):
        assert read_answers(path).groups.keys() <= STEPS.keys()


def test_the_fields_are_those_of_the_guide() -> None:
    # What is asked only later, or only of a person.
    later = {"region", "output_region", "output_kms_key_arn", "reuse", "account", "adopt"}
    ours = {"no_keys", "external_id", "code"}
    for step in ("needs", "bucket", "access", "make", "keys", "role", "output", "limits", "dataset"):
        kinds = {"keys": ["user"], "make": ["user"], "role": ["delegated"]}.get(step, ["user", "delegated"])
        maker = {"make": "make", "limits": "hand-over", "keys": "hand-over", "role": "hand-over"}.get(step, "have")
        answers = {"output": OWN_OUTPUT if step in {"keys", "role"} else OUTPUT}
        states = [
            at(step, Given(external_id=Secret(EXTERNAL_ID)), access={"access": kind, "maker": maker}, **answers)
            for kind in kinds
        ]
        fields = [field for state in states for field in flow.view(state).fields]
        asked = {field.name for field in fields if isinstance(field, Choice | Toggle | Text)}
        secret = {field.name for field in fields if isinstance(field, SecretText)}
        assert asked - ours <= set(STEPS[step]), step
        assert set(STEPS[step]) - later <= asked, step
        assert secret - ours <= {name for name, at_step in SECRETS.items() if at_step == step}, step


def test_secrets_are_read_line_by_line() -> None:
    lines = ["# for farm-animals\n", "\n", "secret_access_key=abc/def+ghi==\n", "  token = t-77 \n"]
    assert read_secrets(lines) == {
        "keys": {"secret_access_key": Secret("abc/def+ghi==")},
        "dataset": {"token": Secret("t-77")},
    }


def test_no_secrets_are_none() -> None:
    assert read_secrets([]) == {}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["token=a", "canary77=="], "Line 2 of standard input is not NAME=value"),
        (["canary77"], "Line 1"),
        (["TOKEN=canary77"], "with one of these names: secret_access_key"),
        (["token=canary77", "token=canary77"], "gives token a second time"),
        (["token= "], "gives token no value"),
    ],
)
def test_a_line_that_is_none_is_named_by_its_number_and_never_repeated(lines: list[str], says: str) -> None:
    with pytest.raises(SecretsError) as caught:
        read_secrets(lines)
    assert says in str(caught.value)
    assert "canary" not in str(caught.value)


@given(st.lists(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=40), max_size=4))
def test_any_lines_are_read_or_refused(lines: list[str]) -> None:
    with contextlib.suppress(SecretsError):
        found = read_secrets(lines)
        assert all(SECRETS[name] == step for step, group in found.items() for name in group)


def test_the_example_of_the_help_is_read(tmp_path: Path) -> None:
    from tui.commands.setup import command

    epilog = inspect.cleandoc(command.epilog or "")
    example = epilog.partition("by step:\n")[2].partition("\n\n")[0]
    assert set(read_answers(file_of(tmp_path, example)).groups) == {"needs", "bucket", "access", "keys", "dataset"}
