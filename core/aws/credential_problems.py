"""Why there are no credentials, as data: how each reason is recognised, and the words for it.

In `summary` and `fix`, names in braces are filled in where the reason arises: {who} is the profile or the configuration
of this machine, {option} the option that names the profile, {said} what a program or botocore said, {error} the name of
what was raised. What stands in brackets is left out where its name has nothing to say.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PROBLEMS", "CredentialProblem", "fill", "problem_of", "profile_option", "redact"]

_CLI = "https://docs.aws.amazon.com/cli/latest/userguide"
_LONGEST = 160
_SIGNS = r"[^\s\"',;:()\[\]{}<>]"
_NAMED = re.compile(
    r"(?i)\b([\w-]*(?:secret|token|passw\w*|passphrase|credential|authorization|api[_-]?key|access[_-]?key)\w*\W{0,3}"
    r"(?:=|:|\bis\b)\W{0,3})\S+"
)
_RUN = re.compile(rf"{_SIGNS}{{12,}}")
_PLAIN = re.compile(r"[a-z._/~-]+|[A-Z._-]+|[A-Z]?[a-z._/~-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialProblem:
    """One reason. `proven`: nothing can work like this; else it is only not known whether it works from here.

    `exceptions` are names of what botocore, or the file system, raises; `said` is searched in its text.
    """

    cause: str
    summary: str
    fix: str
    proven: bool = True
    exceptions: frozenset[str] = frozenset()
    said: re.Pattern[str] | None = None
    link: str | None = None


def _problem(cause: str, summary: str, fix: str, exceptions: str = "", **more: object) -> CredentialProblem:
    return CredentialProblem(
        cause=cause,
        summary=summary,
        fix=fix,
        exceptions=frozenset(exceptions.split()),
        **more,  # type: ignore[arg-type]
    )


PROBLEMS: Mapping[str, CredentialProblem] = {
    "no-credentials": _problem(
        "no-credentials",
        "No AWS credentials were found: no variables, no profile, no role of this machine.",
        "Name a profile with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        "NoCredentialsError",
        link=f"{_CLI}/cli-configure-files.html",
    ),
    "mfa-needed": _problem(
        "mfa-needed",
        "{who} asks for an MFA code, and this command does not ask for one.",
        "Run `aws sts get-session-token` with the code, put what it prints into the environment, and check again.",
        proven=False,
    ),
    "partial-credentials": _problem(
        "partial-credentials",
        "{who} holds half of an access key.",
        "Enter the half that is missing: an access key ID and its secret belong together.",
        "PartialCredentialsError",
        link=f"{_CLI}/cli-configure-files.html",
    ),
    "sso-login-expired": _problem(
        "sso-login-expired",
        "{who} needs a new login.",
        "Run `aws sso login[ {option}]`, then check again.",
        "SSOTokenLoadError UnauthorizedSSOTokenError TokenRetrievalError",
        link=f"{_CLI}/cli-configure-sso.html",
    ),
    "sso-login-expired/login": _problem(
        "sso-login-expired",
        "{who} needs a new login.",
        "Run `aws login[ {option}]`, then check again.",
        "LoginRefreshRequired LoginTokenLoadError LoginInsufficientPermissions LoginError",
    ),
    "sso-login-expired/crt": _problem(
        "sso-login-expired",
        "{who} uses `aws login`, for which a part of this installation is missing.",
        'Run `python3 -m pip install "botocore[crt]"`, then check again.',
        "MissingDependencyException",
    ),
    "credential-process-failed": _problem(
        "credential-process-failed",
        "{who} has a credential_process that gave no credentials ({error}).",
        "Run the profile's credential_process by hand, and mend what it reports.",
        "FileNotFoundError PermissionError JSONDecodeError UnicodeDecodeError",
        link=f"{_CLI}/cli-configure-sourcing-external.html",
    ),
    "credential-process-failed/said": _problem(
        "credential-process-failed",
        "{who} has a credential_process that gave no credentials[. It says: {said}].",
        "Run the profile's credential_process by hand, and mend what it reports.",
        "CredentialRetrievalError",
        said=re.compile("custom-process"),
        link=f"{_CLI}/cli-configure-sourcing-external.html",
    ),
    "profile-invalid": _problem(
        "profile-invalid",
        "{who} cannot be used: {error}.",
        "Correct the profile in ~/.aws/config, or name another one; `aws configure list-profiles` lists them.",
        "ProfileNotFound ConfigParseError ConfigNotFound InvalidConfigError InfiniteLoopConfigError "
        "ParamValidationError",
        link=f"{_CLI}/cli-configure-files.html",
    ),
    "secret-unavailable": _problem(
        "secret-unavailable",
        "{who} gave no credentials ({error}).",
        "Run `aws sts get-caller-identity[ {option}]` to see what AWS's own tool says.",
        proven=False,
    ),
    "secret-unavailable/late": _problem(
        "secret-unavailable",
        "The credentials did not come in time.",
        "Run `aws sts get-caller-identity` to see what they wait for, then check again.",
        proven=False,
    ),
    "secret-unavailable/environment": _problem(
        "secret-unavailable",
        "The environment holds no AWS access key.",
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then check again.",
        proven=False,
    ),
    "secret-unavailable/keyring": _problem(
        "secret-unavailable",
        "The keyring of this machine holds no key for {dataset}.",
        "Run `bucketlight setup` and enter the key of {dataset} again, or set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY to it.",
        proven=False,
    ),
    "secret-unavailable/external-id": _problem(
        "secret-unavailable",
        "The keyring of this machine holds no external ID for {dataset}.",
        "Run `bucketlight setup` and enter the external ID of {dataset} again.",
        proven=False,
    ),
}
"""Every reason, by name. Where one is recognised, the first that fits counts."""


def problem_of(error: BaseException) -> str:
    """Name the reason for what was raised while credentials were fetched."""
    name, text = type(error).__name__, str(error)
    for key, problem in PROBLEMS.items():
        if name in problem.exceptions and (problem.said is None or problem.said.search(text)):
            return key
    return "secret-unavailable"


def profile_option(profile: str | None) -> str:
    """Write the option that names a profile, for a shell; its form where the name holds what cannot be seen."""
    if not profile:
        return ""
    return shlex.join(["--profile", profile]) if profile.isprintable() else "--profile NAME"


def fill(template: str, words: Mapping[str, str]) -> str:
    """Fill a template: names in braces, and parts in brackets that go where their name has nothing to say."""

    def part(found: re.Match[str]) -> str:
        return found[1] if words.get(found[2]) else ""

    kept = re.sub(r"\[([^\[\]]*\{(\w+)\}[^\[\]]*)\]", part, template)
    return re.sub(r"\{(\w+)\}", lambda found: words[found[1]], kept)


def redact(said: str) -> str:
    """Keep of what a program wrote its first line, without anything that looks like a secret.

    What is called a secret goes, and so does each run of signs in which words and paths do not look like that: with a
    digit, or with large and small letters mixed.
    """
    line = next((line.strip() for line in said.splitlines() if line.strip()), "")
    line = "".join(each if each.isprintable() else " " for each in line)
    line = _NAMED.sub(r"\1…", line)
    line = _RUN.sub(lambda run: run[0] if _PLAIN.fullmatch(run[0]) else "…", line)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
