"""Causes that lie where credentials are kept: in a profile, the environment or the keyring of this machine."""

from __future__ import annotations

from ...aws.credential_problems import PROBLEMS
from ..states import State
from .row import Row, row

__all__ = ["PROFILE"]

PROFILE: tuple[Row, ...] = tuple(
    row(
        problem.cause,
        State.RED if problem.proven else State.UNKNOWN,
        problem.summary,
        problem.fix,
        exceptions=" ".join(sorted(problem.exceptions)),
        message=problem.said,
        scope="all",
        link=problem.link,
    )
    for problem in PROBLEMS.values()
)
"""The texts are those of `core.aws.credential_problems`, where the reasons are recognised."""
