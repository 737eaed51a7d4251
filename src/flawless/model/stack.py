"""The stack as Compose resolves it, with the file and line that each element came from.

No secret value is in here: values that look secret are masked when the stack is parsed and only their
traits (length, strength, a fingerprint that compares within one run) are kept.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

MASK = "•••"


class Role(StrEnum):
    """What a service is for; detected from images, ports, URLs and proxy_pass, or set in flawless.toml."""

    PROXY = "proxy"
    FRONTEND = "frontend"
    BACKEND = "backend"
    DATABASE = "database"
    CACHE = "cache"
    JOB = "job"
    OTHER = "other"


DATA_ROLES = frozenset({Role.DATABASE, Role.CACHE})


class Origin(Struct, frozen=True):
    """Where something is written: a path relative to the stack's folder and a line from 1 (0: unknown)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class SecretTraits(Struct, frozen=True):
    """What may be known of a secret: never its value. ``score`` is zxcvbn's, 0 (worst) to 4."""

    length: int
    score: int
    placeholder: bool
    fingerprint: str


class UrlTraits(Struct, frozen=True):
    """A URL value taken apart, its password left out; ``problem`` is one sentence when it is malformed."""

    scheme: str = ""
    user: str = ""
    host: str = ""
    port: int | None = None
    path: str = ""
    password: SecretTraits | None = None
    problem: str = ""


class EnvVar(Struct, frozen=True):
    """One environment variable of a service; ``value`` is masked where it is secret."""

    name: str
    value: str
    origin: Origin
    secret: SecretTraits | None = None
    url: UrlTraits | None = None


class Port(Struct, frozen=True):
    """One published port; ``host_ip`` is empty when Compose binds all interfaces."""

    target: int
    published: str
    host_ip: str
    protocol: str
    origin: Origin

    @property
    def loopback(self) -> bool:
        """Whether it is bound to this machine only."""
        return self.host_ip.startswith("127.") or self.host_ip == "::1"


class Mount(Struct, frozen=True):
    """One mount: kind is ``bind``, ``volume`` or ``tmpfs``; a bind's source is an absolute host path."""

    kind: str
    source: str
    target: str
    read_only: bool
    origin: Origin


class Health(Struct, frozen=True):
    """A healthcheck: the test as Compose spells it, times in seconds (None: the engine's default)."""

    test: tuple[str, ...]
    disabled: bool
    origin: Origin
    interval: float | None = None
    timeout: float | None = None
    retries: int | None = None
    start_period: float | None = None


class Build(Struct, frozen=True):
    """How an image is built: context and Dockerfile as absolute paths, arguments masked like env.

    ``inline`` is a Dockerfile that stands inside the compose file, masked, its first line at ``inline_at``;
    ``contexts`` are additional contexts by name: a path, a URL, ``docker-image://...`` or ``service:...``.
    """

    context: str
    dockerfile: str
    target: str
    args: tuple[EnvVar, ...]
    origin: Origin
    inline: str = ""
    inline_at: Origin | None = None
    contexts: dict[str, str] = {}


class Limits(Struct, frozen=True):
    """Resource limits: CPUs, bytes of memory, processes; None where there is no limit."""

    cpus: float | None = None
    memory: int | None = None
    pids: int | None = None


class Attachment(Struct, frozen=True):
    """A service's place on a network, its extra names there, and its address where the file fixes one."""

    network: str
    aliases: tuple[str, ...] = ()
    fixed: str = ""


class Dependency(Struct, frozen=True):
    """A depends_on entry; condition is service_started, service_healthy or service_completed_successfully."""

    service: str
    condition: str


class Rollout(Struct, frozen=True):
    """Compose's ``update_config`` or ``rollback_config``: how the containers of a service are replaced.

    ``order`` and ``failure_action`` are empty when the file does not say. ``parallelism`` is how many at a time (0:
    all), ``delay`` the seconds between two batches, ``monitor`` the seconds for which a new container is watched after
    it came good, ``max_failure_ratio`` the share of the replicas that may fail and be replaced by others.
    """

    order: str = ""
    parallelism: int = 0
    delay: float = 0.0
    monitor: float = 0.0
    failure_action: str = ""
    max_failure_ratio: float = 0.0


class Service(Struct, frozen=True, kw_only=True):
    """One service as Compose resolves it.

    ``handed_name`` is set in a release's own model only: the files' ``container_name``, which a new container gets once
    the old one is gone, so that two can run at once meanwhile.
    """

    name: str
    role: Role = Role.OTHER
    image: str = ""
    build: Build | None = None
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    user: str = ""
    env: tuple[EnvVar, ...] = ()
    ports: tuple[Port, ...] = ()
    expose: tuple[int, ...] = ()
    mounts: tuple[Mount, ...] = ()
    networks: tuple[Attachment, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    health: Health | None = None
    restart: str = ""
    stop_grace: float | None = None
    stop_signal: str = ""
    read_only: bool = False
    tmpfs: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    cap_add: tuple[str, ...] = ()
    privileged: bool = False
    security_opt: tuple[str, ...] = ()
    init: bool = False
    limits: Limits = Limits()
    log_driver: str = ""
    log_options: dict[str, str] = {}
    secrets: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    container_name: str = ""
    network_mode: str = ""
    pid_mode: str = ""
    ipc_mode: str = ""
    replicas: int = 1
    update: Rollout = Rollout()
    rollback: Rollout = Rollout()
    handed_name: str = ""
    env_files: tuple[str, ...] = ()
    origins: dict[str, Origin] = {}

    def at(self, key: str) -> Origin:
        """Where ``key`` of this service is written; the service's own line when the key is absent."""
        return self.origins.get(key) or self.origins[""]

    @property
    def lender(self) -> str:
        """The service whose network this one uses (``network_mode: service:NAME``), or ""."""
        return self.network_mode.removeprefix("service:") if self.network_mode.startswith("service:") else ""

    def names(self, network: str) -> frozenset[str]:
        """Every name by which the service is reached on a network; empty when it is not on it."""
        for attachment in self.networks:
            if attachment.network == network:
                fixed = {self.container_name} - {""}
                return frozenset({self.name, *attachment.aliases, *fixed})
        return frozenset()

    def variable(self, name: str) -> EnvVar | None:
        """The environment variable of that name, or None."""
        return next((var for var in self.env if var.name == name), None)


class Network(Struct, frozen=True):
    """A network: key in the file, real name, and whether it is internal (no way out) or external.

    ``definition`` is Compose's hash of how it is defined; "" where it is not known.
    """

    name: str
    full_name: str
    internal: bool
    external: bool
    origin: Origin
    definition: str = ""


class Volume(Struct, frozen=True):
    """A named volume: key in the file, real name, and Compose's hash of its definition ("" where it is not known)."""

    name: str
    full_name: str
    external: bool
    origin: Origin
    definition: str = ""


class SecretFile(Struct, frozen=True):
    """A Compose secret: key and absolute path of its file (empty when it comes from elsewhere)."""

    name: str
    file: str
    origin: Origin


class Problem(Struct, frozen=True):
    """Something Compose itself warned of while it resolved the files."""

    message: str
    origin: Origin


class Stack(Struct, frozen=True, kw_only=True):
    """A whole stack. ``root`` is the absolute folder; ``digest`` covers the resolved model, secrets as fingerprints."""

    name: str
    root: str
    files: tuple[str, ...]
    services: tuple[Service, ...]
    networks: tuple[Network, ...] = ()
    volumes: tuple[Volume, ...] = ()
    secrets: tuple[SecretFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    digest: str = ""

    def service(self, name: str) -> Service | None:
        """The service of that name, or None."""
        return next((service for service in self.services if service.name == name), None)

    def network(self, name: str) -> Network | None:
        """The network of that key, or None."""
        return next((network for network in self.networks if network.name == name), None)

    def with_role(self, *roles: Role) -> tuple[Service, ...]:
        """The services that have one of the roles, in file order."""
        return tuple(service for service in self.services if service.role in roles)

    def attached(self, service: Service) -> tuple[Attachment, ...]:
        """The networks that a service is on: its own, or those of the service whose network it uses."""
        seen: set[str] = set()
        while service.lender and service.name not in seen:
            seen.add(service.name)
            service = self.service(service.lender) or service
        return service.networks

    def shared_networks(self, one: Service, other: Service) -> frozenset[str]:
        """Keys of the networks on which both services are."""
        ours = {attachment.network for attachment in self.attached(one)}
        return frozenset(ours & {attachment.network for attachment in self.attached(other)})

    def named(self, host: str, caller: Service) -> Service | None:
        """The service that ``caller`` reaches under the name ``host``, or None when no shared network has it."""
        for service in self.services:
            for network in self.shared_networks(caller, service):
                if host in service.names(network):
                    return service
        return None
