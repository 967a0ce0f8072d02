"""Where things lie on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Home"]

_APP = "bucketlight"


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of this program. They are made on the first write, for the user alone (0700).

    `config` holds what a person may read and edit, `state` what the program remembers for itself.
    """

    config: Path
    state: Path

    @classmethod
    def default(cls) -> Home:
        """Return the folders that the operating system has for this user (on Linux: XDG base directories)."""
        import platformdirs

        return cls(
            config=platformdirs.user_config_path(_APP, appauthor=False),
            state=platformdirs.user_state_path(_APP, appauthor=False),
        )

    @classmethod
    def at(cls, folder: Path) -> Home:
        """Return a home that lies wholly in one folder (`--home`)."""
        inside = folder.expanduser().absolute()
        return cls(config=inside, state=inside / "state")

    @property
    def datasets_file(self) -> Path:
        """The datasets, in YAML."""
        return self.config / "datasets.yaml"

    @property
    def drafts(self) -> Path:
        """The folder of setups that were left before their end."""
        return self.state / "drafts"

    @property
    def observations_file(self) -> Path:
        """What was seen of servers, in JSON."""
        return self.state / "observations.json"
