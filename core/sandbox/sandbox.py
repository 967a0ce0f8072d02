"""The sandbox: an AWS account with a bucket and a Lightly platform, both on loopback ports of this process."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from ..access import Secret, UserAccess
from .parts import Parts
from .platform import PlatformServer
from .s3server import AwsServer
from .world import World

__all__ = ["Sandbox", "SandboxUnavailableError"]


class SandboxUnavailableError(RuntimeError):
    """The sandbox cannot start; the text says what to do."""


class Sandbox:
    """A context manager: `with Sandbox() as box:` serves until the block ends.

    Several sandboxes may be open in one process. Each has an account, a bucket, users and a platform of its own; as
    with AWS itself, all of them are reached through each one's address.

    With a `seed` the names, keys, token and pictures are the same each time, as far as sandboxes follow each other
    (moto draws its keys from one source for the process, which is then seeded too). Ports are free ones unless given.
    """

    def __init__(self, *, seed: int | None = None, s3_port: int = 0, lightly_port: int = 0) -> None:
        self._seed = seed
        self._s3_port = s3_port
        self._lightly_port = lightly_port
        self._parts: Parts | None = None

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Sandbox({self._parts.aws.url}, {self._parts.platform.url})" if self._parts else "Sandbox(closed)"

    def start(self) -> None:
        """Serve; it takes two seconds or so, nearly all of it to load moto.

        Raises:
            SandboxUnavailableError: where the extra `demo` is missing, or a port is taken.
        """
        if self._parts is None:
            try:
                self._parts = Parts(self._seed, self._s3_port, self._lightly_port)
            except ImportError as error:
                raise SandboxUnavailableError(
                    "The demo needs the extra named demo: run pip install 'bucketlight[demo]', or pipx install --force "
                    "'bucketlight[demo]'."
                ) from error
            except OSError as error:
                raise SandboxUnavailableError(
                    f"The sandbox cannot open its port: {error.strerror}. Choose another port, or none."
                ) from error

    def close(self) -> None:
        """Stop serving, end all threads, and forget everything. Closing twice is allowed."""
        if self._parts is not None:
            parts, self._parts = self._parts, None
            parts.close()

    @property
    def world(self) -> World:
        """All names and keys there are in the sandbox's AWS."""
        return self._running.world

    @property
    def platform(self) -> PlatformServer:
        """The platform's server: what was asked of it, and a way to give the user colleagues."""
        return self._running.platform

    @property
    def aws(self) -> AwsServer:
        """The server of S3, IAM and STS, for its count of connections."""
        return self._running.aws

    @property
    def s3_url(self) -> str:
        """The endpoint of S3, IAM and STS."""
        return self._running.aws.url

    @property
    def lightly_url(self) -> str:
        """The address of the platform's API."""
        return self._running.platform.url

    @property
    def token(self) -> Secret:
        """The user's token for the platform."""
        return self._running.platform.token

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.world.bucket

    @property
    def prefix(self) -> str:
        """The prefix that holds the pictures."""
        return self.world.prefix

    @property
    def region(self) -> str:
        """The bucket's region."""
        return self.world.region

    @property
    def admin(self) -> UserAccess:
        """The key of the account's administrator."""
        return self.world.admin

    @property
    def reader(self) -> UserAccess:
        """The key of a user who may list and read under the prefix."""
        return self.world.reader

    @property
    def writer(self) -> UserAccess:
        """The key of a user who may list, read and write under the prefix."""
        return self.world.writer

    def announcement(self) -> dict[str, Any]:
        """Return what another program needs to use the sandbox. The keys are in clear; they open nothing else."""
        return {
            "s3": self.s3_url,
            "lightly": self.lightly_url,
            "token": self.token.reveal(),
            "bucket": self.bucket,
            "prefix": self.prefix,
            "region": self.region,
            "admin": _shown(self.admin),
            "reader": _shown(self.reader),
            "writer": _shown(self.writer),
            "role": {"arn": self.world.role_arn, "external_id": self.world.external_id.reveal()},
            "output": {
                "bucket": self.world.output_bucket,
                "prefix": self.world.output_prefix,
                **_shown(self.world.output),
            },
            "videos_prefix": self.world.videos_prefix,
            "account": self.world.account_id,
        }

    @property
    def _running(self) -> Parts:
        if self._parts is None:
            raise RuntimeError("the sandbox is closed")
        return self._parts


def _shown(access: UserAccess) -> dict[str, str]:
    return {"access_key_id": access.access_key_id, "secret_access_key": access.secret_access_key.reveal()}
