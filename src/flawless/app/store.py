"""Releases are kept with the engine: a tiny image each, so that any machine that reaches it can go back."""

from __future__ import annotations

import asyncio
import io
import re
import tarfile
from collections.abc import Iterable

import msgspec
from msgspec import Struct, structs

from flawless.errors import UsageError
from flawless.model.observed import ReleaseFacts
from flawless.model.release import Release, ReleaseState, SchemaMark
from flawless.ports.engine import Engine, Json
from flawless.ports.vault import Vault

_LABEL = "flawless.release"
_STACK = "flawless.stack"
_KEY = "flawless.key"
_REVISIONS = "flawless.revisions"
_FILE = "release.json"
_ENDINGS = {ReleaseState.GOOD: "good", ReleaseState.BAD: "bad", ReleaseState.ROLLED_BACK: "rolled-back"}
_UNFINISHED = ReleaseState.BUILDING
_SCHEMA = re.compile(r"schema-([0-9a-f]{16})(-moved)?(-proved)?")
_SHOWN_DIGEST = 16
_STATES = {ending: state for state, ending in _ENDINGS.items()}


class Kept(Struct, frozen=True):
    """A release as the engine lists it; ``images`` are (service, tag, id), ``key`` names what seals it."""

    id: str
    revision: str
    created: float
    state: ReleaseState
    images: tuple[tuple[str, str, str], ...]
    key: str = ""
    revisions: dict[str, str] = {}
    schema: SchemaMark = SchemaMark()


class Store:
    """The releases of one stack. A state is a tag, so that it changes at once or not at all."""

    def __init__(self, engine: Engine, stack: str, vault: Vault) -> None:
        self._engine = engine
        self._stack = stack
        self.vault = vault
        self._repository = f"flawless/release-{stack}"

    async def save(self, release: Release) -> None:
        """Keep a release, its configuration sealed."""
        sealed = structs.replace(release, config=self.vault.seal(release.config))
        images = [(service.name, service.image_tag, service.image_id) for service in release.services]
        revisions = {service.name: service.revision for service in release.services if service.revision}
        labels = {
            _LABEL: release.id,
            _STACK: self._stack,
            "flawless.revision": release.revision,
            "flawless.created": f"{release.created:.3f}",
            _KEY: self.vault.key_id(),
            "flawless.images": msgspec.json.encode(images).decode(),
            _REVISIONS: msgspec.json.encode(revisions).decode(),
        }
        changes = [f"LABEL {name}={_quoted(value)}" for name, value in labels.items()]
        await self._engine.import_image(_tar(msgspec.json.encode(sealed)), self._repository, release.id, changes)

    async def load(self, release_id: str) -> Release:
        """A release with its configuration open; raise UsageError when the engine does not have it."""
        ref = f"{self._repository}:{release_id}"
        if await self._engine.image(ref) is None:
            raise UsageError(f"there is no release {release_id}", remedy="flawless history names them")
        raw = await self._engine.read_from_image(ref, f"/{_FILE}")
        release = msgspec.json.decode(raw, type=Release)
        schema = next((kept.schema for kept in await self.kept() if kept.id == release_id), SchemaMark())
        return structs.replace(release, config=self.vault.unseal(release.config), schema=schema)

    async def mark(self, release_id: str, state: ReleaseState) -> None:
        """Give a release its end state."""
        ref = f"{self._repository}:{release_id}"
        await self._engine.tag(ref, self._repository, f"{release_id}.{_ENDINGS[state]}")
        for other in _ENDINGS.values():
            if other != _ENDINGS[state]:
                await self._engine.remove_image(f"{ref}.{other}")

    async def mark_schema(self, release_id: str, schema: SchemaMark) -> None:
        """Record the schema that a release left; like a state it is a tag, so that all of it is there or nothing."""
        for tag in await self._schema_tags(release_id):
            await self._engine.remove_image(f"{self._repository}:{tag}")
        words = (f"schema-{schema.digest[:_SHOWN_DIGEST]}", "-moved" * schema.moved, "-proved" * schema.proved)
        await self._engine.tag(f"{self._repository}:{release_id}", self._repository, f"{release_id}.{''.join(words)}")

    async def _schema_tags(self, release_id: str) -> list[str]:
        image = await self._engine.image(f"{self._repository}:{release_id}")
        tags = [tag.rpartition(":")[2] for tag in (image or {}).get("RepoTags") or ()]
        return [tag for tag in tags if tag.startswith(f"{release_id}.schema-")]

    async def kept(self) -> tuple[Kept, ...]:
        """All releases, the newest first."""
        images = await self._engine.images([f"{_STACK}={self._stack}"])
        found = [_kept(image) for image in images if _LABEL in (image.get("Labels") or {})]
        return tuple(sorted(found, key=lambda kept: kept.created, reverse=True))

    async def good(self) -> Kept | None:
        """The newest good release, or None."""
        return next((kept for kept in await self.kept() if kept.state is ReleaseState.GOOD), None)

    async def last_good(self) -> Release | None:
        """The newest good release, opened; None when there is none or its key is not here."""
        good = await self.good()
        return await self.load(good.id) if good and self.opens(good) else None

    async def give_up_unfinished(self) -> None:
        """Every release that did not come to its end is bad from now on."""
        for kept in await self.kept():
            if kept.state is _UNFINISHED:
                await self.mark(kept.id, ReleaseState.BAD)

    async def facts(self, kept: Kept) -> ReleaseFacts:
        """A release and what of it is no longer with the engine."""
        images = await asyncio.gather(*(self._engine.image(tag) for _, tag, _ in kept.images))
        missing = [
            f"image of {service} ({tag})"
            for (service, tag, image_id), image in zip(kept.images, images, strict=True)
            if image is None or image["Id"] != image_id
        ]
        if not self.opens(kept):
            missing.append("the key that opens it (.flawless/key of the checkout that deployed it)")
        ids = {service: image_id for service, _, image_id in kept.images}
        return ReleaseFacts(kept.id, kept.revision, kept.state.value, ids, tuple(missing), kept.revisions)

    def opens(self, kept: Kept) -> bool:
        """Whether the key that seals a release is here."""
        return bool(kept.key) and kept.key == self.vault.key_id()

    async def prune(self, keep: int) -> tuple[str, ...]:
        """Forget releases beyond the ``keep`` newest good ones, and image tags that no kept one needs.

        The newest good one stays whatever ``keep`` says.
        """
        releases = await self.kept()
        good = [kept.id for kept in releases if kept.state is ReleaseState.GOOD][: max(1, keep)]
        gone = [kept for kept in releases if kept.id not in good]
        needed = {tag for kept in releases if kept.id in good for _, tag, _ in kept.images}
        for kept in gone:
            await self._forget(kept, needed)
        return tuple(kept.id for kept in gone)

    async def _forget(self, kept: Kept, needed: Iterable[str]) -> None:
        for tag in {tag for _, tag, _ in kept.images} - set(needed):
            await self._engine.remove_image(tag)
        tags = [kept.id, *(f"{kept.id}.{ending}" for ending in _ENDINGS.values()), *await self._schema_tags(kept.id)]
        for tag in reversed(tags):
            await self._engine.remove_image(f"{self._repository}:{tag}")


def _kept(image: Json) -> Kept:
    labels = image["Labels"]
    endings = {tag.rpartition(".")[2] for tag in image.get("RepoTags") or ()}
    # A crash between giving one state and taking the other leaves both: then the release is not returned to.
    state = next((_STATES[ending] for ending in ("bad", "rolled-back", "good") if ending in endings), _UNFINISHED)
    return Kept(
        id=labels[_LABEL],
        revision=labels["flawless.revision"],
        created=float(labels["flawless.created"]),
        state=state,
        images=tuple(msgspec.json.decode(labels["flawless.images"], type=list[tuple[str, str, str]])),
        key=labels.get(_KEY, ""),
        revisions=msgspec.json.decode(labels.get(_REVISIONS) or "{}", type=dict[str, str]),
        schema=_schema(endings),
    )


def _schema(endings: Iterable[str]) -> SchemaMark:
    found = next((match for ending in endings if (match := _SCHEMA.fullmatch(ending))), None)
    return SchemaMark(found[1], bool(found[2]), bool(found[3])) if found else SchemaMark()


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def _tar(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo(_FILE)
        member.size = len(content)
        member.mode = 0o400
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
