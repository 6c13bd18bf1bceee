"""The project's files as the edits see them: without what earlier edits put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from migrator.codegen.project.edits import Dispute, Region, untouched
from migrator.codegen.project.lines import plain


class Tree(Mapping[str, str]):
    """The plain texts of a project's files by their paths; ``texts`` may read each when it is asked for.

    ``real``: the one path of a file that several paths lead to. Regions and edits go by it, because
    a file that is edited under two names is edited twice.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        regions: Mapping[str, Sequence[Region]],
        real: Callable[[str], str] = str,
    ) -> None:
        self.texts = texts
        self.real = real
        regions = {real(path): ours for path, ours in regions.items()}
        self.regions: dict[str, Sequence[Region]] = dict(regions)
        self.disputes: tuple[Dispute, ...] = ()
        self._bare: dict[str, str | None] = {}
        for path, ours in regions.items():
            found = untouched(path, texts.get(path), ours)
            self._bare[path] = found.text
            if texts.get(path) is not None:
                self.regions[path] = found.regions
            self.disputes += found.disputes

    def __getitem__(self, path: str) -> str:
        text = self.bare(path)
        if text is None:
            raise KeyError(path)
        return plain(text)[0]

    def bare(self, path: str) -> str | None:
        """The text with its mark and line ends; None: not there, or all of it is ours."""
        real = self.real(path)
        return self._bare[real] if real in self._bare else self.texts.get(path)

    def __iter__(self) -> Iterator[str]:
        return (path for path in self.texts if self._bare.get(self.real(path), "") is not None)

    def __len__(self) -> int:
        return sum(1 for _path in self)
