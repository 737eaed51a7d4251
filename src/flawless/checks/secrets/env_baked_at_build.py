"""A setting of the browser's bundle is given at run time, when the bundle is made already.

Bundlers write the value of NEXT_PUBLIC_*, VITE_* and their like into the files they make. What Compose sets for the
container comes too late: the page keeps the default of its source, which is mostly an address of the developer's own
machine. The same holds for Rust's ``env!``.

## Bad
```yaml compose.yaml
services:
  web:
    build: .
    environment:
      VITE_API_URL: https://api.shop.example
```
```dockerfile Dockerfile
FROM node:22-alpine AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build
FROM nginx:1.27-alpine
COPY --from=build /app/dist /usr/share/nginx/html
```
```js src/api.js
export const api = import.meta.env.VITE_API_URL || "http://localhost:8081";
```

## Good
```yaml compose.yaml
services:
  web:
    build:
      context: .
      args:
        VITE_API_URL: https://api.shop.example
```
```dockerfile Dockerfile
FROM node:22-alpine AS build
WORKDIR /app
ARG VITE_API_URL
COPY . .
RUN npm ci && npm run build
FROM nginx:1.27-alpine
COPY --from=build /app/dist /usr/share/nginx/html
```
```js src/api.js
export const api = import.meta.env.VITE_API_URL || "http://localhost:8081";
```

## Clean twin
The bundle is made when the container starts, and a script fills in what was built with a mark.
```yaml compose.yaml
services:
  web:
    build: .
    environment:
      NEXT_PUBLIC_API_URL: https://api.shop.example
```
```dockerfile Dockerfile
FROM node:22-alpine
COPY . .
RUN npm ci && NEXT_PUBLIC_API_URL=__API_URL__ npm run build
ENTRYPOINT ["./fill-in.sh"]
CMD ["npm", "start"]
```
```sh fill-in.sh
#!/bin/sh
sed -i "s|__API_URL__|$NEXT_PUBLIC_API_URL|" .next/static/chunks/*.js
exec "$@"
```
```js api.js
export const api = process.env.NEXT_PUBLIC_API_URL;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.secrets._names import users
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import SOURCES
from flawless.model.observed_files import NameRead, Source
from flawless.model.stack import EnvVar, Stack

_RUST = ".rs"
_BROWSER = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte", ".astro")


def judge(view: View) -> Iterator[Finding]:
    """What is written into the bundle has its value while the image is built."""
    looked = False
    for source in view.get(SOURCES):
        for read in (each for each in source.reads if each.baked and _compiled(source, each)):
            looked = True
            late = _late(source, view.stack, read)
            if late is None:
                yield view.ok(f"{read.name} ({read.origin}) is not left to run time", subject=f"variable:{read.name}")
                continue
            message = f"{read.name} is set when the container starts; {read.origin} takes it when the image is built"
            remedy = f"give it under build.args, and write ARG {read.name} before the build in {source.dockerfile}"
            yield view.fail(message, at=late.origin, subject=f"variable:{read.name}", remedy=remedy)
    if not looked:
        yield view.skip("no source that is built here takes a variable at build time")


def _compiled(source: Source, read: NameRead) -> bool:
    """Whether a step of the image's build takes the value; a development server does so when it starts."""
    return source.bundled or read.origin.file.endswith(_RUST)


def _late(source: Source, stack: Stack, read: NameRead) -> EnvVar | None:
    """The variable that Compose sets for the container, when nothing sets it at build time or fills it in later."""
    filled_in = any(
        read.name.startswith(each.prefix) for each in source.untold if not each.origin.file.endswith(_BROWSER)
    )
    if filled_in or read.name in source.at_build:
        return None
    return next((found for service in users(source, stack) if (found := service.variable(read.name))), None)


CHECK = Check(
    id="env-baked-at-build",
    title="a setting of the bundle comes too late",
    severity=Severity.WARN,
    items=("P4.3",),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(SOURCES,)),),
    remedy="give it as a build argument",
    doc=__doc__ or "",
    reference="https://nextjs.org/docs/app/guides/environment-variables",
)
