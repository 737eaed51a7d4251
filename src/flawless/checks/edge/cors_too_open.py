"""Every website may use the API in the name of its visitors.

With credentials, whatever page somebody has open can read and write as that person. Browsers refuse a plain ``*``
together with credentials, so frameworks and proxies that are told both send the caller's own origin back: the same
hole, without the browser's objection. ``*`` without credentials shows only what anybody could fetch anyway.

## Bad
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    environment:
      CORS_ORIGINS: "*"
      CORS_ALLOW_CREDENTIALS: "true"
```

## Good
```yaml compose.yaml
services:
  backend:
    image: example/backend:1
    environment:
      CORS_ORIGINS: https://shop.example.com
      CORS_ALLOW_CREDENTIALS: "true"
```

## Clean twin
The origin that is sent back was looked up in a list.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
```
```nginx nginx.conf
events {}
http {
  map $http_origin $allowed { default ""; https://shop.example.com $http_origin; }
  server {
    listen 80;
    add_header Access-Control-Allow-Origin $allowed always;
    add_header Access-Control-Allow-Credentials true always;
  }
}
```

## Bad (live)
```json facts.json
{"app-preflights": {"stack": [{"allowed": "https://flawless-probe.example", "credentials": true}]}}
```

## Bad (live)
The pages that may call cannot.
```json facts.json
{"app-preflights": {"stack": [{"origin": "https://shop.example.com", "foreign": false, "allowed": ""}]}}
```

## Good (live)
```json facts.json
{"app-preflights": {"stack": [{"allowed": ""},
  {"origin": "https://shop.example.com", "foreign": false, "allowed": "https://shop.example.com"}]}}
```

## Clean twin (live)
Everybody may read what everybody can fetch.
```json facts.json
{"app-preflights": {"stack": [{"allowed": "*", "credentials": false}]}}
```

## Bad (rehearsal)
```json facts.json
{"app-preflights": {"stack": [{"origin": "null", "allowed": "null", "credentials": true}]}}
```

## Good (rehearsal)
```json facts.json
{"app-preflights": {"stack": [{"allowed": ""}]}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.edge._shared import Spot, spots
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope, service_subject
from flawless.model.keys import APP_PREFLIGHTS, PROGRAMS, PROXIES
from flawless.model.nginx import NginxConfig
from flawless.model.observed_app import Preflight
from flawless.model.observed_files import Program
from flawless.model.stack import EnvVar, Role, Service

_ORIGINS = re.compile(r"CORS|ALLOW(?:ED)?_ORIGIN")
_CREDENTIALS = re.compile(r"CREDENTIAL")
_ORIGIN, _ALLOWED = "access-control-allow-origin", "access-control-allow-credentials"
_SERVING = frozenset({Role.BACKEND, Role.FRONTEND, Role.PROXY, Role.OTHER})


def judge(view: View) -> Iterator[Finding]:
    """Neither proxy, environment nor source lets every origin in with credentials."""
    programs = {each.service: each for each in view.get(PROGRAMS)}
    configs = {each.service: each.config for each in view.get(PROXIES) if each.config}
    serving = [each for each in view.stack.services if each.role in _SERVING]
    told = [each for each in serving if each.name in programs or each.name in configs or _origins(each)]
    for service in told:
        yield from _answers(view, service, configs.get(service.name), programs.get(service.name))
    if not told:
        yield view.skip("no file says anything of origins")


def _answers(view: View, service: Service, config: NginxConfig | None, program: Program | None) -> Iterator[Finding]:
    faults = [
        *_in_proxy(view, service, config),
        *_in_source(view, service, program),
        *_in_environment(view, service, program),
    ]
    yield from faults
    if not faults:
        yield view.ok("no rule lets every origin in with credentials", subject=service_subject(service.name))


def _in_proxy(view: View, service: Service, config: NginxConfig | None) -> Iterator[Finding]:
    for spot in spots(config, "add_header") if config else ():
        name, value = (*spot.directive.args, "", "")[:2]
        if (
            name.lower() == _ORIGIN
            and value in ("*", "$http_origin")
            and _with_credentials(spot)
            and not _guarded(spot)
        ):
            said = f"{value} is allowed, with credentials"
            yield view.fail(said, at=spot.directive.origin, subject=service_subject(service.name))


def _with_credentials(spot: Spot) -> bool:
    """Whether the same block allows credentials."""
    lines = spot.around[-1].children("add_header")
    return any(line.args[0].lower() == _ALLOWED and "true" in line.args[1:2] for line in lines if line.args)


def _guarded(spot: Spot) -> bool:
    """Whether an ``if`` around looks at the origin first."""
    return any(block.name == "if" and "origin" in " ".join(block.args) for block in spot.around)


def _in_source(view: View, service: Service, program: Program | None) -> Iterator[Finding]:
    for line in program.cors if program else ():
        said = f"{line.text} lets every origin in, with credentials"
        yield view.fail(said, at=line.origin, subject=service_subject(service.name))


def _in_environment(view: View, service: Service, program: Program | None) -> Iterator[Finding]:
    wide = _wide(service)
    if wide is None:
        return
    subject = service_subject(service.name)
    switch = next(
        (var for var in service.env if "CORS" in var.name.upper() and _CREDENTIALS.search(var.name.upper())), None
    )
    if switch and switch.value.strip().lower() in ("true", "1", "yes", "on"):
        yield view.fail(f"{wide.name}=* with {switch.name}={switch.value}", at=wide.origin, subject=subject)
    elif program and program.credentials:
        line = program.credentials[0]
        yield view.fail(
            f"{wide.name}=*, and {line.text} allows credentials ({line.origin})", at=wide.origin, subject=subject
        )


def _origins(service: Service) -> list[EnvVar]:
    """The variables that name allowed origins."""
    named = (var for var in service.env if _ORIGINS.search(var.name.upper()))
    return [var for var in named if not _CREDENTIALS.search(var.name.upper())]


def _wide(service: Service) -> EnvVar | None:
    """The variable that allows every origin."""
    return next((var for var in _origins(service) if var.value.strip("[]\"' ") == "*"), None)


def judge_answers(view: View) -> Iterator[Finding]:
    """No foreign origin is let in with credentials, and the real one is, where flawless.toml names it."""
    answered = [each for each in view.get(APP_PREFLIGHTS) if each.status]
    foreign = [each for each in answered if each.foreign]
    faults = [each for each in foreign if each.credentials and each.allowed in (each.origin, "*")]
    yield from (_let_in(view, each) for each in faults)
    if not foreign:
        yield view.unclear("no route answered a request from another origin")
    elif not faults:
        routes = len({each.route for each in foreign})
        yield view.ok(f"no foreign origin is let in with credentials ({routes} routes, {len(foreign)} requests)")
    yield from _real(view, [each for each in answered if not each.foreign])


def _let_in(view: View, each: Preflight) -> Finding:
    said = f"{each.method} {each.route} lets {each.origin} in with credentials ({each.allowed})"
    return view.fail(said, subject=f"route:{each.route}")


def _real(view: View, asked: list[Preflight]) -> Iterator[Finding]:
    """The real origin, which some route has to let in."""
    if not asked:
        return
    origin = asked[0].origin
    if any(each.allowed in (origin, "*") for each in asked):
        yield view.ok(f"pages of {origin} may call")
    else:
        yield view.fail(f"pages of {origin} cannot call: no route allows it", remedy=f"allow {origin}")


CHECK = Check(
    id="cors-too-open",
    title="every website may use the API in its visitors' names",
    severity=Severity.BLOCK,
    items=("S3.2",),
    rules=(
        Rule(Level.FILES, judge, scope=Scope.STACK, needs=(PROGRAMS, PROXIES)),
        Rule(Level.REHEARSAL, judge_answers, scope=Scope.STACK, needs=(APP_PREFLIGHTS,)),
        Rule(Level.LIVE, judge_answers, scope=Scope.STACK, needs=(APP_PREFLIGHTS,)),
    ),
    remedy="name the origins that may call with credentials; allow `*` only without them",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0, 3.4.2; Fetch Standard, CORS protocol and credentials",
)
