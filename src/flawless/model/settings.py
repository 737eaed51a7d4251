"""What a user may set; every field has the default that a stack without flawless.toml gets."""

from __future__ import annotations

from msgspec import Struct

from flawless.model.settings_app import AppSettings


class Waiver(Struct, frozen=True, forbid_unknown_fields=True):
    """A finding that is accepted: check id, subject ("" for all), why, who, and an optional last day (ISO date)."""

    check: str
    reason: str
    owner: str
    subject: str = ""
    until: str = ""


class CheckSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """One check's settings; ``when_unknown = "warn"`` lets the gate pass on unknown, with a reason."""

    when_unknown: str = "block"
    reason: str = ""
    enabled: bool = True


class StackSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Which files and profiles make the stack; empty: Compose's own rules."""

    files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()


class EdgeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How the stack is reached from outside. Empty fields are worked out from the proxy's published ports.

    ``ca`` is a PEM file (relative to the stack) that is trusted besides the system's; ``paths`` are probed.
    """

    url: str = ""
    http_url: str = ""
    host: str = ""
    ca: str = ""
    paths: tuple[str, ...] = ()
    health_path: str = "/health"
    version_path: str = "/version"


class SoakSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Windows in seconds: how long restarts and logs are watched, and how often is looked."""

    restarts: float = 300.0
    logs: float = 600.0
    interval: float = 2.0


class WatchSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When ``flawless watch`` raises an alert, and how it keeps what it saw.

    Shares from 0 to 1: ``memory`` of a container's limit in use, ``throttled`` of its time slices waited in, ``disk``
    of the engine's disk free. ``slow``: seconds of the median request. ``cooldown``: seconds in which nobody is told
    twice of the same thing. ``keep_mb``: how many MB of readings stay in the ledger.
    """

    memory: float = 0.9
    throttled: float = 0.5
    disk: float = 0.1
    slow: float = 2.0
    certificate_days: float = 14.0
    cooldown: float = 300.0
    keep_mb: int = 100


class DeploySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How a deploy is done: requests per second of the prober, kept releases."""

    probe_rate: float = 20.0
    keep_releases: int = 5
    health_timeout: float = 0.0


class Hook(Struct, frozen=True, forbid_unknown_fields=True):
    """A program that runs around a switch, as argv; none when it is empty. ``timeout`` in seconds."""

    run: tuple[str, ...]
    timeout: float = 300.0


_NO_HOOK = Hook(())


class HookSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What runs on the operator's machine, in the stack's folder, and when."""

    pre_build: Hook = _NO_HOOK
    pre_switch: Hook = _NO_HOOK
    post_switch: Hook = _NO_HOOK
    post_promote: Hook = _NO_HOOK
    on_rollback: Hook = _NO_HOOK


class MigrationSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What migrates the database: a ``service``, or a ``command`` in that service's image. Empty: a job is detected."""

    service: str = ""
    command: tuple[str, ...] = ()


class RehearsalSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How the throwaway copy of the stack is looked at.

    ``ready_path`` and ``live_path`` are the backend's, empty: detected. ``outbound``: the copy may reach the outside.
    ``in_flight`` is a route that waits for its body, or takes long, to be held while its service stops; empty: found.
    """

    ready_path: str = ""
    live_path: str = ""
    outbound: bool = False
    in_flight: str = ""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a stack."""

    stack: StackSettings = StackSettings()
    roles: dict[str, str] = {}
    edge: EdgeSettings = EdgeSettings()
    app: AppSettings = AppSettings()
    soak: SoakSettings = SoakSettings()
    watch: WatchSettings = WatchSettings()
    deploy: DeploySettings = DeploySettings()
    hooks: HookSettings = HookSettings()
    migrations: MigrationSettings = MigrationSettings()
    rehearsal: RehearsalSettings = RehearsalSettings()
    checks: dict[str, CheckSetting] = {}
    waivers: tuple[Waiver, ...] = ()
    osv_db: str = ""
