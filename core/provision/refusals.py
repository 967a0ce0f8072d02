"""Why something was not made in AWS: a cause, one sentence, and a way on. Pure."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Evidence", "Refusal", "RefusedError", "Stopped", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was asked and answered: the call, and of the answer its status, code, message and request ID.

    `region` is the one that S3 names for a bucket.
    """

    call: str
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    region: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "call": self.call,
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "request_id": self.request_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Nothing was made, or nothing can be.

    Attributes:
        cause: the stable id, such as `root-credentials`, `bucket-foreign`, `name-exists`, `two-keys`,
            `policy-too-long`, `access-denied`, `service-control-policy`, `permissions-boundary`, `limit-exceeded`,
            `throttled`, `no-answer`, `credentials-expired`, `secret-unavailable`, `locked`, `changed-meanwhile`,
            `interrupted`.
        sentence: what is wrong.
        fix: the way on, a sentence that begins with a verb.
        evidence: what AWS said, where it said something.
        again: whether the same may work later as it is: nobody has to mend anything.
    """

    cause: str
    sentence: str
    fix: str
    evidence: Evidence | None = None
    again: bool = False

    def to_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "cause": self.cause,
            "sentence": self.sentence,
            "fix": self.fix,
            "evidence": self.evidence.to_json() if self.evidence else None,
            "again": self.again,
        }


class RefusedError(Exception):
    """Something is refused, or AWS did not answer.

    `unheard` says that an earlier try of the same request was not answered: that one may have been carried out.
    """

    def __init__(self, refusal: Refusal, *, unheard: bool = False) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal
        self.unheard = unheard

    @property
    def code(self) -> str | None:
        """AWS's error code, or None."""
        return self.refusal.evidence.code if self.refusal.evidence else None


def refused(cause: str, sentence: str, fix: str) -> RefusedError:
    """Give the error of what is refused here, without an answer of AWS."""
    return RefusedError(Refusal(cause=cause, sentence=sentence, fix=fix))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Applying a plan ended before its end. The journal stands: the next run goes on, or takes back.

    Attributes:
        refusal: why.
        step: the step that did not succeed, as its sentence in the plan; None where it was before the first one.
        last: what was done last, as its sentence in the plan; None where nothing was.
        made: what this run, or an earlier one that did not end, has made, in words (`the user NAME`). It can be taken
            back (`rollback.roll_back`).
    """

    refusal: Refusal
    step: str | None = None
    last: str | None = None
    made: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "stopped": self.refusal.to_json(),
            "step": self.step,
            "done_last": self.last,
            "made": list(self.made),
        }
