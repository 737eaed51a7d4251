"""Shapes of log lines laid over each other, so that a word that varies makes no new shape.

Numbers, addresses and quoted text are masked in a shape already; a bare word is not, and "user bob not found" is no
news after "user alice not found". So shapes of equal length that mostly agree are laid over each other, as Drain does
(He et al., 2017), and a place that had three different words is taken for one that varies: two may be two errors.
docs/soak.md has the comparison with Drain itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from flawless.model.observed import LogTemplate

VARIED = "<*>"
_AGREE = 0.6
_LEAST_VARIED = 3

_Place = set[str]


class _Layer(Struct):
    """Shapes laid over each other: the words at each place, and the shapes."""

    places: list[_Place]
    shapes: list[str]

    def alike(self, words: list[str]) -> int:
        """At how many places that do not vary the word is one of those before."""
        return sum(word in place and not _varies(place) for word, place in zip(words, self.places, strict=True))

    def fits(self, words: list[str]) -> bool:
        """Whether these words say nothing new."""
        return all(word in place or _varies(place) for word, place in zip(words, self.places, strict=True))

    def template(self) -> str:
        """The one shape of all; empty when no place varies."""
        if not any(_varies(place) for place in self.places):
            return ""
        return " ".join(VARIED if _varies(place) else min(place) for place in self.places)


class Familiar:
    """The shapes of a baseline: ``shape in familiar`` tells whether it is no news."""

    def __init__(self, shapes: Collection[str]) -> None:
        self._shapes = frozenset(shapes)
        self._layers = _laid(sorted(self._shapes))

    def __contains__(self, shape: object) -> bool:
        if shape in self._shapes:
            return True
        words = str(shape).split()
        layers = self._layers.get(_kind(words), ())
        return any(layer.template() and layer.fits(words) for layer in layers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)


def merged(entries: Iterable[LogTemplate]) -> list[LogTemplate]:
    """The entries, those of one shape but for words that vary as one, with the first example."""
    by_shape = {entry.template: entry for entry in entries}
    found = []
    for layer in (layer for layers in _laid(by_shape).values() for layer in layers):
        mine = [by_shape[shape] for shape in layer.shapes]
        shape = layer.template()
        found += [LogTemplate(shape, sum(one.count for one in mine), mine[0].example)] if shape else mine
    return found


def _laid(shapes: Iterable[str]) -> dict[tuple[int, str], list[_Layer]]:
    layers: defaultdict[tuple[int, str], list[_Layer]] = defaultdict(list)
    for shape in shapes:
        words = shape.split()
        alike = layers[_kind(words)]
        best = max(alike, key=lambda layer: layer.alike(words), default=None)
        if best is None or best.alike(words) < _AGREE * len(words):
            alike.append(_Layer([{word} for word in words], [shape]))
            continue
        best.shapes.append(shape)
        for word, place in zip(words, best.places, strict=True):
            place.add(word)
    return layers


def _kind(words: list[str]) -> tuple[int, str]:
    """Only shapes of one kind are compared: as many words, and the same first one."""
    return len(words), words[0] if words else ""


def _varies(place: _Place) -> bool:
    return len(place) >= _LEAST_VARIED or VARIED in place
