"""What a release changes against another one, from the two as they are kept. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from flawless.model.change import Change, ChangeKind, How
from flawless.model.release import Release, ReleaseService

Json = dict[str, Any]
_STACK = "stack"
_SHARED = ("networks", "volumes", "secrets", "configs")
# The image and the environment have lines of their own; how the image is fetched is the release's doing.
_APART = frozenset({"image", "build", "environment", "pull_policy"})


def changes(before: Release, after: Release) -> tuple[Change, ...]:
    """All that differs, the revision first; both releases with their configuration open. No value is in it."""
    old, new = _model(before), _model(after)
    return (
        *_revision(before, after),
        *_services(before.services, after.services),
        *_images(before, after),
        *_of_services(old, new, _environment),
        *_of_services(old, new, _configuration),
        *_shared(old, new),
        *_files(before, after),
    )


def _model(release: Release) -> Json:
    return msgspec.json.decode(release.config or b"{}", type=dict[str, Any])


def _revision(before: Release, after: Release) -> Iterator[Change]:
    if before.revision != after.revision:
        yield Change(ChangeKind.REVISION, _STACK, How.CHANGED, "", before.revision, after.revision)


def _services(before: Iterable[ReleaseService], after: Iterable[ReleaseService]) -> Iterator[Change]:
    old, new = ({each.name: each.image_id for each in services} for services in (before, after))
    for name, how in _differing(old, new):
        if how is not How.CHANGED:
            yield Change(ChangeKind.SERVICE, name, how, "", old.get(name, ""), new.get(name, ""))


def _images(before: Release, after: Release) -> Iterator[Change]:
    for new in after.services:
        old = before.service(new.name)
        if old and old.image_id != new.image_id:
            yield Change(ChangeKind.IMAGE, new.name, How.CHANGED, "", old.image_id, new.image_id)


def _of_services(old: Json, new: Json, kind: Callable[[str, Json, Json], Iterator[Change]]) -> Iterator[Change]:
    """What ``kind`` finds in each service that both models have."""
    former = old.get("services") or {}
    for name, service in sorted((new.get("services") or {}).items()):
        if name in former:
            yield from kind(name, former[name], service)


def _environment(service: str, old: Json, new: Json) -> Iterator[Change]:
    for name, how in _differing(old.get("environment") or {}, new.get("environment") or {}):
        yield Change(ChangeKind.ENVIRONMENT, service, how, name)


def _configuration(service: str, old: Json, new: Json) -> Iterator[Change]:
    for name, how in _differing(*({key: each for key, each in of.items() if key not in _APART} for of in (old, new))):
        yield Change(ChangeKind.CONFIGURATION, service, how, name)


def _shared(old: Json, new: Json) -> Iterator[Change]:
    for section in _SHARED:
        for name, how in _differing(old.get(section) or {}, new.get(section) or {}):
            yield Change(ChangeKind.CONFIGURATION, _STACK, how, f"{section}.{name}")


def _files(before: Release, after: Release) -> Iterator[Change]:
    old, new = ({file.path: _digest(file.content) for file in release.files} for release in (before, after))
    for path, how in _differing(old, new):
        yield Change(ChangeKind.FILE, _STACK, how, path, old.get(path, ""), new.get(path, ""))


def _digest(content: str) -> str:
    return f"sha256:{hashlib.sha256(base64.b64decode(content)).hexdigest()}"


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[tuple[str, How]]:
    """The names that one of both lacks or that stand for something else, in their order."""
    for name in sorted({**old, **new}):
        if name not in old:
            yield name, How.ADDED
        elif name not in new:
            yield name, How.REMOVED
        elif old[name] != new[name]:
            yield name, How.CHANGED
