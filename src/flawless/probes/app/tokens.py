"""Forged tokens against a route that refuses whoever has none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_TOKENS
from flawless.model.observed_app import Forgery, TokenTrial
from flawless.ports.bundle import Probe, Target
from flawless.probes.app._jwt import HMACS, Forged, Token, parsed, signed, signs, with_key, without_key
from flawless.probes.app._login import log_in, secret_of
from flawless.probes.app._openapi import Operation
from flawless.probes.app._requests import route_of
from flawless.probes.app._visit import Visit, described, each, evidence, only_in_a_copy, plainly, visit
from flawless.probes.live._services import UnseenError

_MOST = 160
_REFUSALS = frozenset({401, 403})
_KEY_NAME = re.compile(r"jwt|token|sign|auth", re.IGNORECASE)
_KEY = 'write [app.jwt] with key_file = "…" (or key_env = "…") into flawless.toml'


async def gather(target: Target) -> list[Fact]:
    """The answers to each forged token, and to the genuine one before and after."""
    only_in_a_copy(target)
    async with visit(target, most=_MOST) as now:
        found = await described(target, now)
        text = await log_in(target, now, found.operations)
        token = parsed(text)
        trial = (
            await _tried(target, now, token, await _guarded(target, now, found.operations, text))
            if token
            else TokenTrial(reason="the application's tokens are no JSON Web Tokens")
        )
        said = evidence(target, now, "forged tokens")
    return [known(APP_TOKENS, STACK, trial, said, target.ports.clock.now())]


async def _guarded(
    target: Target, now: Visit, operations: tuple[Operation, ...], token: str
) -> tuple[Operation, int, int]:
    """A read that lets the genuine token in, and nobody without, and both statuses; UnseenError where there is none."""
    named = [route_of(route).name for route in target.settings.app.protected]
    reads = [one for one in operations if one.method == "GET" and not one.filled and not one.public]
    for operation in sorted(reads, key=lambda one: one.name not in named)[:12]:
        genuine, without = await plainly(now, operation, token), await plainly(now, operation)
        if genuine.status in range(200, 300) and without.status in _REFUSALS:
            return operation, genuine.status, without.status
    raise UnseenError(
        "no read is known that the genuine token opens and no token does not: a refusal would prove nothing",
        remedy='write protected = ["GET /api/…"] under [app] in flawless.toml',
    )


async def _tried(target: Target, now: Visit, token: Token, guarded: tuple[Operation, int, int]) -> TokenTrial:
    operation, genuine, without = guarded
    public, untried = _public_key(target, token)
    keyed, missing = await _keyed(target, now, token, operation)
    forgeries = await each(_asked(now, operation, one) for one in (*without_key(token, public), *keyed))
    return TokenTrial(
        route=operation.name,
        algorithm=token.algorithm,
        genuine=genuine,
        without=without,
        afterwards=(await plainly(now, operation, token.text)).status,
        forgeries=tuple(forgeries),
        untried=(*untried, *missing),
    )


async def _asked(now: Visit, operation: Operation, forged: Forged) -> Forgery:
    return Forgery(forged.name, (await plainly(now, operation, forged.text)).status)


def _public_key(target: Target, token: Token) -> tuple[str, tuple[str, ...]]:
    """The public key, and what cannot be tried without it."""
    file = target.settings.app.jwt.public_key_file
    if token.algorithm in HMACS:
        return "", ()
    if not file:
        remedy = 'write [app.jwt] with public_key_file = "…" into flawless.toml'
        return "", (f"the public key as an HMAC key: {remedy}",)
    return target.ports.files.read_text(Path(target.stack.root) / file), ()


async def _keyed(
    target: Target, now: Visit, token: Token, operation: Operation
) -> tuple[list[Forged], tuple[str, ...]]:
    """Tokens made with the right key, once a token of our own with it is let in; else what cannot be tried."""
    what = "expired tokens and those for another audience"
    if token.algorithm not in HMACS:
        return [], (
            f"{what}: the key that signs {token.algorithm} is not used here; say under [[waivers]] who tests it",
        )
    key = next((key for key in _keys(target) if signs(token, key)), None)
    if key is None:
        return [], (f"{what} (the signing key is not known): {_KEY}",)
    control = Forged("control", signed(token.header, {**token.claims}, key))
    if (await _asked(now, operation, control)).status not in range(200, 300):
        return [], (f"{what}: a token made with the right key was refused, so that nothing can be told",)
    return list(with_key(token, key, target.ports.clock.now())), ()


def _keys(target: Target) -> Iterator[bytes]:
    """Keys that may have signed: the one that flawless.toml refers to, and secrets of the stack with such a name."""
    said = target.settings.app.jwt
    if said.key_env or said.key_file:
        yield from _forms(secret_of(target, said.key_env, said.key_file))
    for secret in target.stack.secrets:
        if secret.file and _KEY_NAME.search(secret.name):
            yield from _forms(_read(target, secret.file))


def _read(target: Target, file: str) -> str:
    try:
        return secret_of(target, "", file)
    except FlawlessError:
        return ""


def _forms(text: str) -> Iterable[bytes]:
    return (text.encode(), text.strip().encode()) if text else ()


PROBE = Probe(keys=(APP_TOKENS,), gather=gather, timeout=600.0, turns=True)
