"""What probes observe of images, of the live system and in the soak window; files have a module of their own."""

from __future__ import annotations

from msgspec import Struct

from flawless.model.observed_files import SecretHit

# --- images ----------------------------------------------------------------------------------------


class ImageFacts(Struct, frozen=True, kw_only=True):
    """A built image's configuration; sizes in bytes, environment by name only, secrets as hits."""

    id: str
    size: int
    user: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    health_test: tuple[str, ...]
    env_names: tuple[str, ...]
    labels: dict[str, str]
    secrets: tuple[SecretHit, ...]
    stop_signal: str = ""


class ImageFiles(Struct, frozen=True, kw_only=True):
    """What the layers of an image hold; paths have no slash in front.

    ``compilers`` and ``managers`` (of packages) are programs that a container of it finds, ``sources`` files of
    compiled languages and bundled frontends. ``secrets`` are those of any layer, also where a later one deletes them.
    """

    layers: int
    compilers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    secrets: tuple[SecretHit, ...] = ()


class Trial(Struct, frozen=True):
    """A program of an image, run in a container without network, volumes, environment of the stack and rights.

    ``status`` is its exit code, None while it still ran when the time was up; ``output`` are its first lines;
    ``refused`` is what the engine said when it could not be started at all. An empty ``argv``: there was none to run.
    """

    argv: tuple[str, ...]
    status: int | None = None
    output: tuple[str, ...] = ()
    seconds: float = 0.0
    refused: str = ""


class FormerImage(Struct, frozen=True):
    """The image that a service has in the last good release: the release's id, and bytes; "" and 0 without one."""

    release: str
    size: int


class BuildResult(Struct, frozen=True):
    """How a build ended: the last lines of its log when it failed."""

    ok: bool
    seconds: float
    tail: tuple[str, ...]


# --- rehearsal -------------------------------------------------------------------------------------


class Published(Struct, frozen=True):
    """A port the engine really publishes."""

    host_ip: str
    host_port: int
    target: int


class HeldVolume(Struct, frozen=True):
    """A volume that a container mounts, and where; an anonymous one goes with its container."""

    name: str
    target: str
    anonymous: bool


class Made(Struct, frozen=True):
    """A network or a volume of the project as the engine has it: Compose's key and the real name.

    ``definition`` is Compose's hash of what it was made from ("" where it is not labelled); ``members`` are the
    containers on a network, as (id, name).
    """

    key: str
    name: str
    definition: str
    members: tuple[tuple[str, str], ...] = ()


class ContainerState(Struct, frozen=True, kw_only=True):
    """One container as the engine describes it; times in seconds since the epoch, memory in bytes."""

    id: str
    name: str
    number: int
    image_id: str
    image: str
    config_hash: str
    revision: str
    state: str
    health: str
    health_output: str
    exit_code: int
    oom_killed: bool
    restart_count: int
    started_at: float
    error: str
    user: str
    read_only: bool
    privileged: bool
    cap_add: tuple[str, ...]
    cap_drop: tuple[str, ...]
    security_opt: tuple[str, ...]
    memory: int
    cpus: float
    pids: int
    networks: dict[str, str]
    published: tuple[Published, ...]
    volumes: tuple[HeldVolume, ...] = ()


class Process(Struct, frozen=True):
    """A process inside a container, seen from the host."""

    container: str
    pid: int
    uid: int
    command: str


class Usage(Struct, frozen=True):
    """A container's use of resources now; ``cpu`` is in cores, limits are 0 where there are none.

    ``waits``: of the time slices in which it wanted the CPU, the share in which its limit held it back (cgroups(7));
    ``waited``: the same since its start.
    """

    container: str
    memory: int
    memory_limit: int
    cpu: float
    cpu_limit: float
    pids: int
    pids_limit: int
    waits: float = 0.0
    waited: float = 0.0


class LogTemplate(Struct, frozen=True):
    """Lines of one shape: the masked template, how many, and one masked example."""

    template: str
    count: int
    example: str


class LoggedSecret(Struct, frozen=True):
    """A secret that a log gives away, by name only: when it was first seen, how often, only its beginning?"""

    name: str
    at: float
    count: int
    beginning: bool = False


class LogScan(Struct, frozen=True):
    """What the logs of a service hold since it started: lines read, error-class templates, and secrets seen in them."""

    lines: int
    errors: tuple[LogTemplate, ...]
    secrets: tuple[LoggedSecret, ...] = ()


class LastWords(Struct, frozen=True):
    """The last lines that a container logged, masked."""

    container: str
    lines: tuple[str, ...]


class Login(Struct, frozen=True):
    """An attempt to use a database or cache from inside the caller's network with the caller's credentials.

    ``stage`` is where it ended: resolve, connect, login, query, or done.
    """

    variable: str
    target: str
    stage: str
    message: str
    code: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it went all the way."""
        return self.stage == "done"


class Reach(Struct, frozen=True):
    """A TCP connection tried from inside a service's networks: state is open, refused, unresolved or timeout."""

    caller: str
    host: str
    port: int
    network: str
    state: str
    seconds: float


class InsideAnswer(Struct, frozen=True):
    """An HTTP answer got from inside the stack's networks; status 0 when there was none."""

    caller: str
    url: str
    status: int
    message: str
    seconds: float

    @property
    def page(self) -> bool:
        """Whether it is a page for people, such as a login form."""
        return self.message.lstrip().lower().startswith(("<!doctype", "<html"))


UNTRUSTED = "the certificate is not trusted"
"""How every reason begins why nothing was asked of a server whose certificate is none: that check tells it once."""


class RouteAnswer(Struct, frozen=True):
    """An HTTP answer through the proxy from outside; status 0 when there was none. Headers in lower case.

    ``seconds`` is the median over ``samples`` answers.
    """

    url: str
    path: str
    status: int
    seconds: float
    headers: dict[str, str]
    error: str
    extract: str
    samples: int = 1


class TlsFacts(Struct, frozen=True):
    """The proxy's TLS as a client sees it; times in seconds since the epoch."""

    host: str
    port: int
    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    verified: bool
    verify_error: str
    protocols: tuple[str, ...]
    cipher: str
    now: float


class HostFacts(Struct, frozen=True):
    """The machine that runs the engine; sizes in bytes, None where something cannot be seen.

    ``memory_free`` is what programs can still have (MemAvailable of proc_meminfo(5)); ``stalled`` the share of the
    last 10 seconds in which nothing ran for want of memory (``full avg10`` of /proc/pressure/memory).
    """

    engine: str
    api: str
    compose: str
    cpus: int
    memory: int
    disk_free: int | None
    disk_total: int | None
    memory_free: int | None = None
    stalled: float | None = None


class ForeignContainer(Struct, frozen=True):
    """A container outside this stack that holds a name the stack needs."""

    name: str
    service: str
    owner: str


class ReleaseFacts(Struct, frozen=True):
    """A recorded release and whether all it needs is still with the engine.

    ``revisions`` are those of services that are not from the release's own commit.
    """

    id: str
    revision: str
    state: str
    images: dict[str, str]
    missing: tuple[str, ...]
    revisions: dict[str, str] = {}


# --- soak ------------------------------------------------------------------------------------------


class Sample(Struct, frozen=True):
    """A stretch of the soak: its end in seconds since the start, and the means of memory (bytes) and CPU (cores)."""

    at: float
    memory: int
    cpu: float


class Window(Struct, frozen=True):
    """A service over the soak window: changes of state counted, samples, error templates new to the baseline.

    ``asked`` is how long the window should be, ``seconds`` how long it was; both in seconds. ``peak`` is the highest
    memory of all readings, which samples only average. ``throttled`` of ``periods`` of the CPU limit it had to wait.
    """

    seconds: float
    asked: float
    restarts: int
    oom_kills: int
    health_flaps: int
    samples: tuple[Sample, ...]
    new_errors: tuple[LogTemplate, ...]
    peak: int = 0
    periods: int = 0
    throttled: int = 0


class PathLatency(Struct, frozen=True):
    """What the prober measured of one path; times in milliseconds."""

    path: str
    samples: int
    failed: int
    p50_ms: float
    p95_ms: float


class Stretch(Struct, frozen=True):
    """The prober's answers in a stretch of the soak that ends ``at`` seconds; times are 0 when none came."""

    at: float
    answered: int
    failed: int
    p50_ms: float
    p95_ms: float


class Latency(Struct, frozen=True):
    """What the prober measured through the proxy over the window; times in milliseconds.

    The numbers are those of ``target``; ``paths`` are further ones, ``course`` is ``target`` over time.
    """

    target: str
    samples: int
    failed: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    paths: tuple[PathLatency, ...] = ()
    course: tuple[Stretch, ...] = ()
    first_failure: str = ""
