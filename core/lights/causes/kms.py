"""Causes that lie in a KMS key, or in a key that the customer sends along."""

from __future__ import annotations

from ...aws.denial import Layer
from ...needs import Operation
from ..states import State
from .links import CANCEL_DELETION, CUSTOMER_KEYS, KEY_POLICY, KEY_STATES, KMS_ENCRYPTION
from .row import Paste, pattern, row

__all__ = ["KMS"]

_OWN = "Add this statement to a policy of {who}; an IAM administrator of that account can."
_OWN_UNNAMED = (
    "Let a policy of {who} allow {kms_action} on that key, named by its key ARN; an IAM administrator of that account "
    "can."
)

KMS = (
    row(
        "kms-key-policy",
        State.RED,
        "the policy of the KMS key[ {kms_key}] does not let {who} use it for this.",
        "Add this statement to the key's policy; the key's owner can. "
        "AWS's own key aws/s3 has no policy to change: encrypt with a customer managed key instead.",
        codes="AccessDenied",
        service="kms",
        layers=(Layer.RESOURCE,),
        explicit=False,
        operations=(Operation.READ, Operation.WRITE),
        paste=Paste.KEY_POLICY,
        fix_without_paste="Let the key's policy allow {kms_action} to {who}; the key's owner can. "
        "AWS's own key aws/s3 has no policy to change: encrypt with a customer managed key instead.",
        link=KEY_POLICY,
    ),
    row(
        "kms-key-policy",
        State.RED,
        "the policy of the KMS key[ {kms_key}] denies {action} to {who} explicitly. No Allow outweighs that.",
        "Take {who} out of that Deny in the key's policy, or mend its condition; the key's owner can.",
        codes="AccessDenied",
        service="kms",
        layers=(Layer.RESOURCE,),
        explicit=True,
        operations=(Operation.READ, Operation.WRITE),
        link=KEY_POLICY,
    ),
    row(
        "kms-key-policy",
        State.RED,
        "the KMS key[ {kms_key}] is another account's or another region's, or its policy does not let {who} use it.",
        "Add this statement to the key's policy; the key's owner can. Name a key by its full ARN, not by an alias.",
        codes="AccessDenied",
        message=pattern(
            r"does\s+not\s+exist\s+in\s+this\s+Region,\s+no\s+resource-based\s+policies\s+allow\s+access"
            "|ciphertext refers to a customer master key that does not exist"
        ),
        operations=(Operation.READ, Operation.WRITE),
        paste=Paste.KEY_POLICY,
        fix_without_paste="Let the key's policy allow {kms_action} to {who}; the key's owner can. "
        "Name a key by its full ARN, not by an alias.",
        link=KEY_POLICY,
    ),
    row(
        "kms-decrypt-denied",
        State.RED,
        "the object is encrypted, and {who} may not decrypt with its KMS key[ {kms_key}].",
        _OWN,
        codes="AccessDenied",
        service="kms",
        layers=(None, Layer.IDENTITY),
        explicit=False,
        operations=(Operation.READ,),
        paste=Paste.KEY_USE,
        fix_without_paste=_OWN_UNNAMED,
        link=KMS_ENCRYPTION,
    ),
    row(
        "kms-generate-data-key-denied",
        State.RED,
        "what is stored here is encrypted, and {who} may not use the KMS key[ {kms_key}] for that ({action}).",
        _OWN,
        codes="AccessDenied",
        service="kms",
        layers=(None, Layer.IDENTITY),
        explicit=False,
        operations=(Operation.WRITE,),
        paste=Paste.KEY_USE,
        fix_without_paste=_OWN_UNNAMED,
        link=KMS_ENCRYPTION,
    ),
    row(
        "kms-key-disabled",
        State.RED,
        "the KMS key[ {kms_key}] is disabled.",
        "Enable the key in the KMS console; the key's administrator can.",
        codes="KMS.DisabledException",
        link=KEY_STATES,
    ),
    row(
        "kms-key-pending",
        State.RED,
        "the KMS key[ {kms_key}] waits for its deletion, or for its key material. It can be used for nothing now.",
        "Cancel the deletion (or import the key material), then enable the key; the key's administrator can.",
        codes="KMS.KMSInvalidStateException",
        link=CANCEL_DELETION,
    ),
    row(
        "kms-key-not-found",
        State.RED,
        "the KMS key[ {kms_key}] is not there: its ID is wrong, it was deleted, or it is in another region.",
        "Name the key by its full ARN; it must be in the bucket's region, {region}.",
        codes="KMS.NotFoundException",
        link=KMS_ENCRYPTION,
    ),
    row(
        "kms-key-wrong-type",
        State.RED,
        "the KMS key[ {kms_key}] is not made for encryption.",
        "Choose a symmetric key with the usage ENCRYPT_DECRYPT.",
        codes="KMS.InvalidKeyUsageException",
        link=KMS_ENCRYPTION,
    ),
    row(
        "sse-c-object",
        State.AMBER,
        "the objects that were tried are encrypted with keys that their writer sends along (SSE-C). "
        "Lightly cannot read them.",
        "Store them again with S3's own or a KMS key; who has the customer key can.",
        codes="InvalidRequest",
        message=pattern("stored using a form of Server Side Encryption"),
        operations=(Operation.READ,),
        link=CUSTOMER_KEYS,
    ),
    row(
        "sse-c-object",
        State.AMBER,
        "the objects that were tried want another key from the reader than was sent (SSE-C).",
        "Store them again with S3's own or a KMS key; who has the customer key can.",
        codes="AccessDenied",
        message=pattern("must provide the correct secret key"),
        operations=(Operation.READ,),
        link=CUSTOMER_KEYS,
    ),
)
