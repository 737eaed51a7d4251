"""Every parser of text from outside, on texts that nobody meant: an answer or a named reason, soon, and no traceback.

With FLAWLESS_FULL=1 each parser gets 100,000 inputs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from flawless import dotenv
from flawless.checks.images._shell import can_fail, statements
from flawless.compose import complaints, schema, sources, units, urls
from flawless.compose.locate import Document, Index
from flawless.errors import FlawlessError
from flawless.model.stack import Build, Origin
from flawless.probes.files import _program
from flawless.probes.files._dockerfile import parse
from flawless.probes.files._locks import packages
from flawless.probes.files._manifests import _cargo_names, _node_names, _python_names
from flawless.probes.files._nginx import parsed
from flawless.probes.files._shared import UnseenError
from flawless.probes.files.dockerignore import _matcher
from flawless.templates import template_line
from tests.fuzz.texts import answers, bounded, mangled

BUILD = Build("/c", "/c/Dockerfile", "", (), Origin("c", 1))

COMPOSE = """\
include: [b.yaml]
x-env: &env {A: "1", PASSWORD: secret}
services:
  web: &web
    image: ${TAG:-x:1}
    environment: {<<: *env, B: no}
    ports: ["80:80", "[::1]:1:1/udp"]
    deploy: {resources: {limits: {memory: 1g}}}
    healthcheck: {test: curl x, interval: 1m30s}
  other:
    extends: {service: web, file: c.yaml}
    depends_on: {web: {condition: service_healthy}}
---
services: {web: {user: !reset null}}
"""
DOCKERFILE = """\
# escape=`
ARG V=1
FROM --platform=$BUILDPLATFORM x:${V:-2} AS a
RUN <<EOF one <<-"TWO"
set -e
EOF
	two
TWO
COPY --from=a --chown=1:1 ["a b", "/c"]
ENV A=1 B="x y" C=${A}
HEALTHCHECK --interval=5s CMD ["a", "b"]
ONBUILD USER 1
RUN a && \\
# why

  b
"""
IGNORE = "# x\n*\n!src/**/*.py\n[a-z]?.txt\n/a/**\n**/b\n!\\#x\n"
NGINX = """\
events { worker_connections 1; }
http {
  map $http_upgrade $c { default upgrade; '' close; }
  upstream b { server b:1 resolve; }
  server { listen 80; location ~ ^/a(b|c)$ { proxy_pass http://$b:1/; add_header X "a;b{}" always; } }
}
"""
DOTENV = '# a\nexport A=1\nB=\'x\ny\'\nC="a\\"b"\nD: 1\nE.F-G=$A\n'
LOCKS = {
    "requirements.txt": "a==1.0 \\\n    --hash=sha256:00\nb[c]==2 ; python_version > '3'\n",
    "Cargo.lock": '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+x"\n',
    "package-lock.json": '{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.0.0"}}}',
    "yarn.lock": '"a@^1", b@^2:\n  version "1.0.0"\n',
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\n",
    "poetry.lock": '[[package]]\nname = "a"\nversion = "1"\n\n[package.source]\ntype = "directory"\n',
}
MANIFESTS = (
    '{"dependencies": {"a": "^1", "@b/c": "2"}, "devDependencies": {"d": "*"}}',
    '[package]\nname = "a"\n[dependencies]\nb = "1"\nc = {package = "d", version = "2"}\n',
    '[project]\ndependencies = ["a>=1", "b[c]"]\n[tool.poetry.dependencies]\npython = "^3"\nd = "1"\n',
)
STDERR = """\
time="2026-01-01T00:00:00Z" level=warning msg="The \\"A\\" variable is not set. Defaulting to a blank string."
validating /s/compose.yaml: services.web.ports must be a array
services.web additional properties 'imgae' not allowed
"""
SHELL = "set -euo pipefail; a | b || exit 1\nif x; then exec \"$@\"; fi; trap 'c' TERM; d=$(e `f`) && (g & h)\n"
SOURCE = """\
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
@app.websocket("/ws")
app.use(cors({ origin: true, credentials: true }));
app.listen(process.env.PORT || 3000);
HttpServer::new(|| App::new().wrap(Cors::permissive())).bind(("0.0.0.0", 8080))
"""


@given(mangled(COMPOSE))
@bounded
def test_the_reader_of_compose_files(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "compose.yaml")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        answers(lambda: _walked(sources.load(Path(folder), [path]).index), FlawlessError)


def _walked(index: Index) -> None:
    for name in index.keys("services"):
        index.defined(name)
        index.items("services", name, "ports")
        index.at("services", name, "environment", "A")
    schema.faults(index.documents)


@given(mangled(COMPOSE))
@bounded
def test_the_schema_of_compose_files(text: str) -> None:
    try:
        nodes = tuple(node for node in yaml.compose_all(text, Loader=yaml.CSafeLoader) if node is not None)
        sources.refuse_bombs(nodes, "compose.yaml")
    except (yaml.YAMLError, UnicodeError, FlawlessError):
        return
    for fault in schema.faults([Document("compose.yaml", "/s", nodes)]):
        assert fault.line > 0


@given(mangled(STDERR), mangled(COMPOSE))
@bounded
def test_the_reader_of_what_compose_says(said: str, text: str) -> None:
    found = sources.Sources((), Index([]), {"compose.yaml": text}, ())
    assert complaints.refusal(said, found, "/s").what
    complaints.warnings(said)


@given(mangled(DOTENV))
@bounded
def test_the_reader_of_env_files(text: str) -> None:
    assert all(line > 0 for line in dotenv.names(text).values())


@given(mangled(DOCKERFILE))
@bounded
def test_the_reader_of_dockerfiles(text: str) -> None:
    answers(lambda: parse(text, "Dockerfile", BUILD), UnseenError)


@given(mangled(IGNORE), mangled("src/a/b.py", ".env", "a/b/c.txt"))
@bounded
def test_the_reader_of_dockerignore_files(text: str, path: str) -> None:
    answers(lambda: _matcher(text, ".dockerignore").matches(path), UnseenError)


@given(mangled(NGINX))
@bounded
def test_the_reader_of_nginx_files(text: str) -> None:
    _, problems = parsed(text, "nginx.conf")
    assert all(problem.message for problem in problems)


@given(st.sampled_from(sorted(LOCKS)), mangled(*LOCKS.values()))
@example("package-lock.json", "[" * 100_000)
@bounded
def test_the_readers_of_lock_files(name: str, text: str) -> None:
    answers(lambda: packages(text, name), ValueError, RecursionError)


@given(st.sampled_from((_node_names, _cargo_names, _python_names)), mangled(*MANIFESTS))
@example(_node_names, "[" * 100_000)
@bounded
def test_the_readers_of_manifests(names: Callable[[str], set[str]], text: str) -> None:
    answers(lambda: names(text), ValueError, AttributeError, TypeError, KeyError, RecursionError)


@given(mangled(SHELL))
@example("&/exit&")
@bounded
def test_the_reader_of_shell_text(text: str) -> None:
    statements(text)
    can_fail(text)


@given(mangled(SOURCE))
@bounded
def test_the_reader_of_source_text(text: str) -> None:
    list(_program.cors(text, "a"))
    list(_program.websockets(text, "a"))
    list(_program.listens(text, "a"))
    _program.reads_port(text)
    _program.default_port(text)


@given(mangled("postgres://u:p%40@h:5432/d?x=1", "1h2m3.5s", "{{ x }} %%Y%% {% z %}"))
@bounded
def test_the_readers_of_values(text: str) -> None:
    urls.split(text)
    urls.masked(text)
    units.duration(text)
    units.whole(text)
    assert template_line(text) >= 0
