"""What people paste: the key in it is found in whatever form and order, and nothing that is not there."""

from __future__ import annotations

import codecs
import json
import os
import string
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.access import Secret, UserAccess
from core.pasted import MAX_FILE_BYTES, FoundKeys, KeyFileError, find_keys, read_key_file

ID = "AKIAIOSFODNN7EXAMPLE"
TEMPORARY_ID = "ASIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEJr/" * 12 + "Zm9v=="
OTHER_ID, OTHER_SECRET = "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"

Parts = tuple[str | None, str | None, str | None]


def parts(found: FoundKeys) -> Parts:
    """Give the parts in the open."""
    secret, token = found.secret_access_key, found.session_token
    return found.access_key_id, secret.reveal() if secret else None, token.reveal() if token else None


def found_in(text: str) -> Parts:
    """Find the parts of the one key of a text."""
    found = find_keys(text)
    assert not found.several
    return parts(found)


FORMS = {
    "two-lines": f"{ID}\n{SECRET}",
    "two-lines-the-other-way": f"{SECRET}\r\n{ID}\r\n",
    "a-blank": f"{ID} {SECRET}",
    "a-tab": f"{ID}\t{SECRET}",
    "a-comma": f"{ID},{SECRET}",
    "a-colon": f"{ID}:{SECRET}",
    "secret-first-and-a-colon": f"{SECRET}:{ID}",
    "in-quotes": f'"{ID}" "{SECRET}"',
    "bash": f"export AWS_ACCESS_KEY_ID={ID}\nexport AWS_SECRET_ACCESS_KEY={SECRET}\nexport AWS_REGION=eu-west-3",
    "bash-in-quotes": f"export AWS_SECRET_ACCESS_KEY='{SECRET}'\nexport AWS_ACCESS_KEY_ID=\"{ID}\"",
    "one-line-of-bash": f"export AWS_ACCESS_KEY_ID={ID};export AWS_SECRET_ACCESS_KEY={SECRET};aws s3 ls",
    "before-a-command": f"AWS_ACCESS_KEY_ID={ID} AWS_SECRET_ACCESS_KEY={SECRET} aws s3 ls s3://datalake/",
    "cmd": f"set AWS_ACCESS_KEY_ID={ID}\r\nset AWS_SECRET_ACCESS_KEY={SECRET}\r\n",
    "cmd-in-quotes": f'set "AWS_ACCESS_KEY_ID={ID}"\r\nset "AWS_SECRET_ACCESS_KEY={SECRET}"\r\n',
    "setx": f"setx AWS_ACCESS_KEY_ID {ID}\r\nsetx AWS_SECRET_ACCESS_KEY {SECRET}\r\n",
    "powershell": f'$Env:AWS_ACCESS_KEY_ID="{ID}"\n$env:AWS_SECRET_ACCESS_KEY = "{SECRET}"',
    "ini": f"[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\nregion = eu-west-3\n",
    "ini-with-a-comment": f"[a]\naws_secret_access_key={SECRET}\n# mine, of 3 May\naws_access_key_id={ID}\n",
    "ini-with-an-empty-token": f"[a]\naws_access_key_id={ID}\naws_session_token =\naws_secret_access_key={SECRET}\n",
    "create-access-key": json.dumps(
        {"AccessKey": {"UserName": "lightly", "AccessKeyId": ID, "Status": "Active", "SecretAccessKey": SECRET}},
        indent=4,
    ),
    "json-behind-a-command": f'$ aws iam create-access-key\n{{"AccessKey": {{"AccessKeyId": "{ID}",\n'
    f'"SecretAccessKey": "{SECRET}"}}}}',
    "json-with-escapes": f'{{"AccessKeyId": "{ID}", "SecretAccessKey": "{SECRET.replace("/", chr(92) + "/")}"}}',
    "yaml": f"env:\n  AWS_ACCESS_KEY_ID: {ID}\n  AWS_SECRET_ACCESS_KEY: {SECRET} # mine\n",
    "compose": f'- "AWS_ACCESS_KEY_ID={ID}"\n- "AWS_SECRET_ACCESS_KEY={SECRET}"\n',
    "xml": f"<AccessKeyId>{ID}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>",
    "aws-configure": f"AWS Access Key ID [****************AAAA]: {ID}\nAWS Secret Access Key [None]: {SECRET}\n",
    "console-page": f"Access key\n{ID}\nSecret access key\n{SECRET}\nHide\n",
    "mail": f"Hi, your access key is {ID}, and the secret access key: {SECRET}. Greetings",
    "rootkey-csv": f"AWSAccessKeyId={ID}\r\nAWSSecretKey={SECRET}\r\n",
    "console-csv": f"\ufeffAccess key ID,Secret access key\r\n{ID},{SECRET}\r\n",
    "console-csv-in-quotes": f'"Access key ID","Secret access key"\r\n"{ID}","{SECRET}"\r\n',
    "console-csv-of-old": "User name,Password,Access key ID,Secret access key,Console login link\r\n"
    f'"Muster, Maria",{OTHER_SECRET},{ID},{SECRET},https://111122223333.signin.aws.amazon.com/console\r\n',
    "csv-of-a-spreadsheet": f"Secret access key;Access key ID\n{SECRET};{ID}\n",
    "zero-width": f"\u200b{ID[:7]}\u200b{ID[7:]}\u2060\n\ufeff{SECRET[:20]}\u200d{SECRET[20:]}",
    "no-break-space": f"{ID}\u00a0{SECRET}",
    "under-exchanged-labels": f"AWS_ACCESS_KEY_ID={SECRET}\nAWS_SECRET_ACCESS_KEY={ID}",
    "with-a-checksum": f"commit 1f7a7a472abf3dd9643fd615f6da379c4acb3e3a\n{ID}\n{SECRET}",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_a_key_is_found_in_every_form_that_it_is_handed_out_in(text: str) -> None:
    assert found_in(text) == (ID, SECRET, None)


TEMPORARY = {
    "sts": json.dumps(
        {
            "Credentials": {
                "AccessKeyId": TEMPORARY_ID,
                "SecretAccessKey": SECRET,
                "SessionToken": TOKEN,
                "Expiration": "2026-11-22T10:00:00Z",
            },
            "AssumedRoleUser": {"AssumedRoleId": "AROA3XFRBF535PLBIFPI4:s", "Arn": "arn:aws:sts::1:assumed-role/r/s"},
        }
    ),
    "bash": f'export AWS_ACCESS_KEY_ID="{TEMPORARY_ID}"\nexport AWS_SECRET_ACCESS_KEY="{SECRET}"\n'
    f'export AWS_SESSION_TOKEN="{TOKEN}"\n',
    "ini": f"[111122223333_admin]\naws_access_key_id={TEMPORARY_ID}\naws_secret_access_key={SECRET}\n"
    f"aws_session_token={TOKEN}\n",
    "three-lines": f"{TOKEN}\n{SECRET}\n{TEMPORARY_ID}\n",
}


@pytest.mark.parametrize("text", TEMPORARY.values(), ids=TEMPORARY.keys())
def test_a_temporary_key_is_found_with_its_token(text: str) -> None:
    assert found_in(text) == (TEMPORARY_ID, SECRET, TOKEN)


OF_OTHER_SERVERS = {
    "ini": "access_key = minio-admin\nsecret_key = p,ss;w/rd!\n",
    "json": '{"url": "http://minio:9000", "accessKey": "minio-admin", "secretKey": "p,ss;w/rd!", "api": "s3v4"}',
    "json-cut-off": '{"accessKey": "minio-admin", "secretKey": "p,ss;w/rd!", "api"',
    "radosgw": json.dumps({"keys": [{"user": "me", "access_key": "minio-admin", "secret_key": "p,ss;w/rd!"}]}),
    "labels": "Access Key: minio-admin\nSecret Key: p,ss;w/rd!",
    "csv": 'Access key ID,Secret access key\nminio-admin,"p,ss;w/rd!"\n',
    "one-line-of-bash": "export AWS_ACCESS_KEY_ID=minio-admin;export AWS_SECRET_ACCESS_KEY='p,ss;w/rd!'",
    "aws-configure": "AWS Access Key ID [None]: minio-admin\nAWS Secret Access Key [****word]: p,ss;w/rd!\n",
    "bash": "AWS_ACCESS_KEY_ID=minio-admin AWS_SECRET_ACCESS_KEY='p,ss;w/rd!' aws s3 ls",
}


@pytest.mark.parametrize("text", OF_OTHER_SERVERS.values(), ids=OF_OTHER_SERVERS.keys())
def test_beside_a_label_a_key_may_have_any_shape(text: str) -> None:
    assert found_in(text) == ("minio-admin", "p,ss;w/rd!", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, (ID, None, None)),
        (SECRET, (None, SECRET, None)),
        (f"Access key: {SECRET}", (None, SECRET, None)),
        (f"AWS_SESSION_TOKEN={TOKEN}", (None, None, TOKEN)),
        (f"https://b.s3.amazonaws.com/?AWSAccessKeyId={ID}&Signature=x&Expires=1", (ID, None, None)),
    ],
)
def test_half_a_key_is_half_a_key(text: str, expected: Parts) -> None:
    assert found_in(text) == expected


NO_KEYS = {
    "nothing": "",
    "prose": "The access key: enter the one that you were given. Secret key = what comes with it",
    "masked": "AWS_ACCESS_KEY_ID=****************\nAWS_SECRET_ACCESS_KEY=<your secret>",
    "masked-in-one-word": "aws_access_key_id: <yours>\naws_secret_access_key: ...",
    "checksum": "1f7a7a472abf3dd9643fd615f6da379c4acb3e3a",
    "too-long": f"{ID}A",
    "lower-case": ID.lower(),
    "in-a-longer-run": f"x{SECRET}",
    "a-header-alone": "Access key ID,Secret access key\r\n",
    "no-values": '{"AccessKeyId": null, "SecretAccessKey": 5}',
    "blanks-inside": 'secret_key = "two words"',
    "odd-letters": "secret_key = pässwort",
    "brackets": "[" * 100_000,
    "many-digits": "9" * 10_000,
    "many-digits-and-a-word": "9" * 200 + ",aB",
}


@pytest.mark.parametrize("text", NO_KEYS.values(), ids=NO_KEYS.keys())
def test_what_is_no_key_is_not_taken_for_one(text: str) -> None:
    assert find_keys(text) == FoundKeys()


SEVERAL = {
    "two-profiles": f"[a]\naws_access_key_id={ID}\naws_secret_access_key={SECRET}\n"
    f"[b]\naws_access_key_id={OTHER_ID}\naws_secret_access_key={OTHER_SECRET}\n",
    "two-rows": f"Access key ID,Secret access key\n{ID},{SECRET}\n{OTHER_ID},{OTHER_SECRET}\n",
    "a-list": json.dumps({"AccessKeyMetadata": [{"AccessKeyId": ID}, {"AccessKeyId": OTHER_ID}]}),
    "two-secrets": f"{ID}\n{SECRET}\n{OTHER_SECRET}",
    "one-labelled-one-not": f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n{OTHER_ID} {OTHER_SECRET}",
}


@pytest.mark.parametrize("text", SEVERAL.values(), ids=SEVERAL.keys())
def test_of_several_keys_none_is_chosen(text: str) -> None:
    assert find_keys(text) == FoundKeys(several=True)


def test_the_same_key_twice_is_one_key() -> None:
    assert found_in(f"{FORMS['ini']}\n{FORMS['two-lines']}\n{FORMS['ini']}") == (ID, SECRET, None)


def test_what_was_found_shows_nothing_of_it() -> None:
    found = find_keys(TEMPORARY["ini"])
    assert found.secret_access_key == Secret(SECRET)
    assert not any(part in f"{found!r} {found}" for part in (TEMPORARY_ID, SECRET, TOKEN))


KEY_IDS = st.from_regex(r"(AKIA|ASIA)[A-Z0-9]{16}", fullmatch=True)
SECRETS = st.text(string.ascii_letters + string.digits + "/+", min_size=40, max_size=40).filter(
    lambda secret: set(secret) - set(string.hexdigits.lower())
)
TOKENS = st.text(string.ascii_letters + string.digits + "/+", min_size=98, max_size=600).map(lambda text: f"Iq{text}")
SEPARATORS = st.text(" \t,:;|\n\r\"'\u200b\ufeff", min_size=0, max_size=6).flatmap(
    lambda around: st.sampled_from(" \t,:\n").map(lambda one: around + one)
)


@given(KEY_IDS, SECRETS, TOKENS | st.none(), st.data())
def test_a_key_is_found_in_any_order_with_any_separators(
    key_id: str, secret: str, token: str | None, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([each for each in (key_id, secret, token) if each]))
    text = "".join(data.draw(SEPARATORS) + each for each in shuffled) + data.draw(SEPARATORS)
    assert found_in(text) == (key_id, secret, token)


LABELS = {
    "id": ("AWS_ACCESS_KEY_ID", "aws_access_key_id", "Access key ID", "AccessKeyId", "access_key", "accessKey"),
    "secret": ("AWS_SECRET_ACCESS_KEY", "Secret access key", "SecretAccessKey", "secret_key", "secretKey"),
}
WORDS = st.text([chr(number) for number in range(33, 127) if chr(number) not in "\"'`,;<>*.&|[]{}"], min_size=1).filter(
    lambda word: any(map(str.isalnum, word)) and not any(name in word.lower() for name in ("access", "secret"))
)


@given(WORDS, WORDS, st.data())
def test_what_stands_behind_labels_is_found_in_any_order(key_id: str, secret: str, data: st.DataObject) -> None:
    before, after = data.draw(st.sampled_from([("export ", ""), ("", ""), ("set ", "\r"), ("  ", " "), ("$env:", "")]))
    between = data.draw(st.sampled_from(["=", " = ", ": ", "=", "\t=\t"]))
    values = [
        (data.draw(st.sampled_from(LABELS["id"])), key_id),
        (data.draw(st.sampled_from(LABELS["secret"])), secret),
    ]
    lines = [f"{before}{label}{between}{value}{after}\n" for label, value in data.draw(st.permutations(values))]
    assert found_in("".join(lines)) == (key_id, secret, None)


FRAGMENTS = st.sampled_from(
    [*FORMS.values(), *TEMPORARY.values(), *OF_OTHER_SERVERS.values(), *NO_KEYS.values(), *SEVERAL.values()]
).filter(lambda text: "\\" not in text and len(text) < 5_000)
PIECES = st.sampled_from(["\n", ",", ":", "=", '"', "{", "}", "\0", "aws_access_key_id", "secret_key =", "access key:"])


@given(st.lists(st.text() | FRAGMENTS | PIECES, max_size=12).map("".join))
@example('{"secretKey": "\ud800"}')
@example("Access key ID,Secret access key\n\0,\0")
@example(f"Access key ID,Secret access key\n{'x' * 200_000},y")
def test_whatever_is_pasted_what_is_found_was_in_it(text: str) -> None:
    found = find_keys(text)
    seen = text.translate(dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff")))
    for part in parts(found):
        assert part is None or (part and part in seen)
    if found.several:
        assert parts(found) == (None, None, None)
    assert SECRET not in repr(found)


# A file


@pytest.mark.parametrize("form", ["console-csv", "console-csv-of-old", "ini", "create-access-key"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_key_is_read_from_a_file(tmp_path: Path, form: str, encoding: str) -> None:
    file = tmp_path / "lightly_accessKeys.csv"
    file.write_bytes(FORMS[form].removeprefix("\ufeff").encode(encoding))
    assert read_key_file(file) == UserAccess(ID, Secret(SECRET))


def test_a_file_with_a_name_in_another_alphabet_is_read(tmp_path: Path) -> None:
    file = tmp_path / "accessKeys.csv"
    file.write_bytes(f"User name,Access key ID,Secret access key\nMüller,{ID},{SECRET}\n".encode("latin-1"))
    assert read_key_file(file) == UserAccess(ID, Secret(SECRET))


def test_a_file_in_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "accessKeys.csv").write_text(FORMS["console-csv"])
    assert read_key_file(Path("~/accessKeys.csv")) == UserAccess(ID, Secret(SECRET))


def said_of(path: Path) -> str:
    """Read what gives no key, and return the sentence."""
    with pytest.raises(KeyFileError) as caught:
        read_key_file(path)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert not any(part in repr(caught.value) for part in (ID, SECRET, TOKEN, OTHER_ID, OTHER_SECRET))
    return sentence


CONTENTS = {
    "several": (SEVERAL["two-rows"].encode(), "several keys"),
    "none": (b"hello\n", "no access key"),
    "empty": (b"", "no access key"),
    "no-secret": (ID.encode(), "without its secret"),
    "no-id": (SECRET.encode(), "without its access key ID"),
    "a-picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + ID.encode(), "not a text"),
    "half-a-letter-of-utf-16": (codecs.BOM_UTF16_LE + b"\0", "no access key"),
    "too-large": (FORMS["two-lines"].encode() + b" " * MAX_FILE_BYTES, "64 KB"),
}


@pytest.mark.parametrize(("content", "word"), CONTENTS.values(), ids=CONTENTS.keys())
def test_a_file_without_a_key_says_so_and_shows_nothing_of_it(tmp_path: Path, content: bytes, word: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert word in said_of(file)


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(FORMS["two-lines"].encode().ljust(MAX_FILE_BYTES))
    assert read_key_file(file) == UserAccess(ID, Secret(SECRET))


def test_a_path_that_leads_to_no_file_says_so_and_is_not_repeated(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_text("")
    assert "folder" in said_of(tmp_path)
    assert "no such file" in said_of(tmp_path / ID)
    assert "no such file" in said_of(tmp_path / "a" / ID)
    assert "ordinary file" in said_of(tmp_path / "pipe")
    for name in (f"{ID}\0", ID * 100, f"~{ID}/a"):
        assert "cannot be read" in said_of(Path(name))


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / SECRET))

    file = tmp_path / "file"
    file.write_text(FORMS["two-lines"])
    file.chmod(0)
    if os.access(file, os.R_OK):  # as root, who may read all
        monkeypatch.setattr(Path, "open", refuse)
    assert "may not read" in said_of(file)
