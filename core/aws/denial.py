"""AWS's access-denied sentence, read: who was refused what, and by which kind of policy.

The form is `User: PRINCIPAL is not authorized to perform: ACTION [on resource: RESOURCE] REASON` (IAM user guide,
Troubleshoot access denied error messages; S3 user guide, Troubleshoot access denied errors). S3 puts the resource in
quotes, IAM does not. A key in it may hold anything, quotes and the words of a reason too, so the reason is what stands
at the very end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["Denial", "Layer", "parse_denial"]


class Layer(StrEnum):
    """The kind of policy that decided, in AWS's words."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    VPC_ENDPOINT = "VPC endpoint policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    ROLE_TRUST = "role trust policy"


@dataclass(frozen=True, slots=True)
class Denial:
    """What the sentence says.

    `layer` is the one to mend: of "in a VPC endpoint policy transitively through a service control policy" the
    latter. It is None where the sentence gives no reason, or one that is no policy's.
    `explicit` is true for a Deny, false where nothing allows it. `reason` is AWS's own words, for people to read: it
    never holds a part of the resource, which is the user's data. `authorization_id` is what AWS's support looks up.
    """

    principal: str
    action: str
    resource: str | None = None
    layer: Layer | None = None
    explicit: bool = False
    policy_arn: str | None = None
    reason: str | None = None
    authorization_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Tail:
    """What stands behind the resource. `free`: the reason is in words that the grammar does not know."""

    reason: str | None = None
    layer: Layer | None = None
    explicit: bool = False
    policy_arn: str | None = None
    authorization_id: str | None = None
    free: bool = False


# Repeats are possessive, or stop where the next word begins: the time grows with the length and no faster.
_FLAGS = re.IGNORECASE | re.ASCII
_BLANKS = " \t\n\r\f\v"
_LAYERS = {layer.value.casefold(): layer for layer in Layer}
_LAYER = "(?:" + "|".join(layer.value.replace(" ", r"\s++") for layer in Layer) + ")"
_POLICY_ARN = r"arn:[\w:/+=,.@-]*[\w/+=@-]"
_ACTION = r"[a-z0-9-]++:[a-z0-9*]++"
_HEAD = re.compile(
    rf"\bUser:\s++(?P<principal>\S++)\s++is\s++not\s++authorized\s++to\s++perform:\s++(?P<action>{_ACTION})", _FLAGS
)
_NAMED = re.compile(r"\s++on\s++resource:?(?:\s++|$)", _FLAGS)
_UNNAMED = re.compile(r"\s++on\s++the\s++resource\s++associated\s++with\s++this\s++ciphertext", _FLAGS)
_REASON = re.compile(
    rf"""
    (?: because\s++(?P<implicit> no\s++(?P<allows>{_LAYER})\s++allows\s++the\s++{_ACTION}\s++action )
      | with\s++(?P<deny> an\s++explicit\s++deny (?: \s++in\s++(?:an?|the)\s++(?P<denies>{_LAYER}) )? )
    )
    (?P<more>
      (?: :\s*+(?P<arn>{_POLICY_ARN}) )?
      (?: \s++\(?transitively\s++through\s++(?:an?|the)\s++(?P<through>{_LAYER})
          (?: :\s*+(?P<last>{_POLICY_ARN}) )? \)? )?
    )
    """,
    _FLAGS | re.VERBOSE,
)
# Reasons that are no policy's, word for word: behind a resource without quotes, a looser one could be a part of a key.
_KNOWN = re.compile(
    r"""
    because\s++(?P<reason>
        public\s++(?:ACLs|policies)\s++are\s++(?:prevented|blocked)\s++by\s++the\s++\w++\s++setting
            \s++in\s++S3\s++Block\s++Public\s++Access
      | object\s++protected\s++by\s++object\s++lock
      | the\s++resource\s++does\s++not\s++exist\s++in\s++this\s++Region,\s++no\s++resource-based\s++policies\s++allow
            \s++access,\s++or\s++a\s++resource-based\s++policy\s++explicitly\s++denies\s++access
    )
    """,
    _FLAGS | re.VERBOSE,
)
_FREE = re.compile(r"(?:because|with(?=\s++(?P<deny>an\s++explicit\s++deny\b)))\s++(?P<reason>[^\s\"][^\"]*+)", _FLAGS)
_MARK = re.compile(r"(?<=\s)(?:because|with)(?=\s)", _FLAGS)
_ON_RESOURCE = re.compile(r"\bon\s++(?:the\s++)?resource", _FLAGS)
_GO_TO = re.compile(r"\bGo\s++to\s++https://", _FLAGS)
_TRAILER = re.compile(r"Go\s++to\s++https://[^\"]*?\bauthorization\s++id:\s*+(?P<id>[\w.:/=+-]*[\w/=+-])\.?", _FLAGS)


def parse_denial(message: str | None) -> Denial | None:
    """Read an error's message; None where it is not this sentence ("Access Denied" says nothing). Never raises.

    The message has to be whole: in one that was cut off, a key that holds a quote could pass for its own end.
    """
    head = _HEAD.search(message) if message else None
    if message is None or head is None:
        return None
    text, at = message.rstrip(_BLANKS), head.end()
    resource: str | None = None
    if named := _NAMED.match(text, at):
        resource, tail = _with_resource(text, named.end())
    else:
        unnamed = _UNNAMED.match(text, at)
        tail = _tail(text, unnamed.end() if unnamed else at)
    return Denial(
        principal=head["principal"],
        action=head["action"],
        resource=resource or None,
        layer=tail.layer,
        explicit=tail.explicit,
        policy_arn=tail.policy_arn,
        reason=tail.reason,
        authorization_id=tail.authorization_id,
    )


def _with_resource(text: str, start: int) -> tuple[str, _Tail]:
    """Part the resource, which may be any text, from what stands behind it."""
    closing = text.rfind('"', start)
    if text.startswith('"', start) and closing > start:
        # No reason holds a quote, so the last one closes the resource, whatever quotes the key has.
        resource, tail = text[start + 1 : closing], _tail(text, closing + 1)
        repeats = tail.free and tail.reason is not None and _key_of(resource) in tail.reason
        return resource, _Tail() if repeats else tail
    end, authorization_id = _without_trailer(text, start)
    for mark in reversed(list(_MARK.finditer(text, start, end))):
        if found := _strict(text, mark.start(), end):
            return text[start : mark.start() - 1], replace(found, authorization_id=authorization_id)
    return text[start:], _Tail()


def _tail(text: str, start: int) -> _Tail:
    """Read what stands behind a resource in quotes, or behind the action: nothing else can be there but a reason."""
    end, authorization_id = _without_trailer(text, start)
    while start < end and text[start] in _BLANKS:
        start += 1
    tail = _strict(text, start, end)
    if tail is None and (free := _FREE.fullmatch(text, start, end)) and not _ON_RESOURCE.search(text, start, end):
        tail = _Tail(reason=_in_a_line(free["reason"]), explicit=free["deny"] is not None, free=True)
    return replace(tail or _Tail(), authorization_id=authorization_id)


def _strict(text: str, start: int, end: int) -> _Tail | None:
    """Read a reason of the grammar that fills the text from start to end."""
    if found := _REASON.fullmatch(text, start, end):
        layer = found["through"] or found["denies"] or found["allows"]
        return _Tail(
            reason=_in_a_line((found["implicit"] or found["deny"]) + found["more"]),
            layer=_LAYERS.get(_in_a_line(layer).casefold()) if layer else None,
            explicit=found["deny"] is not None,
            policy_arn=found["last"] if found["through"] else found["arn"],
        )
    if found := _KNOWN.fullmatch(text, start, end):
        return _Tail(reason=_in_a_line(found["reason"]))
    return None


def _without_trailer(text: str, start: int) -> tuple[int, str | None]:
    """Find where the sentence ends, without its full stop and "Go to ... authorization id: ID"; and that ID."""
    end, authorization_id = len(text), None
    *_, last = (None, *_GO_TO.finditer(text, start))
    if last is not None and (trailer := _TRAILER.fullmatch(text, last.start())):
        end, authorization_id = last.start(), trailer["id"]
    end = _before_blanks(text, start, end)
    if end > start and text[end - 1] == ".":
        end = _before_blanks(text, start, end - 1)
    return end, authorization_id


def _before_blanks(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in _BLANKS:
        end -= 1
    return end


def _key_of(resource: str) -> str:
    return _in_a_line(resource.partition("/")[2] or resource)


def _in_a_line(text: str) -> str:
    return " ".join(text.split())
