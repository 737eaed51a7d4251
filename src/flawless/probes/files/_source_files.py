"""The files that a build takes from its context, and which of them tell what the program reads. Bounded."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from flawless.model.dockerfile import Dockerfile, Instruction
from flawless.model.stack import Build
from flawless.ports.bundle import Target
from flawless.probes.files._dockerfile import variables_of
from flawless.probes.files._reads import Found
from flawless.probes.files._shared import SKIPPED
from flawless.probes.files._stages import reached, sources
from flawless.probes.files.dockerignore import matcher_of

LANGUAGES = {
    **dict.fromkeys((".py",), "python"),
    **dict.fromkeys((".rs",), "rust"),
    **dict.fromkeys((".go",), "go"),
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte", ".astro"), "js"),
}
# Files besides those that may name a variable for a program to read.
_MORE = frozenset(
    {".sh", ".bash", "", ".toml", ".yaml", ".yml", ".json", ".ini", ".cfg", ".conf", ".template", ".tmpl", ".j2"}
    | {".prisma", ".sql", ".html", ".rb", ".erb", ".php", ".java", ".kt", ".cs", ".ex", ".exs", ".properties", ".xml"}
    | {".tpl", ".mako", ".scala", ".clj", ".pl", ".lua", ".env"}
)
# What only names variables to give or explain them, or is not the user's.
_APART = SKIPPED | frozenset(
    {"tests", "test", "__tests__", "__mocks__", "spec", "e2e", "cypress", "playwright", "testdata", "fixtures"}
    | {"examples", "example", "docs", "doc", "bench", "benches", "benchmarks", "third_party", "coverage", "build"}
    | {"out", ".next", ".nuxt", ".svelte-kit", ".output", "generated", "__generated__", ".github", ".gitlab"}
    | {"k8s", "kubernetes", "helm", "charts", "terraform", "infra", "ansible", ".devcontainer", ".storybook", ".idea"}
    | {"site-packages", ".venv", "bower_components", ".yarn", ".pnpm-store", ".turbo", "storybook", "stories"}
)
_NO_SOURCE = re.compile(
    r"\A(?:test_.*|.*_test|conftest|setup)\.py\Z|_test\.go\Z|\.(?:test|spec|stories|min|d|gen|pb)\.\w+\Z|_pb2(?:_grpc)?\.py\Z"
    r"|\A(?:docker-)?compose[\w.-]*\.ya?ml\Z|\A(?:package-lock|tsconfig[\w.-]*|composer|renovate)\.json\Z"
    r"|\A(?:Dockerfile|Containerfile|Makefile|LICENSE|README|CHANGELOG|Jenkinsfile|Vagrantfile|justfile)"
    r"|\A\.env|\.env\Z|\Apnpm-lock\.yaml\Z|\Aflawless\.toml\Z"
)
_ENV_FILE = re.compile(r"\A\.env(?:\.(?:production|local|production\.local))?\Z")
_BOUND = re.compile(r"(?:^|,)type=bind(?:,|$)")
_MOST_FILES = 3_000
_MOST_BYTES = 8 * 1024 * 1024
_MOST_OF_ONE = 256 * 1024
_SECONDS = 6.0


class Text(Struct, frozen=True):
    """A file of the context: its path and text, and the language that it is source of ("" for others)."""

    path: Path
    text: str
    language: str


class Look:
    """One look at all images: texts and readings that several share, and the time (monotonic) by which it ends."""

    def __init__(self) -> None:
        self.end = time.monotonic() + _SECONDS
        self.texts: dict[Path, Text | None] = {}
        self.found: dict[Path, Found] = {}

    @property
    def late(self) -> str:
        """Why no more is read; "" while there is time."""
        return f"reading the source takes longer than {_SECONDS:.0f} s" if time.monotonic() > self.end else ""

    def text(self, path: Path) -> Text | None:
        """What ``text_of`` says of a file, which is read once."""
        if path not in self.texts:
            self.texts[path] = text_of(path)
        return self.texts[path]


class Taken(Struct, frozen=True):
    """What a build takes: texts, env files among them, whether prepared query data is, and what was left unread."""

    texts: tuple[Text, ...]
    env_files: tuple[Text, ...]
    query_data: str
    unread: str


def taken(target: Target, build: Build, dockerfile: Dockerfile, look: Look) -> Taken:
    """The files that the stages of an image take from the context; UnseenError when its ignore file is malformed."""
    context, matcher = Path(build.context), matcher_of(target, build)
    texts: list[Text] = []
    env_files: list[Text] = []
    data, size, unread = "", 0, ""
    for path in _paths(context, _roots(context, build, dockerfile), matcher):
        if len(texts) >= _MOST_FILES or size > _MOST_BYTES or look.late:
            unread = look.late or f"the build context has more source than is read ({len(texts)} files were)"
            break
        if path.name == "sqlx-data.json" or (path.parent.name == ".sqlx" and path.suffix == ".json"):
            data = data or path.relative_to(context).as_posix()
        elif (text := look.text(path)) is not None:
            size += len(text.text)
            (env_files if _ENV_FILE.match(path.name) else texts).append(text)
    return Taken(tuple(texts), tuple(env_files), data, unread)


def _roots(context: Path, build: Build, dockerfile: Dockerfile) -> Iterator[Path]:
    """What COPY, ADD and bind mounts of the stages name, in file order."""
    for stage in reached(dockerfile):
        variables = variables_of(dockerfile, build, stage)
        for step in stage.instructions:
            if step.name in {"COPY", "ADD"}:
                for source in sources(step, variables):
                    yield from _expanded(context, source.lstrip("/") or ".")
            elif step.name == "RUN":
                yield from (context / each for each in _bound(step))


def _bound(step: Instruction) -> Iterator[str]:
    for flag in step.flags:
        options = flag.removeprefix("--mount=")
        if flag.startswith("--mount=") and _BOUND.search(options) and "from=" not in options:
            named = re.search(r"(?:^|,)(?:source|src)=([^,]+)", options)
            yield named[1].lstrip("/") if named else "."


def _expanded(context: Path, source: str) -> list[Path]:
    if not any(char in source for char in "*?["):
        return [context / source]
    try:
        return sorted(context.glob(source))[:_MOST_FILES]
    except (ValueError, NotImplementedError, OSError):
        return []


def _paths(context: Path, roots: Iterable[Path], matcher: Any) -> Iterator[Path]:
    """Each file once, in name order; what the ignore file keeps out and what lies outside the context is left out."""
    seen: set[Path] = set()
    for root in roots:
        for path in below(Path(os.path.normpath(root))):
            if path in seen or not path.is_relative_to(context):
                continue
            seen.add(path)
            if not matcher.matches(path.relative_to(context).as_posix()):
                yield path


def below(root: Path) -> Iterator[Path]:
    """A file itself, or the files of a folder in name order, without those that hold no source of the user's."""
    if root.is_file():
        yield root
        return
    for place, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _APART)
        yield from (Path(place, name) for name in sorted(files))


def text_of(path: Path) -> Text | None:
    """A file that may name variables; None for one that does not, is too large, or is no text."""
    language = LANGUAGES.get(path.suffix.lower(), "")
    env_file = bool(_ENV_FILE.match(path.name))
    if not env_file and (_NO_SOURCE.search(path.name) or not (language or path.suffix.lower() in _MORE)):
        return None
    try:
        if not path.is_file() or path.stat().st_size > _MOST_OF_ONE:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return None if b"\0" in content else Text(path, content.decode("utf-8", "replace"), language)
