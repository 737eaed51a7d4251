"""What the checks of connections share."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from flawless.model.check import Finding, View
from flawless.model.observed import Login
from flawless.model.stack import EnvVar, Role, Service

DATABASE_SCHEMES = frozenset({"postgres", "postgresql", "mysql", "mariadb", "mongodb", "mssql"})
CACHE_SCHEMES = frozenset({"redis", "rediss", "valkey", "valkeys"})

_STAGES = {
    "resolve": "the name is not known there: name the service as it is called on a network that both share",
    "connect": "the name is known but nothing answers: look whether it runs and listens on that port",
    "login": "it answers and refuses the login: user, password or database differ from those it was made with "
    "(a volume keeps the first password)",
    "query": "the login works and the query does not: look at the rights of that user",
}


class Peer(Struct, frozen=True):
    """A kind of peer: what it is called, the URL schemes that lead to it, and the role of its service."""

    noun: str
    schemes: frozenset[str]
    role: Role


def urls(service: Service, peer: Peer) -> tuple[EnvVar, ...]:
    """The variables of a service that hold a URL of the peer."""
    return tuple(var for var in service.env if var.url and var.url.scheme.partition("+")[0] in peer.schemes)


def judge_logins(view: View, tried: tuple[Login, ...], peer: Peer) -> Iterator[Finding]:
    """Each login with a service's own credentials went all the way; a service with URLs had at least one."""
    for login in tried:
        yield _answer(view, login)
    if not tried:
        yield _untried(view, peer)


def _answer(view: View, login: Login) -> Finding:
    var = view.service.variable(login.variable)
    at = var.origin if var else view.service.at("environment")
    if login.ok:
        return view.ok(f"{login.variable} reaches {login.target}: {login.message} in {login.seconds:.2f} s", at=at)
    code = f" ({login.code})" if login.code else ""
    message = f"{login.variable} does not work for {login.target}: {login.stage} failed: {login.message}{code}"
    return view.fail(message, at=at, remedy=_STAGES.get(login.stage, ""))


def _untried(view: View, peer: Peer) -> Finding:
    named = urls(view.service, peer)
    if named:
        names = ", ".join(var.name for var in named)
        return view.unclear(f"{names} names a {peer.noun}, but no login was tried", at=named[0].origin)
    if view.service.role is peer.role and not any(urls(service, peer) for service in view.stack.services):
        remedy = "give its callers a URL for it, so that the login can be tried as they do it"
        return view.unclear(f"no service has a URL for this {peer.noun}, so no login could be tried", remedy=remedy)
    return view.skip(f"it has no URL of a {peer.noun}")
