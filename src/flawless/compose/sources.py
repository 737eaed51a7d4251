"""Reading the files of a stack before Compose does: which they are, where their keys stand, and what cannot be read.

What would make Compose hang or eat the machine's memory is refused here.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from flawless import dotenv
from flawless.compose.locate import Document, Index, extended_key, scalars
from flawless.errors import UsageError
from flawless.model.settings import StackSettings
from flawless.model.stack import Origin

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
_MOST_BYTES = 10 * 1024 * 1024
_MOST_NODES = 1_000_000  # a stack of 1,000 services has about 50,000
_MOST_DEPTH = 500
_LEADING = re.compile(rb"^[ \-?:]{2000}", re.MULTILINE)
_BRACKET = re.compile(rb"[\[\]{}]")
_MOST_SECRET = 64 * 1024
_MOST_MOUNTED = 64
_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Flaw(Struct, frozen=True):
    """What PyYAML says of a file that it cannot read; Compose decides whether that matters."""

    message: str
    origin: Origin


class Sources(Struct, frozen=True):
    """The files of a stack: absolute paths in Compose's order, their index, texts by name, and flaws."""

    paths: tuple[Path, ...]
    index: Index
    texts: dict[str, str]
    flaws: tuple[Flaw, ...]


def find(root: Path, settings: StackSettings) -> tuple[Path, ...]:
    """The stack's Compose files; UsageError when the folder or a file is not there."""
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise UsageError(f"{root} {what}", remedy="name the folder that holds the compose file")
    if settings.files:
        return tuple(_named(root / name, "flawless.toml, stack.files or --file") for name in settings.files)
    if listed := _from_environment(root):
        return tuple(_named(root / name, "COMPOSE_FILE") for name in listed)
    first = next((root / name for name in NAMES if (root / name).exists()), None)
    if first is None:
        looked_for = ", ".join(NAMES)
        raise UsageError(f"{root} has no compose file", remedy=f"looked for {looked_for}; name another with --file")
    override = next((root / name for name in _OVERRIDES if (root / name).is_file()), None)
    return (first, override) if override else (first,)


def _named(path: Path, by: str) -> Path:
    if not path.is_file():
        raise UsageError(f"{path} does not exist, or is no file", where=by, remedy="correct the name")
    return path


def _from_environment(root: Path) -> list[str]:
    """``COMPOSE_FILE`` of the environment or of the stack's .env, split as Compose splits it."""
    text = _text_or_empty(root / ".env")

    def value(name: str) -> str:
        line = re.search(rf"^\s*(?:export\s+)?{name}\s*=\s*([^#\n]*)", text, re.MULTILINE)
        return os.environ.get(name) or (line[1].strip().strip("\"'") if line else "")

    separator = value("COMPOSE_PATH_SEPARATOR") or os.pathsep
    return [name for name in value("COMPOSE_FILE").split(separator) if name]


def _text_or_empty(path: Path) -> str:
    try:
        return path.read_bytes()[:_MOST_BYTES].decode("utf-8", "replace")
    except OSError:
        return ""


def load(root: Path, paths: Sequence[Path]) -> Sources:
    """Read the files and those that they include or extend; UsageError for what Compose must not be given."""
    reader = _Reader(root)
    project = paths[0].parent
    main = [reader.document(path, project) for path in paths]
    included = [document for each in main for document in reader.included(each, project)]
    documents = [*included, *main]
    extended = {key: document for each in documents for key, document in reader.extended(each)}
    return Sources(tuple(paths), Index(documents, extended), reader.texts, tuple(reader.flaws))


class _Reader:
    """Reads each file once and remembers texts and flaws."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: dict[Path, Document] = {}
        self.texts: dict[str, str] = {}
        self.flaws: list[Flaw] = []

    def document(self, path: Path, base: Path) -> Document:
        """One file as nodes; a document without nodes when its YAML is broken."""
        if path not in self._seen:
            name = self._shown(path)
            content = readable(path, name)
            self.texts[name] = content.decode("utf-16" if content.startswith(_BOMS) else "utf-8", "replace")
            self._seen[path] = Document(name, str(base), self._nodes(name, content))
        return self._seen[path]

    def _nodes(self, name: str, content: bytes) -> tuple[Any, ...]:
        try:
            nodes = tuple(node for node in yaml.compose_all(content, Loader=_LOADER) if node is not None)
        except (yaml.YAMLError, UnicodeError) as error:
            self.flaws.append(Flaw(_problem(error), Origin(name, _line(error, content))))
            return ()
        refuse_bombs(nodes, name)
        return nodes

    def included(self, document: Document, base: Path) -> Iterator[Document]:
        """What a document includes, the deepest first: a file that includes wins over what it includes."""
        for path, folder in _includes(document, base):
            if path.is_file() and path not in self._seen:
                other = self.document(path, folder)
                yield from self.included(other, folder)
                yield other

    def extended(self, document: Document) -> Iterator[tuple[str, Document]]:
        """The files whose services a document's services extend, and those that these extend in turn."""
        for file in _extended_files(document):
            path = Path(document.base, file)
            fresh = path not in self._seen
            if path.is_file():
                other = self.document(path, path.parent)
                yield extended_key(document.base, file), other
                if fresh:
                    yield from self.extended(other)

    def _shown(self, path: Path) -> str:
        return os.path.relpath(path, self._root) if path.is_relative_to(self._root) else str(path)


def readable(path: Path, name: str) -> bytes:
    """The file's content; UsageError when it is missing, too large, or no text."""
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            megabytes = f"{size / 1024 / 1024:.0f} MB"
            raise UsageError(
                f"{name} is {megabytes} large, a compose file has less than 10", remedy="name another file"
            )
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {name}: {error.strerror}", remedy="correct the name or the permissions"
        ) from error
    if b"\0" in content and not content.startswith(_BOMS):
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise UsageError(
            f"{name} is a binary file, not a compose file", where=f"{name}:{line}", remedy="name another file"
        )
    if deep := _depth(content):
        raise UsageError(f"{name} nests deeper than {_MOST_DEPTH} levels", where=f"{name}:{deep}", remedy="flatten it")
    return content


def _depth(content: bytes) -> int:
    """The line on which lists nest too deep for any YAML reader (libyaml's ends the process), or 0."""
    if found := _LEADING.search(content):
        return content[: found.start()].count(b"\n") + 1
    if content.count(b"[") + content.count(b"{") < _MOST_DEPTH:
        return 0
    depth = 0
    for found in _BRACKET.finditer(content):
        depth = depth + 1 if found[0] in b"[{" else max(depth - 1, 0)
        if depth > _MOST_DEPTH:
            return content[: found.start()].count(b"\n") + 1
    return 0


def refuse_bombs(nodes: Sequence[Any], name: str) -> None:
    """Raise UsageError when aliases, written out, are more than Compose can hold in memory, or never end."""
    sizes: dict[int, int] = {}
    for node in nodes:
        if _size(node, sizes, 0) > _MOST_NODES:
            raise UsageError(
                f"{name} stands for more than {_MOST_NODES:,} elements once its aliases are written out",
                where=f"{name}:{_largest_alias(node, sizes)}",
                remedy="write the file without nested aliases",
            )


def _size(node: Any, sizes: dict[int, int], depth: int) -> int:
    """Elements of a node, aliases written out. A node that is met inside itself has no end."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = _MOST_NODES + 1
    if depth > _MOST_DEPTH:
        return _MOST_NODES + 1
    children = node.value if isinstance(node, yaml.CollectionNode) else ()
    total = 1
    for child in children:
        for each in child if isinstance(child, tuple) else (child,):
            total += _size(each, sizes, depth + 1)
    sizes[id(node)] = total
    return total


def _largest_alias(node: Any, sizes: dict[int, int]) -> int:
    """The line of the outermost element that is too large."""
    for _, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if sizes.get(id(value), 0) > _MOST_NODES:
            return int(value.start_mark.line) + 1
    return int(node.start_mark.line) + 1


def _includes(document: Document, base: Path) -> Iterator[tuple[Path, Path]]:
    for item in Index([document]).items("include"):
        fields = item.fields
        path = base / fields.get("path", item.text)
        yield path, base / fields["project_directory"] if "project_directory" in fields else path.parent
    for node in document.nodes:
        yield from _path_lists(node, base)


def _path_lists(node: Any, base: Path) -> Iterator[tuple[Path, Path]]:
    """Includes of the form ``path: [first, second]``."""
    index = Index([])
    for _, value in filter(None, (index.table(node).get("include"),)):
        for entry in value.value if isinstance(value, yaml.SequenceNode) else ():
            _, paths = index.table(entry).get("path", (0, None))
            files = [each.value for each in paths.value] if isinstance(paths, yaml.SequenceNode) else []
            folder = scalars(entry).get("project_directory") or (str(Path(files[0]).parent) if files else "")
            yield from ((base / file, base / folder) for file in files)


def _extended_files(document: Document) -> Iterator[str]:
    index = Index([document])
    for name in index.keys("services"):
        for node in document.nodes:
            _, services = index.table(node).get("services", (0, None))
            _, service = index.table(services).get(name, (0, None))
            _, extends = index.table(service).get("extends", (0, None))
            if file := scalars(extends).get("file", ""):
                yield file


def _problem(error: Exception) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it is no YAML")


def _line(error: Exception, content: bytes) -> int:
    """The line of a fault; what is no text has a place in bytes only."""
    mark = getattr(error, "problem_mark", None)
    if mark:
        return int(mark.line) + 1
    place = getattr(error, "position", None)
    return content[:place].count(b"\n") + 1 if isinstance(place, int) else 0


def env_lines(paths: Sequence[str]) -> dict[str, dict[str, int]]:
    """For each env file that can be read, the line of each name."""
    return {path: dotenv.names(_text_or_empty(Path(path))) for path in paths}


def secret_texts(model: dict[str, Any]) -> dict[str, str]:
    """The text of each secret file that can be read, by the secret's name, without the blanks around it."""
    found = {}
    for name, secret in (model.get("secrets") or {}).items():
        path = Path((secret or {}).get("file") or "")
        with contextlib.suppress(OSError):
            if path.is_file():
                found[name] = path.read_bytes()[:_MOST_SECRET].decode("utf-8", "replace").strip()
    return found


def mounted_texts(model: dict[str, Any]) -> Iterator[str]:
    """The texts of configuration that services mount: files, and the files right below a folder; the first 64 KiB."""
    for path in islice(_mounted(model), _MOST_MOUNTED):
        with contextlib.suppress(OSError, UnicodeDecodeError), path.open("rb") as stream:
            yield stream.read(_MOST_SECRET).decode()


def _mounted(model: dict[str, Any]) -> Iterator[Path]:
    mounts = (mount for service in model["services"].values() for mount in service.get("volumes") or ())
    sources = [each["source"] for each in mounts if each.get("type") == "bind"]
    sources += [each["file"] for each in (model.get("configs") or {}).values() if (each or {}).get("file")]
    for path in map(Path, dict.fromkeys(sources)):
        with contextlib.suppress(OSError):
            found = sorted(path.iterdir()) if path.is_dir() else [path]
            yield from (each for each in found if each.is_file())
