"""What the images of the stack are configured to do, and secrets that they carry."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from flawless.errors import FlawlessError
from flawless.model.facts import Fact, known, service_subject, unknown
from flawless.model.keys import IMAGE
from flawless.model.observed import ImageFacts
from flawless.model.observed_files import SecretHit
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import Json

_SECRET = re.compile(r"(?:PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|(?:API|ACCESS|PRIVATE|SECRET|ENCRYPTION)_?KEY)$")
_ASSIGNED = re.compile(r"\b([A-Za-z][A-Za-z0-9_]*)=(\"[^\"]+\"|'[^']+'|[^\s\"';&|]+)")
_URL_PASSWORD = re.compile(r"://[^/\s:@]*:[^@/\s$]+@")
# What printf and echo make of it is no part of a value.
_ESCAPE = re.compile(r"\\[abefnrtv0]")
_REFERENCE = ("$", "/", "<", "{")


async def gather(target: Target) -> list[Fact]:
    """The image of every service; unknown for one that is neither built nor pulled."""
    return list(await asyncio.gather(*(_fact(target, service) for service in target.stack.services)))


async def _fact(target: Target, service: Service) -> Fact:
    subject, ref = service_subject(service.name), service.image or f"{target.stack.name}-{service.name}"
    try:
        image = await target.ports.engine.image(ref)
        if image is None:
            remedy = "flawless check --build" if service.build else f"docker pull {ref}"
            return unknown(IMAGE, subject, f"the engine does not have the image {ref}", remedy=remedy)
        history = await target.ports.engine.image_history(ref)
    except FlawlessError as error:
        return unknown(IMAGE, subject, error.what, remedy=error.remedy)
    now = target.ports.clock.now()
    facts = image_facts(image, history, target.ports.masker.mask)
    said = f"{ref}: {facts.size} bytes, user {facts.user or 'root'}, {len(facts.secrets)} secrets"
    evidence = target.ports.masker.evidence(f"GET /images/{ref}/json and /history", 200, said, now, 0.0)
    return known(IMAGE, subject, facts, (evidence,), now)


def image_facts(image: Json, history: list[Json], mask: Callable[[str], str]) -> ImageFacts:
    """An inspected image and its history; values of variables are looked at and left behind, known secrets masked."""

    def words(found: list[str] | None) -> tuple[str, ...]:
        return tuple(mask(word) for word in found or ())

    config = image.get("Config") or {}
    env = [entry.partition("=") for entry in config.get("Env") or ()]
    return ImageFacts(
        id=str(image["Id"]),
        size=int(image["Size"]),
        user=config.get("User") or "",
        entrypoint=words(config.get("Entrypoint")),
        command=words(config.get("Cmd")),
        health_test=words((config.get("Healthcheck") or {}).get("Test")),
        env_names=tuple(name for name, _, _ in env),
        labels={name: mask(value) for name, value in (config.get("Labels") or {}).items()},
        secrets=(*_in_env([(name, value) for name, _, value in env]), *_in_history(history)),
        stop_signal=config.get("StopSignal") or "",
    )


def _in_env(env: list[tuple[str, str]]) -> list[SecretHit]:
    return [SecretHit("environment", 0, name) for name, value in env if _is_secret(name, value)]


def _in_history(history: list[Json]) -> list[SecretHit]:
    """Secrets in the commands that made the layers, build arguments among them; lines count from the base up."""
    hits = []
    for line, layer in enumerate(reversed(history), start=1):
        found = _ASSIGNED.findall(layer.get("CreatedBy") or "")
        names = dict.fromkeys(name for name, value in found if _is_secret(name, _ESCAPE.sub("", value).strip("\"'")))
        hits += [SecretHit("history", line, name) for name in names]
    return hits


def _is_secret(name: str, value: str) -> bool:
    """Whether a value is a secret itself, and not a reference to one, a file, or nothing."""
    if not value or value.startswith(_REFERENCE):
        return False
    return bool(_SECRET.search(name.upper()) or _URL_PASSWORD.search(value))


PROBE = Probe(keys=(IMAGE,), gather=gather)
