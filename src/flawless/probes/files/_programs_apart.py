"""Whose source a file is: of the program that an image runs, of another one beside it, or of a tool of its makers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import structs

from flawless.model.dockerfile import Dockerfile
from flawless.model.stack import Build
from flawless.probes.files._reads import NOTHING, Found, Read
from flawless.probes.files._source_files import Look, Taken, Text
from flawless.probes.files._stages import reached
from flawless.probes.files.dockerfiles import dockerfile_path

_BASES = (
    ("python", re.compile(r"(?:^|/)(?:python|pypy|uv|uvicorn-gunicorn[\w-]*|django|fastapi)\b")),
    ("js", re.compile(r"(?:^|/)(?:node|bun|deno|nodejs[\w-]*)\b")),
    ("rust", re.compile(r"(?:^|/)(?:rust|cargo-chef|rust-musl[\w-]*)\b")),
    ("go", re.compile(r"(?:^|/)(?:golang|go)\b")),
)
_TOOLS = (
    ("python", re.compile(r"\b(?:pip3?|poetry|pdm|pipenv|uvicorn|gunicorn|python3?|uv sync)\b")),
    ("js", re.compile(r"\b(?:npm|npx|yarn|pnpm|bun|node)\b")),
    ("rust", re.compile(r"\bcargo\b")),
    ("go", re.compile(r"\bgo (?:build|install|run)\b")),
)
_MARKERS = {"python": ("pyproject.toml", "manage.py", "setup.cfg"), "js": ("package.json",), "rust": (), "go": ()}
_TOOL_FOLDERS = frozenset(
    {"scripts", "script", "tools", "tool", "seeds", "seed", "commands", "hack", "dev", "bin", "cmd"}
)
_TOOL_FILES = re.compile(
    r"\A(?:build\.rs|seed\w*\.\w+|(?:[\w.-]+\.)?config\.\w+|(?:drizzle|knexfile|playwright)[\w.-]*)\Z"
)
_WORDS = re.compile(r"[\s\"';,=]+")
Reading = tuple[Text, Iterable[Read], Iterable[tuple[str, int]]]


def languages_of(dockerfile: Dockerfile, commands: str) -> tuple[str, ...]:
    """The languages of the programs that an image is built to run: from its stages' bases, else from its commands."""
    bases = [stage.base.partition("@")[0].lower() for stage in reached(dockerfile)]
    found = [language for language, pattern in _BASES if any(pattern.search(base) for base in bases)]
    found += [language for language, pattern in _TOOLS if pattern.search(commands)]
    return tuple(dict.fromkeys(found))


def claims(
    build: Build, dockerfile: Dockerfile, files: Taken, languages: Iterable[str], *, started: str, look: Look
) -> Iterator[Reading]:
    """What each file of the languages, and each script that is started, reads.

    Nothing is demanded by a file of another program, of a tool, or of what only the build runs.
    """
    context = Path(build.context)
    scripts = frozenset(word.rpartition("/")[2] for word in _WORDS.split(started))
    foreign = {language: tuple(_foreign(context, build, dockerfile, files.texts, language)) for language in languages}
    for text in files.texts:
        found = _found(text, languages, scripts, look)
        if found is NOTHING:
            continue
        apart = foreign.get(text.language, ())
        if _of_a_tool(context, text.path) or any(folder in text.path.parents for folder in apart):
            yield text, [structs.replace(each, required=False) for each in found.reads], found.untold
        else:
            yield text, found.reads, found.untold


def _found(text: Text, languages: Iterable[str], started: frozenset[str], look: Look) -> Found:
    if text.language in languages:
        if text.path not in look.found:
            look.found[text.path] = _reader(text.language, text.text)
        return look.found[text.path]
    script = text.path.suffix in {".sh", ".bash", ""} and text.text.startswith("#!")
    if script and text.path.name in started:
        return _reader("shell", text.text)
    return NOTHING


def _reader(language: str, text: str) -> Found:
    if language == "python":
        from flawless.probes.files._reads_python import read
    elif language == "rust":
        from flawless.probes.files._reads_rust import read
    elif language == "go":
        from flawless.probes.files._reads_go import read
    elif language == "js":
        from flawless.probes.files._reads_js import read
    else:
        from flawless.probes.files._reads_shell import read
    return read(text)


def _of_a_tool(context: Path, path: Path) -> bool:
    folders = path.relative_to(context).parts[:-1]
    return bool(_TOOL_FOLDERS.intersection(folders)) or bool(_TOOL_FILES.match(path.name))


def _foreign(
    context: Path, build: Build, dockerfile: Dockerfile, texts: Iterable[Text], language: str
) -> Iterator[Path]:
    """Folders of other programs: where several lie side by side, all but those that the Dockerfile names or is in."""
    leaves = _leaves(
        {
            _program(text.path, language)
            for text in texts
            if text.language == language or text.path.name in _MARKERS[language]
        }
    )
    if len(leaves) < 2:
        return
    folder = dockerfile_path(build).parent
    named = " ".join(step.original for stage in reached(dockerfile) for step in stage.instructions)
    own = [leaf for leaf in leaves if leaf == folder or leaf in folder.parents]
    own = own or [
        leaf for leaf in leaves if re.search(rf"(?:^|[\s/=@\"']){re.escape(leaf.name)}(?:$|[\s/\"'.])", named)
    ]
    yield from (leaf for leaf in leaves if len(own) > 1 or leaf not in own)


def _program(path: Path, language: str) -> Path | None:
    """The folder of the program that a file marks, None for a file that marks none."""
    if path.name in _MARKERS[language]:
        return path.parent
    return path.parent.parent if language == "rust" and path.name == "main.rs" and path.parent.name == "src" else None


def _leaves(folders: Iterable[Path | None]) -> list[Path]:
    """The folders in which no other one lies."""
    real = [folder for folder in folders if folder]
    return sorted(folder for folder in real if not any(folder in other.parents for other in real))
