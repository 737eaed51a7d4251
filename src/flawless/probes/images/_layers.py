"""The files of an image, read from its archive as it comes: nothing is unpacked, and nothing runs.

The form is that of ``docker save``, in its old layout and in that of the OCI: a ``manifest.json`` names the layers,
each a tar of its own. What a later layer takes away is marked there by files whose names begin with ``.wh.``
(github.com/opencontainers/image-spec/blob/main/layer.md).
"""

from __future__ import annotations

import json
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from typing import IO

from msgspec import Struct, field

from flawless.errors import FlawlessError
from flawless.model.observed import ImageFiles
from flawless.model.observed_files import SecretHit
from flawless.probes.files._secrets import in_content, suspect

_COMPILERS = frozenset(
    {"gcc", "g++", "cc", "c++", "clang", "clang++", "rustc", "cargo", "go", "javac", "ghc", "swiftc", "zig"}
    | {"make", "cmake", "ninja", "mvn", "gradle", "msbuild"}
)
_MANAGERS = frozenset(
    {"apt-get", "apk", "dnf", "microdnf", "yum", "zypper", "pip", "pip3", "npm", "yarn", "pnpm", "gem"}
)
_RUNTIMES = frozenset({"node", "bun", "deno"})
_BIN = frozenset({"bin", "sbin"})
_COMPILED = frozenset({".rs", ".go", ".java", ".kt", ".scala", ".cs", ".c", ".cc", ".cpp", ".swift", ".hs", ".zig"})
_BUNDLED = frozenset({".ts", ".tsx", ".jsx", ".vue", ".svelte"})
# What the distribution and package managers put there is not the user's: test keys, headers, examples.
_SYSTEM = (
    "usr/",
    "lib/",
    "lib32/",
    "lib64/",
    "bin/",
    "sbin/",
    "boot/",
    "dev/",
    "proc/",
    "sys/",
    "var/lib/",
    "var/cache/",
)
_OWN = ("usr/src/", "usr/local/", "usr/share/nginx/")
_FOREIGN = ("usr/src/linux", "usr/local/lib/", "usr/local/go/", "usr/local/include/", "usr/local/share/")
_SNAKEOIL = "etc/ssl/private/ssl-cert-snakeoil.key"
_PACKAGES = frozenset(
    {"node_modules", "site-packages", "dist-packages", ".cargo", ".rustup", "cargo", "rustup", "gems", ".m2"}
    | {".npm", ".cache", "vendor", "bower_components"}
)
_GONE, _ALL_GONE = ".wh.", ".wh..wh..opq"
_MOST_OF_ONE = 256 * 1024
_MOST_NOTED = 20_000
_MOST_SHOWN = 20
_PIECE = 1 << 20
_MALFORMED = (
    *(tarfile.TarError, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, LookupError, TypeError),
    RecursionError,
)


class UnreadableError(FlawlessError):
    """An archive that is not of the documented form, or holds a layer that cannot be read."""


class Layer(Struct):
    """What is of interest in one layer: paths, paths that it takes away, and secrets."""

    files: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    secrets: list[SecretHit] = field(default_factory=list)


def read(stream: IO[bytes]) -> ImageFiles:
    """What the layers hold; UnreadableError names the layer that cannot be read."""
    layers: dict[str, Layer] = {}
    same: dict[str, str] = {}
    order: list[str] = []
    try:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=_PIECE) as archive:
            for member in _members(archive):
                if member.issym():
                    same[member.name] = posixpath.normpath(
                        posixpath.join(posixpath.dirname(member.name), member.linkname)
                    )
                elif member.name == "manifest.json":
                    order = _order(archive, member)
                elif member.isfile() and (member.name.endswith("/layer.tar") or member.name.startswith("blobs/")):
                    layer = _layer(archive, member)
                    layers.update({member.name: layer} if layer else {})
    except _MALFORMED as error:
        raise UnreadableError(f"the archive of the image cannot be read: {error}") from error
    lacking = next((name for name in order if same.get(name, name) not in layers), None)
    if lacking or not order:
        what = f"its layer {lacking[:80]} is of no known form" if lacking else "it names no layer"
        raise UnreadableError(f"the archive of the image cannot be read: {what}")
    return _merged([layers[same.get(name, name)] for name in order])


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The entries one after the other; tarfile itself would keep all of them."""
    while member := archive.next():
        archive.members = []  # type: ignore[attr-defined]  # no other way to let go of them
        yield member


def _order(archive: tarfile.TarFile, member: tarfile.TarInfo) -> list[str]:
    found = archive.extractfile(member)
    return [str(name) for name in json.loads(found.read())[0]["Layers"]] if found else []


def _layer(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Layer | None:
    """One layer; None for a blob that is no tar, such as the image's configuration."""
    inner = archive.extractfile(member)
    layer = Layer()
    try:
        with tarfile.open(fileobj=inner, mode="r|*", bufsize=_PIECE) as files:
            for each in _members(files):
                _note(layer, files, each)
    except tarfile.ReadError:
        return None
    return layer


def _note(layer: Layer, files: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    path = posixpath.normpath(member.name).lstrip("/")
    folder, name = posixpath.split(path)
    if name == _ALL_GONE:
        layer.gone.append(f"{folder}/" if folder else "")
    elif name.startswith(_GONE):
        layer.gone.append(posixpath.join(folder, name.removeprefix(_GONE)))
    elif not member.isdir() and len(layer.files) < _MOST_NOTED and _telling(path):
        layer.files.append(path)
    if member.isfile() and member.size <= _MOST_OF_ONE and suspect(path) and _own(path) and path != _SNAKEOIL:
        content = files.extractfile(member)
        hits = in_content(path, content.read() if content else b"")
        layer.secrets += [SecretHit(path, line, kind) for line, kind in hits]


def _telling(path: str) -> bool:
    """Whether a path is a program that is asked for, a source, or a file that may hold a secret."""
    folder, name = posixpath.split(path)
    if posixpath.basename(folder) in _BIN:
        return name in _COMPILERS or name in _MANAGERS or name in _RUNTIMES
    return _own(path) and (posixpath.splitext(name)[1] in _COMPILED | _BUNDLED or suspect(path))


def _own(path: str) -> bool:
    """Whether a path is where images keep what is theirs, and not the distribution's or a package's."""
    if path.startswith(_SYSTEM) and not (path.startswith(_OWN) and not path.startswith(_FOREIGN)):
        return False
    return not _PACKAGES.intersection(path.split("/")[:-1]) and "/pkg/mod/" not in path


def _merged(layers: list[Layer]) -> ImageFiles:
    """The layers laid over each other; what a layer takes away is taken from those below it."""
    final: dict[str, None] = {}
    for layer in layers:
        for gone in layer.gone:
            below = gone if gone.endswith("/") or not gone else f"{gone}/"
            final = {path: None for path in final if path != gone and not path.startswith(below)}
        final.update(dict.fromkeys(layer.files))
    names = {path: posixpath.basename(path) for path in final if posixpath.basename(posixpath.dirname(path)) in _BIN}
    suffixes = _COMPILED if _RUNTIMES.intersection(names.values()) else _COMPILED | _BUNDLED
    sources = [path for path in final if posixpath.splitext(path)[1] in suffixes and not path.endswith(".d.ts")]
    return ImageFiles(
        layers=len(layers),
        compilers=_shown(path for path, name in names.items() if name in _COMPILERS),
        managers=_shown(path for path, name in names.items() if name in _MANAGERS),
        sources=_shown(sources),
        secrets=tuple(_secrets(layers, set(final)))[:_MOST_SHOWN],
    )


def _secrets(layers: list[Layer], final: set[str]) -> Iterator[SecretHit]:
    """Each secret once, however many layers hold it; one that is in no final file is in the image all the same."""
    found = dict.fromkeys(hit for layer in layers for hit in layer.secrets)
    for hit in found:
        deleted = "" if hit.path in final else ", which a later layer deletes"
        yield SecretHit(hit.path, hit.line, f"{hit.kind}{deleted}")


def _shown(paths: Iterable[str]) -> tuple[str, ...]:
    """The first of the paths, as text also where their bytes are no UTF-8."""
    clean = (path.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for path in paths)
    return tuple(sorted(clean))[:_MOST_SHOWN]
