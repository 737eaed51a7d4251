"""From a release, new or recorded, to the place where its steps are taken."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from flawless.app.session import Session
from flawless.compose.command import compose_argv
from flawless.deploy.lookups import lookups
from flawless.deploy.model_text import to_text
from flawless.deploy.plan import Situation, Wanted
from flawless.deploy.site import Site, digest_of, files_for, situation
from flawless.errors import CommandError, UsageError
from flawless.model.release import Release
from flawless.model.stack import Role, Service, Stack
from flawless.probes.live._running_nginx import running_config

_TIMEOUT = 60.0


def folder_of(session: Session, release: str) -> Path:
    """Where a release's files are on this machine."""
    return session.folder / "releases" / release


async def config_hashes(session: Session, file: Path) -> dict[str, str]:
    """Compose's configuration hash of each service in a file."""
    return await _hashes(session, [*session.compose, "--project-name", session.stack.name, "--file", str(file)])


async def plain_hashes(session: Session) -> dict[str, str]:
    """The same hashes as the stack's own files give them."""
    return await _hashes(session, compose_argv(session.root, session.settings.stack, project=session.stack.name))


async def _hashes(session: Session, argv: list[str]) -> dict[str, str]:
    words = [*argv, "config", "--hash", "*"]
    result = await session.ports.shell.run(words, timeout=_TIMEOUT, cwd=session.root, reads=True)
    if not result.ok:
        said = session.ports.masker.mask(result.stderr).strip()
        raise CommandError(f"compose could not tell configuration hashes: {said}", where=" ".join(argv))
    pairs = (line.split() for line in result.stdout.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def write_model(session: Session, release: Release) -> Path:
    """Put the release's Compose file where Compose can read it; only this user may."""
    file = folder_of(session, release.id) / "compose.json"
    model: dict[str, Any] = msgspec.json.decode(release.config)
    session.ports.files.write(file, to_text(model).encode())
    return file


def stack_of(release: Release) -> Stack:
    """The stack as the release has it; raise UsageError when it was not recorded."""
    if release.model is None:
        raise UsageError(f"release {release.id} holds no model of its stack")
    return release.model


def make_site(session: Session, release: Release, file: Path) -> Site:
    """The place to take a release's steps in."""
    site = Site(
        ports=session.ports,
        stack=stack_of(release),
        settings=session.settings,
        release=release,
        wanted={},
        model=file,
        folder=session.folder,
        compose=session.compose,
        progress=session.progress,
    )
    wanted = {service.name: _wanted(site, service) for service in site.stack.services}
    return structs.replace(site, wanted=wanted)


def _wanted(site: Site, service: Service) -> Wanted:
    recorded = site.release.service(service.name)
    if recorded is None:
        raise UsageError(f"release {site.release.id} holds no image of {service.name}")
    files = sorted(files_for(service, site.live, site.release.files), key=lambda file: file.path)
    digest = digest_of([(file.path, _bytes(file.content)) for file in files])
    return Wanted(recorded.image_id, recorded.config_hash, digest, recorded.plain_hash)


def _bytes(content: str) -> bytes:
    import base64

    return base64.b64decode(content)


async def running(session: Session, stack: Stack) -> Situation:
    """What runs of a stack now, with what its running proxies look up."""
    now = await situation(stack, session.ports, session.folder / "live")
    proxies = [
        (service, state)
        for service in stack.with_role(Role.PROXY, Role.FRONTEND)
        for state in now.containers.get(service.name, ())
        if state.state == "running"
    ]
    configs = await asyncio.gather(*(running_config(session.ports.engine, state.id) for _, state in proxies))
    found = (
        lookup
        for (service, _), config in zip(proxies, configs, strict=True)
        if config is not None
        for lookup in lookups(service, config, stack)
    )
    return structs.replace(now, lookups=tuple(dict.fromkeys(found)))
