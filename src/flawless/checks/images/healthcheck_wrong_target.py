"""A healthcheck asks a port or path that the program does not serve.

It is then red for ever with a program that is well, or green because something else answers there: a login page, a
proxy, another program. The port is compared with everything that names one: EXPOSE, PORT, the start command, the
source, nginx's own `listen`, and what the proxy asks; in a rehearsal with what the kernel says. A Next.js route in a
folder that begins with an underscore is served by nobody.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
    environment: {PORT: "8081"}
    healthcheck:
      test: wget -q -O /dev/null http://localhost:3000/health || exit 1
```
```dockerfile Dockerfile
FROM node:22-alpine
EXPOSE 3000
CMD ["node", "server.js"]
```
```js server.js
require("http").createServer(answer).listen(process.env.PORT || 3000);
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
    healthcheck:
      test: wget -q -O /dev/null http://localhost:3000/health || exit 1
```
```dockerfile Dockerfile
FROM node:22-alpine
EXPOSE 3000
CMD ["node", "server.js"]
```
```js server.js
require("http").createServer(answer).listen(process.env.PORT || 3000);
```

## Clean twin
A port for health alone, which only the container itself reaches, stands in nginx's own configuration.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
    healthcheck:
      test: ["CMD", "curl", "-fsS", "http://127.0.0.1:8079/healthz"]
```
```nginx nginx.conf
events {}
http {
  server { listen 80; }
  server { listen 127.0.0.1:8079; location = /healthz { return 200; } }
}
```

## Bad (rehearsal)
```yaml compose.yaml
services:
  app:
    build: .
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://localhost:3000/health"]
```
```dockerfile Dockerfile
FROM node:22-alpine
CMD ["node", "server.js"]
```
```json facts.json
{"listening": {"service:app": {"open": [8081], "loopback": []}}}
```

## Bad (rehearsal)
A login page answers.
```yaml compose.yaml
services:
  backend:
    build: .
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://localhost:3000/health"]
```
```dockerfile Dockerfile
FROM node:22-alpine
CMD ["node", "server.js"]
```
```json facts.json
{"listening": {"service:backend": {"open": [3000], "loopback": []}},
 "health-answer": {"service:backend": {"status": 302, "message": ""}}}
```

## Good (rehearsal)
```yaml compose.yaml
services:
  app:
    build: .
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://localhost:3000/health"]
```
```dockerfile Dockerfile
FROM node:22-alpine
CMD ["node", "server.js"]
```
```json facts.json
{"listening": {"service:app": {"open": [], "loopback": [3000]}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.images._asked import Asked, asked
from flawless.checks.images._health import HealthTest, health_test
from flawless.checks.network._listening import listening, program_of
from flawless.checks.runtime._shared import LASTING
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DOCKERFILE, HEALTH_ANSWER, LISTENING, PROGRAMS, PROXIES


def judge(view: View) -> Iterator[Finding]:
    """The port of the healthcheck is one on which the program listens, and its path one that is served."""
    test = health_test(view)
    wanted = asked(test) if test and not test.disabled else None
    if test is None or wanted is None:
        yield view.skip("no healthcheck asks for a port that can be seen")
        return
    yield _port(view, test, wanted)
    yield from _unserved(view, test, wanted)


def judge_running(view: View) -> Iterator[Finding]:
    """Something listens on the port that the healthcheck asks, and no file says that nobody serves the path."""
    test, found = health_test(view), view.get(LISTENING)
    wanted = asked(test) if test and not test.disabled else None
    if test is None or wanted is None:
        yield view.skip("no healthcheck asks for a port that can be seen")
    elif wanted.port is None:
        yield view.ok("the port comes from a variable", at=test.origin)
    elif wanted.port in (*found.open, *found.loopback):
        yield _answered(view, test, wanted)
        yield from _unserved(view, test, wanted)
    else:
        ports = ", ".join(map(str, (*found.open, *found.loopback))) or "no port at all"
        yield view.fail(f"asks port {wanted.port}, and in a throwaway copy it listens on {ports}", at=test.origin)


def _answered(view: View, test: HealthTest, wanted: Asked) -> Finding:
    """A redirect and a page for people are as green to curl and wget as the program's own word."""
    answer = view.get(HEALTH_ANSWER)
    if _MOVED <= answer.status < _REFUSED or answer.page:
        what = "a page for people" if answer.page else f"a redirect ({answer.status})"
        remedy = "ask a path that the program answers itself, without a login"
        return view.fail(
            f"{wanted.path} is answered by {what}: it says nothing of health", at=test.origin, remedy=remedy
        )
    return view.ok(f"something listens on port {wanted.port}", at=test.origin)


_MOVED, _REFUSED = 300, 400


def _unserved(view: View, test: HealthTest, wanted: Asked) -> Iterator[Finding]:
    program = program_of(view, view.service)
    for line in program.unrouted if program else ():
        if line.text == wanted.path:
            said = f"{wanted.path} is served by nobody: Next.js leaves out folders that begin with _ ({line.origin})"
            yield view.fail(said, at=test.origin, remedy="name the folder without the underscore, or %5F in its place")


def _port(view: View, test: HealthTest, wanted: Asked) -> Finding:
    found = listening(view, view.service)
    if wanted.port is None:
        return view.ok("the port comes from a variable", at=test.origin)
    if wanted.port in found.ports:
        return view.ok(f"port {wanted.port} is one on which it listens", at=test.origin)
    ports = ", ".join(map(str, sorted(found.ports)))
    if found.certain:
        return view.fail(f"asks port {wanted.port}, and the program listens on {ports}: {found.why}", at=test.origin)
    if found.declared and program_of(view, view.service):
        return view.fail(f"asks port {wanted.port}, and only {ports} is declared", at=test.origin)
    return view.skip(f"no file tells whether it listens on port {wanted.port}")


CHECK = Check(
    id="healthcheck-wrong-target",
    title="a healthcheck asks what the program does not serve",
    severity=Severity.BLOCK,
    items=("P2.3", "V1.2"),
    rules=(
        Rule(Level.FILES, judge, needs=(PROGRAMS, PROXIES), built=(DOCKERFILE,)),
        Rule(
            Level.REHEARSAL,
            judge_running,
            needs=(PROGRAMS, LISTENING, HEALTH_ANSWER),
            roles=LASTING,
            built=(DOCKERFILE,),
        ),
    ),
    remedy="give the healthcheck, PORT, EXPOSE and the proxy the same number",
    doc=__doc__ or "",
)
