"""A release: all that is needed to run a stack again exactly as it ran."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from flawless.model.stack import Stack


class ReleaseState(StrEnum):
    """Where a release is in its life; only ``good`` ones are returned to."""

    BUILDING = "building"
    SWITCHING = "switching"
    SOAKING = "soaking"
    GOOD = "good"
    BAD = "bad"
    ROLLED_BACK = "rolled-back"


class ReleaseService(Struct, frozen=True):
    """One service of a release: the image by id and by the tag that keeps it, and Compose's configuration hash.

    ``plain_hash`` is the hash that the stack's own files give, as a plain ``docker compose up`` would have labelled it.
    ``revision`` is the commit that the service is from, where it is not the release's own.
    """

    name: str
    image_id: str
    image_tag: str
    config_hash: str
    plain_hash: str = ""
    revision: str = ""


class ConfigFile(Struct, frozen=True):
    """A mounted configuration file of the release: path relative to the stack's folder, and its bytes in base64."""

    path: str
    content: str


class SchemaMark(Struct, frozen=True):
    """The schema that a release left: the start of its digest ("" where it was not recorded), and how it came about.

    ``moved``: the release itself changed it. ``proved``: the release before it was seen to run on it.
    """

    digest: str = ""
    moved: bool = False
    proved: bool = False


class Release(Struct, frozen=True, kw_only=True):
    """A release as it is kept with the engine: ``config`` is the resolved model, sealed; ``model`` the stack in it."""

    id: str
    stack: str
    revision: str
    created: float
    stack_digest: str
    env_digest: str
    services: tuple[ReleaseService, ...]
    config: str
    model: Stack | None = None
    files: tuple[ConfigFile, ...] = ()
    parent: str = ""
    state: ReleaseState = ReleaseState.BUILDING
    schema: SchemaMark = SchemaMark()
    clean: bool = True

    def service(self, name: str) -> ReleaseService | None:
        """The service of that name in this release, or None."""
        return next((service for service in self.services if service.name == name), None)
