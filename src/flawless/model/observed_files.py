"""What probes of files answer, those of other people's tools among them."""

from __future__ import annotations

from msgspec import Struct

from flawless.model.nginx import NginxConfig
from flawless.model.stack import Origin


class InputPath(Struct, frozen=True):
    """A path that the stack needs: kind is context, dockerfile, copy, program, env_file, bind or secret.

    ``tracked`` and ``ignored`` are git's answers, None where there is no repository. ``hidden``: the .dockerignore
    keeps it from the build.
    """

    path: str
    kind: str
    exists: bool
    tracked: bool | None
    ignored: bool | None
    origin: Origin
    hidden: bool = False


class IgnoreFile(Struct, frozen=True):
    """The .dockerignore of a build context; ``leaks`` are paths of risk that still enter the context."""

    path: str
    exists: bool
    tracked: bool | None
    leaks: tuple[str, ...]


class Package(Struct, frozen=True):
    """A locked dependency; ecosystem in OSV's spelling (PyPI, npm, crates.io)."""

    ecosystem: str
    name: str
    version: str
    origin: Origin


class Manifest(Struct, frozen=True):
    """A dependency manifest: its lock ("" when there is none) and whether a Dockerfile installs from the lock.

    ``pinned`` tells whether the build uses the lock strictly (None: no Dockerfile installs it);
    ``stale`` gives the reason when the lock does not fit the manifest.
    """

    path: str
    ecosystem: str
    lock: str
    lock_tracked: bool | None
    pinned: bool | None
    stale: str
    packages: tuple[Package, ...]
    install_origin: Origin | None = None


class Vulnerability(Struct, frozen=True):
    """A known vulnerability of a locked dependency."""

    id: str
    package: str
    version: str
    severity: str
    fixed: str
    origin: Origin


class AdvisoryScan(Struct, frozen=True):
    """What an advisory database said: source, how many packages were asked about, and what was found."""

    source: str
    packages: int
    found: tuple[Vulnerability, ...]


class SecretHit(Struct, frozen=True):
    """A secret where none should be; ``kind`` says what it looks like, never the value."""

    path: str
    line: int
    kind: str


class GitState(Struct, frozen=True):
    """The checkout: whether it is a repository, its revision, what differs from it, and secrets it tracks."""

    repository: bool
    revision: str
    dirty: tuple[str, ...]
    tracked_secrets: tuple[SecretHit, ...]


class PastSecret(Struct, frozen=True):
    """A secret in an earlier commit: the file's path in it, the line there (0: all of it), its kind, and the commit."""

    path: str
    line: int
    kind: str
    commit: str


class History(Struct, frozen=True):
    """What was searched for secrets in earlier commits, and by whom; ``unsearched`` says why not (all of) it was."""

    tool: str
    secrets: tuple[PastSecret, ...]
    unsearched: str = ""


class ExampleVariable(Struct, frozen=True):
    """A variable that an example env file names and nothing provides."""

    name: str
    origin: Origin


class SourceLine(Struct, frozen=True):
    """Something that a file says, and where."""

    text: str
    origin: Origin


class Program(Struct, frozen=True, kw_only=True):
    """What the Dockerfile and the source of one service say of the program, as far as literals tell it.

    ``exposed`` and ``health`` are the Dockerfile's EXPOSE and effective HEALTHCHECK; ``port`` is its ENV PORT, else
    what the source takes without one; ``reads_port`` tells whether the program listens where PORT says; ``listens``
    are port numbers that no variable changes. ``websockets`` and ``unrouted`` are paths ("" when the source does not
    tell one): of WebSocket routes, and of what looks like a route and is none. ``cors`` are rules that let every
    origin in with credentials, ``credentials`` all that allow credentials. ``script`` is the text of the shell script
    that the container starts with, where the build copies it in; ``unexecutable`` is such a script whose mode, in
    git or without it on the disk, does not let it be executed.
    """

    service: str
    exposed: tuple[int, ...] = ()
    health: bool = False
    port: str = ""
    reads_port: bool = False
    listens: tuple[SourceLine, ...] = ()
    websockets: tuple[SourceLine, ...] = ()
    unrouted: tuple[SourceLine, ...] = ()
    cors: tuple[SourceLine, ...] = ()
    credentials: tuple[SourceLine, ...] = ()
    script: SourceLine | None = None
    unexecutable: Origin | None = None


class Proxy(Struct, frozen=True):
    """A service that may be an nginx: its configuration, or None and the reason why it cannot be read."""

    service: str
    config: NginxConfig | None
    reason: str = ""


class CertificateFile(Struct, frozen=True, kw_only=True):
    """A certificate that a proxy's configuration names; ``path`` in the container, times in seconds since the epoch.

    ``state`` and ``key`` are ``here``, ``missing`` (its place is in these files and it is not there), ``elsewhere``
    (its place is on no disk that can be seen) or ``broken``; a key that is here and belongs to another certificate
    ``differs``. ``servers`` are the names that the server blocks which use it answer to.
    """

    path: str
    state: str
    key: str
    origin: Origin
    servers: tuple[str, ...] = ()
    detail: str = ""
    names: tuple[str, ...] = ()
    not_before: float = 0.0
    not_after: float = 0.0
    now: float = 0.0


class NameRead(Struct, frozen=True):
    """A variable that a program reads, at the first place that tells most.

    ``required``: it stops or raises without it. ``default``: it goes on with a value of its own.
    ``baked``: what counts is its value while the image is built; one given at run time is not seen.
    """

    name: str
    origin: Origin
    required: bool = False
    default: bool = False
    baked: bool = False


class Untold(Struct, frozen=True):
    """A place that reads names put together while the program runs: any that begins so ("": any at all)."""

    prefix: str
    origin: Origin


class Source(Struct, frozen=True, kw_only=True):
    """What the files of one image that is built here say of environment variables.

    ``services`` run the image. ``mentioned`` are those of their variables whose names stand anywhere in its files.
    ``shipped`` are names that the image itself sets, ``at_build`` those that have a value while it is built.
    ``bundled``: a step of the build makes a bundle for browsers. ``command``: its ENTRYPOINT and CMD as one text.
    ``queries`` are macros that need the database's shape to compile, ``query_data`` what gives it to them.
    ``unread`` says why not everything was read ("" when all was).
    """

    dockerfile: str
    services: tuple[str, ...]
    base: str = ""
    command: str = ""
    languages: tuple[str, ...] = ()
    reads: tuple[NameRead, ...] = ()
    untold: tuple[Untold, ...] = ()
    mentioned: tuple[str, ...] = ()
    shipped: tuple[str, ...] = ()
    at_build: tuple[str, ...] = ()
    bundled: bool = False
    queries: tuple[Origin, ...] = ()
    query_data: str = ""
    unread: str = ""


class InitScripts(Struct, frozen=True):
    """Scripts that make roles and databases in an empty volume: those of ``names`` that they name.

    ``opaque``: they take a name from a variable, so that they may make any.
    """

    files: tuple[str, ...]
    names: tuple[str, ...]
    opaque: bool


class Script(Struct, frozen=True):
    """A shell script of the stack: its path, the shell that runs it, and its masked text.

    ``line`` is where in ``path`` a text stands that is not the whole file, such as a command; 0 for a whole file.
    """

    path: str
    shell: str
    text: str
    line: int = 0


class LintHit(Struct, frozen=True):
    """One finding of another tool: its own code and level (error, warning, info), message, and place."""

    code: str
    level: str
    message: str
    origin: Origin


class LintRun(Struct, frozen=True):
    """A run of another tool over some files. ``absent`` says why it did not run, "" when it did."""

    tool: str
    files: int
    hits: tuple[LintHit, ...]
    absent: str = ""


class OutdatedPackage(Struct, frozen=True):
    """A direct dependency that is behind: the locked version, the newest one that its manifest allows."""

    name: str
    version: str
    newest: str
    origin: Origin


class Freshness(Struct, frozen=True):
    """One manifest asked about newer releases: by which tool, for how many packages. ``unseen``: why it was not."""

    manifest: str
    tool: str
    asked: int
    outdated: tuple[OutdatedPackage, ...]
    unseen: str = ""


class MigrationTool(Struct, frozen=True):
    """A tool whose migrations are in the stack's folder, and the command that applies them ("" where none is usual)."""

    tool: str
    folder: str
    command: tuple[str, ...] = ()
