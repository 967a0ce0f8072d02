"""Write the pages that are made from code: requests.md from the catalogues of calls, troubleshooting.md from the table
of causes. Run `python docs/make.py [FOLDER]`; without a folder the pages here are replaced. A test compares them.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Generic, TypeVar

from core.aws.call import Call as AwsCall
from core.aws.calls import CALLS as AWS_CALLS
from core.aws.session import CONNECT_TIMEOUT, READ_TIMEOUT
from core.lightly.calls import CALLS as LIGHTLY_CALLS
from core.lightly.calls import Call as LightlyCall
from core.lightly.rules import DEFAULT_PLATFORM_URL
from core.lights.causes import ALL_ROWS, FOUND, PROFILE, Row
from core.lights.states import WORDS, State
from core.lights.target import CheckOptions
from core.posture.rules import RULES, Rule

HERE = Path(__file__).parent
_MADE = "<!-- Made by docs/make.py: change the code it is made from, and run it again. -->"

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Column(Generic[_Entry]):
    """A column of a table. Where every row has the same text, it is said once above the table: `above` says how."""

    heading: str
    cell: Callable[[_Entry], str]
    above: str | None = None


def table(entries: Sequence[_Entry], columns: Sequence[Column[_Entry]]) -> str:
    """Write a table of Markdown, below what holds for every row of it."""
    said: list[str] = []
    shown: list[Column[_Entry]] = []
    for column in columns:
        texts = {column.cell(entry) for entry in entries}
        if column.above is not None and len(entries) > 1 and len(texts) == 1:
            said.append(column.above.format(texts.pop()))
        else:
            shown.append(column)
    lines = [
        "| " + " | ".join(column.heading for column in shown) + " |",
        "| " + " | ".join("---" for _ in shown) + " |",
    ]
    lines += ["| " + " | ".join(_cell(column.cell(entry)) for column in shown) + " |" for entry in entries]
    return "\n\n".join(filter(None, (" ".join(said), "\n".join(lines))))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _request(call: AwsCall) -> str:
    return f"{call.service} **{call.operation}**" + (f", {call.how}" if call.how else "")


_AWS_COLUMNS: tuple[Column[AwsCall], ...] = (
    Column("request", _request),
    Column("when", lambda call: call.when),
    Column("IAM action", lambda call: ", ".join(call.actions) or "none"),
    Column("signed with", lambda call: " or ".join(call.whose), "Signed with {}."),
    Column("cost", lambda call: call.cost, "Cost of each: {}."),
    Column("may leave behind", lambda call: call.leaves, "May leave behind: {}."),
    Column("switched off by", lambda call: call.off, "Switched off by: {}."),
)

_LIGHTLY_COLUMNS: tuple[Column[LightlyCall], ...] = (
    Column("request", lambda call: f"{call.method} `{call.path}`"),
    Column("when", lambda call: call.when),
    Column("sends, beside the token", lambda call: call.sends),
    Column("leaves", lambda call: call.leaves),
    Column("switched off by", lambda call: call.off),
)


def requests_page() -> str:
    """Write the page of all requests."""
    seconds, connect, read = (f"{each:.0f}" for each in (CheckOptions().deadline, CONNECT_TIMEOUT, READ_TIMEOUT))
    stages = "\n\n".join(
        f"### {stage}\n\n{table(tuple(calls), _AWS_COLUMNS)}"
        for stage, calls in groupby(AWS_CALLS, key=lambda call: call.stage)
    )
    return f"""{_MADE}

# Every request that bucketlight sends

bucketlight talks to the S3 server of your bucket (AWS, unless you name another), to AWS's STS and on request IAM, and
to the Lightly platform; to nobody else. There is no telemetry, no check for updates and no crash report. This page is
made from the list that the program holds itself to: a request to AWS that is not on it is refused before it is sent.

## Who, where, when

- **User agent.** Each request carries `bucketlight/VERSION`, so that server logs and CloudTrail show which were ours.
- **Hosts.** At AWS `s3.REGION.amazonaws.com`, `BUCKET.s3.REGION.amazonaws.com`, `sts.REGION.amazonaws.com` and
  `iam.amazonaws.com`; in other partitions their like. With an endpoint of your own (`--endpoint-url`) all of these
  requests go there, and none to AWS. Lightly at `{DEFAULT_PLATFORM_URL}`, or at the address in
  `LIGHTLY_SERVER_LOCATION` or `--platform-url`. Proxies come from the environment (`HTTPS_PROXY`, `HTTP_PROXY`; for
  Lightly also `ALL_PROXY`), and are not used for servers on this machine. Certificates are always checked.
- **When.** No request goes out while you type. In the setup they go out when a step is confirmed, or a folder is
  opened while you look through the buckets; later when you press `r`, or run `bucketlight check`. What makes, changes
  or deletes something in AWS goes out after its plan was shown, and the account's ID was typed (or given by
  `--account`, or in the answers of `setup --from`).
- **The order within a check.** The region, where it is not known; for a role, AssumeRole. Then at the same time: List
  and after it Read; Write; who the key is. What was refused is looked at once more. A check ends after {seconds}
  seconds at the latest, and begins no request afterwards but the one that takes its own test object or upload back.
- **Repeats.** A request is sent once more, at most, after something that often passes by itself (a throttle, an error
  of the server, a connection that was cut), if there is time; and once more in the right region where an answer names
  it. What an administrator asks is sent up to four times more, after 1, 2, 4 and 8 seconds, where AWS wants patience or
  has an error of its own; but what makes a key never, where it may have been carried out. AWS's library is told to
  repeat nothing. A connection has {connect} seconds to come about, and an answer may pause for {read}.
- **How often.** A check that you did not ask for (in the setup, when you come back to a step) does not try Write a
  second time with the same key in the same place.
- **Cost.** At AWS's list prices in us-east-1 (0.005 USD for 1,000 requests of the class LIST/PUT, 0.0004 USD for 1,000
  of the class GET) a thousand checks of List, Read and Write cost about one cent. STS and IAM are free. Most requests
  that are refused are charged as well, and storage classes for rare access charge for the byte that is read.
- **Switches.** They are options of `bucketlight check`. The app uses their defaults, `--look-ups prefix` and
  `--write-probe dry`, and asks before it stores a test object, reads policies or tries anything outside of the folder.
- **Who signs.** *The checked key* is the access key of the dataset, also one that was made for it just now; for a bare
  `s3://` address, your own AWS credentials. *The role's session* takes its place where Lightly reaches the bucket by a
  role that your own credentials may assume. *The administrator's profile* signs nothing that a check sends.
- **Names.** In the bucket, test objects and uploads are named `PREFIX.lightly/bucketlight-probe-` and 16 random digits;
  nothing else is ever written there, and nothing else deleted. In IAM nothing is touched but the users and roles that
  the plan names: `Lightly-S3-DATASET`, the name that you gave, or the user whose key is replaced.

## To AWS, or another S3 server

{stages}

## For credentials that come from AWS's configuration

For a bare `s3://` address, for a dataset whose key comes from a profile, and for the administrator's profile, AWS's
library fetches the credentials as the `aws` command would. What it sends for that is its own, under its own user agent,
and is not in the tables above. Keys that you entered, that are in the keyring or in `AWS_ACCESS_KEY_ID` and
`AWS_SECRET_ACCESS_KEY` need none of it.

{table(_CREDENTIALS, _CREDENTIAL_COLUMNS)}

## To the Lightly platform

Every request carries the token, in the address's query, as the platform reads it. GET, PUT and DELETE are sent up to
three times where that may help; POST never twice. `--no-platform` is an option of `bucketlight check`; the app asks
Lightly at the end of Save, on `r`, and while a key is replaced.

{table(LIGHTLY_CALLS, _LIGHTLY_COLUMNS)}
"""


@dataclass(frozen=True, slots=True)
class _Source:
    source: str
    sends: str
    off: str


_KEYS_INSTEAD = "setting `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or another profile"

_CREDENTIALS = (
    _Source("a profile with keys (`aws_access_key_id`)", "nothing", "–"),
    _Source(
        "a profile with a role (`role_arn`)",
        "sts AssumeRole, or AssumeRoleWithWebIdentity with a token file. Where the profile wants an MFA code, setup, "
        "provision, rotate and undo ask you for it; a check leaves such a profile alone",
        _KEYS_INSTEAD,
    ),
    _Source(
        "IAM Identity Center (`sso_session`, `sso_start_url`)",
        "sso GetRoleCredentials; sso-oidc CreateToken, where the login is renewed",
        _KEYS_INSTEAD,
    ),
    _Source("`aws login` (`login_session`)", "signin CreateOAuth2Token, where the login is renewed", _KEYS_INSTEAD),
    _Source("`credential_process`", "what that program of yours sends", _KEYS_INSTEAD),
    _Source(
        "a container (`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI`)",
        "one GET to the address in that variable",
        _KEYS_INSTEAD,
    ),
    _Source(
        "this machine's role, where nothing else was found",
        "requests to the instance metadata service, `169.254.169.254`",
        "`AWS_EC2_METADATA_DISABLED=true`",
    ),
)

_CREDENTIAL_COLUMNS: tuple[Column[_Source], ...] = (
    Column("from", lambda row: row.source),
    Column("what is sent", lambda row: row.sends),
    Column("avoided by", lambda row: row.off),
)


_VERDICTS = {State.RED: "fails:", State.AMBER: "works, but", State.UNKNOWN: "is not proven:"}

_STANDS_FOR = {
    "action": "the action",
    "exception": "the error",
    "given": "REGION",
    "header": "ALGORITHM",
    "host": "the server",
    "key": "KEY-ID",
    "kms_action": "the KMS action",
    "kms_key": "ARN",
    "named_region": "REGION",
    "option": "--profile NAME",
    "raw": "STATUS CODE",
    "resource": "the resource",
    "role": "the role",
    "said": "its own words",
    "seconds": "so many",
    "server": "the server",
    "skew": "so many minutes",
    "uri": "the folder",
    "who": "the user or role",
    "why": "the reason",
}
"""What the names in braces stand for, where a page speaks of nobody's bucket in particular; a name that is not here is
shown in capitals. In code all are."""

_IN_COMMANDS = {
    "bucket": "BUCKET",
    "endpoint": "URL",
    "key": "NAME",
    "provable_uri": "s3://BUCKET/PREFIX/",
    "role_name": "ROLE",
}
"""What they stand for in a command. What stands in brackets there is not always needed."""

_OF_PROFILES = {"who": "the profile"}
_OF_PROBES = {"key": "its name"}
_OF_POLICIES = {
    "list-condition-mismatch": {
        "detail": "a policy grants s3:ListBucket on a condition that List under this prefix does not meet",
        "change": "Change that part of the Condition to what List asks with.",
    },
    "list-granted-on-objects": {
        "detail": "a policy grants s3:ListBucket on `arn:aws:s3:::BUCKET/*`, but AWS checks it on the bucket itself",
        "change": "Change that Resource to `arn:aws:s3:::BUCKET`.",
    },
    "denied-identity-policy/near": {
        "detail": "a policy nearly allows it: its Resource differs in letter case, in the prefix, or by a slash",
        "change": "Change that Resource to `arn:aws:s3:::BUCKET/PREFIX/*`.",
    },
    "explicit-deny-identity-policy/named": {
        "detail": "a statement of a policy denies it",
        "change": "Remove that statement, or narrow it so that it leaves this out: no Allow outweighs a Deny.",
    },
}
"""What was read in a policy is told in the words of that policy; here, by an example."""

_OF_POSTURE = {
    "accounts": "account ACCOUNT",
    "action": "an action",
    "actions": "some actions",
    "bucket": "the bucket",
    "command": "bucketlight policy s3://BUCKET/PREFIX/",
    "condition": '`{"StringLike": {"s3:prefix": "PREFIX*"}}`',
    "days": "so many",
    "element": "Resource",
    "how": "`bucketlight rotate DATASET`, or k in the app",
    "keys": "the keys named",
    "lightly": "`arn:aws:iam::916419735646:root`",
    "missing": "a part of Block Public Access is",
    "number": "so many",
    "objects": "`arn:aws:s3:::BUCKET/PREFIX/*`",
    "others": "a service, or a whole account",
    "places": "other folders",
    "public": "everybody",
    "resource": "a wildcard",
    "statement": "a statement",
    "where": "the whole bucket",
}
"""What stands for what was found to be too open."""


def spoken(template: str, otherwise: Mapping[str, str]) -> str:
    """Fill the braces of a text of the table with words for what stands there."""

    def word(name: str) -> str:
        return otherwise.get(name) or _STANDS_FOR.get(name) or name.upper().replace("_", "-")

    def fill(part: str) -> str:
        if part.startswith("`"):
            return re.sub(r"\{(\w+)\}", lambda found: _STANDS_FOR.get(found[1], found[1].upper()), part)
        return re.sub(r"\{(\w+)\}", lambda found: _emphasised(word(found[1])), part)

    # What stands in brackets is left out where its name has nothing to say; here it is shown.
    whole = re.sub(r"\[([^\[\]]*\{\w+\}[^\[\]]*)\]", r"\1", template)
    return "".join(fill(part) for part in re.split(r"(`[^`]*`)", whole))


def _emphasised(words: str) -> str:
    return words if "`" in words else f"*{words}*"


def _spoken(row: Row, template: str) -> str:
    """Fill a text of a row; some names mean something else in some rows."""
    name = next((name for name, each in FOUND.items() if each is row), "")
    return spoken(template, _OF_PROFILES if row in PROFILE else _OF_POLICIES.get(name, _OF_PROBES) if name else {})


def _command(template: str) -> str:
    words = re.sub(r"\{(\w+)\}", lambda found: _IN_COMMANDS[found[1]], template).split()
    return " ".join(word if word.startswith("[") else shlex.quote(word) for word in words)


def _recognised(row: Row) -> str:
    """Say how a row is recognised, in the order in which a person would look."""
    by: list[str] = []
    if row.calls:
        by.append("asked for " + _either(row.calls))
    if row.codes:
        by.append("code " + _either(row.codes))
    if row.exceptions:
        by.append("no answer but " + _either(row.exceptions))
    if row.layers:
        named = [f"the {layer}" if layer else "no reason" for layer in sorted(row.layers, key=str)]
        by.append(f"AWS's sentence names {' or '.join(named)}")
    if row.explicit is not None:
        by.append("it speaks of an explicit deny" if row.explicit else "it does not speak of an explicit deny")
    if row.service is not None:
        by.append(f"the action it names is one of {row.service}")
    if row.message is not None:
        by.append(f"a message that matches ``{row.message.pattern}``")
    if row.server != "any":
        by.append("from AWS" if row.server == "aws" else "from another S3 server than AWS")
    yes_or_no = {
        "a directory bucket": row.directory_bucket,
        "an access point": row.access_point,
        "a temporary key (`ASIA…`) without its token": row.temporary_key,
        "a region that is known": row.known_region,
        "a role for Lightly": row.delegated,
        "a key that was accepted elsewhere in the check": row.accepted,
        "an answer that says nothing more": row.bare or None,
    }
    by += [("" if holds else "not ") + what for what, holds in yes_or_no.items() if holds is not None]
    return "; ".join(by) or "no single answer; it follows from what was asked and what was seen"


def _either(names: Iterable[str]) -> str:
    return " or ".join(f"`{name}`" for name in sorted(names))


def _case(row: Row) -> str:
    subject = " or ".join(operation.value.capitalize() for operation in row.operations) or "A light"
    lines = [f"**{subject} {_VERDICTS[row.state]}** {_spoken(row, row.says)}", ""]
    lines.append(f"- What to do: {_spoken(row, row.fix)}")
    if row.paste is not None:
        lines.append(f"- To paste: {row.paste}" + (f": `{_command(row.command)}`" if row.command else ""))
    if row.fix_without_paste is not None:
        lines.append(f"- Where there is nothing to paste: {_spoken(row, row.fix_without_paste)}")
    lines.append(f"- Recognised by: {_recognised(row)}")
    if row.scope == "all":
        lines.append("- It decides all three lights.")
    if row.retry:
        lines.append("- It often passes by itself: the request is sent once more before this is said.")
    if row.link is not None:
        lines.append(f"- More: <{row.link}>")
    return "\n".join(lines)


def _spoken_rule(template: str) -> str:
    filled = template.replace("{command}", _OF_POSTURE["command"])
    said = spoken(filled, _OF_POSTURE)
    return said[:1].upper() + said[1:]


def _note(rule: Rule) -> str:
    """Write down what is too open: no light comes of it."""
    lines = [f"**A note:** {_spoken_rule(rule.says)}", "", f"- What to do: {_spoken_rule(rule.fix)}"]
    return "\n".join([*lines, f"- More: <{rule.link}>"])


def troubleshooting_page() -> str:
    """Write the page of all causes."""
    causes = sorted({row.cause for row in ALL_ROWS} | set(RULES))
    rows = {cause: [row for row in ALL_ROWS if row.cause == cause] for cause in causes}

    def states(cause: str) -> str:
        lights = dict.fromkeys(f"{row.state} ({WORDS[row.state]})" for row in rows[cause])
        return ", ".join([*lights, *(["a note"] if cause in RULES else [])])

    def says(cause: str) -> str:
        return _spoken(rows[cause][0], rows[cause][0].says) if rows[cause] else _spoken_rule(RULES[cause].says)

    def cases(cause: str) -> Iterable[str]:
        return dict.fromkeys((*map(_case, rows[cause]), *([_note(RULES[cause])] if cause in RULES else [])))

    index = table(
        causes,
        (
            Column("cause", lambda cause: f"[{cause}](#{cause})"),
            Column("light", states),
            Column("what it says", says),
        ),
    )
    sections = "\n\n".join(f"## {cause}\n\n" + "\n\n".join(cases(cause)) for cause in causes)
    return f"""{_MADE}

# Why a light is not green

Every light that is not green has a *cause*. Its name is what `bucketlight check --format json` gives as `cause`; the
app shows it with the evidence when you press Enter on a light, and `bucketlight check --explain` prints the same. The
names never change their meaning. Below is each of them: what the light says, what to do, and how it is recognised.
Words in *italics* are filled in for your bucket, key and policy, and what there is to paste is written for them.

Red is shown on proof only. What is not proven says nothing about permissions: mend the cause, and check again. All
requests that a check sends are in [requests.md](requests.md).

A *note* is about what works, but is too open. It changes no light and no exit code. Notes come with `--look-ups iam`,
and when you look closer in the app, as far as the key may read IAM and the bucket's settings: what it may not read is
not spoken of. Two of them come of a try outside of the folder, which the app makes when you agree to it. Notes judge
what the policies say; something else may still refuse it, as a permissions boundary does. Where a folder is checked
with your own AWS credentials, nothing was given to Lightly: then only the bucket is judged.

{index}

{sections}
"""


def pages() -> Mapping[str, str]:
    """Return every page, by the name of its file."""
    return {"requests.md": requests_page(), "troubleshooting.md": troubleshooting_page()}


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
