"""The datasets that this machine knows."""

from __future__ import annotations

from collections.abc import Iterable

from ..dataset import Dataset
from .errors import StoreError
from .files import locked, read_text, write_text
from .paths import Home

__all__ = ["DatasetStore"]


class DatasetStore:
    """The datasets in `datasets.yaml`, told apart by platform and name. It holds no secret.

    A file that a person broke is never written over: reading and saving both say where it is broken.
    """

    def __init__(self, home: Home) -> None:
        self._path = home.datasets_file

    def load(self) -> tuple[Dataset, ...]:
        """Return every dataset, in the order of the file; none where there is no file.

        Raises:
            StoreError: with line and field, where the file is not as it should be.
        """
        from .dataset_file import decode  # msgspec and yaml are not needed for a first frame

        text = read_text(self._path)
        return () if text is None else decode(text, self._path)

    def get(self, name: str, platform_url: str | None = None) -> Dataset | None:
        """Return the dataset of a name, or None. Without a platform the first one of that name is taken.

        Raises:
            StoreError: as `load`.
        """
        return next(
            (each for each in self.load() if each.name == name and platform_url in {None, each.platform_url}), None
        )

    def save(self, dataset: Dataset) -> None:
        """Add a dataset, or replace the one with its platform and name, where that one stands.

        Raises:
            StoreError: where the file is broken, locked or cannot be written. It is then as it was.
        """
        with locked(self._path):
            datasets = {_key(each): each for each in self.load()}
            datasets[_key(dataset)] = dataset
            self._write(datasets.values())

    def remove(self, name: str, platform_url: str) -> bool:
        """Forget a dataset on this machine; tell whether it was known.

        Raises:
            StoreError: as `save`.
        """
        with locked(self._path):
            before = self.load()
            after = [each for each in before if _key(each) != (platform_url, name)]
            if len(after) == len(before):
                return False
            self._write(after)
            return True

    def _write(self, datasets: Iterable[Dataset]) -> None:
        from .dataset_file import decode, encode

        wanted = tuple(datasets)
        text = encode(wanted)
        if decode(text, self._path) != wanted:
            raise StoreError(self._path, "A dataset cannot be written so that it reads the same. Nothing was saved.")
        write_text(self._path, text)


def _key(dataset: Dataset) -> tuple[str, str]:
    return dataset.platform_url, dataset.name
