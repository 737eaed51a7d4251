"""How a machine meets the needs of a deploy. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.host.disk_space_low import GB, least_free
from flawless.checks.host.engine_outdated import LEAST_COMPOSE, LEAST_ENGINE, older
from flawless.model.doctor import Health, Machine, Need

MOST_APART = 2.0  # seconds; tokens and certificates are judged by either clock
LEAST_MEMORY = 1 * GB  # of the engine's machine: two of each replaced service run for a while
_START = "systemctl start docker"
_PACKAGES = "install a current one from Docker's own packages for your distribution"
_SYNCHRONISE = "timedatectl set-ntp true"


def needs(machine: Machine) -> tuple[Need, ...]:
    """Every need, in the order in which one rests on another."""
    return (
        _engine(machine),
        _compose(machine),
        _builder(machine),
        _git(machine),
        _folder(machine),
        _disk(machine),
        _memory(machine),
        _clock(machine),
        *_tools(machine),
    )


def exit_code(found: tuple[Need, ...]) -> int:
    """0 a deploy can start here, 1 it cannot, 3 that could not be told."""
    if any(need.health is Health.BAD for need in found):
        return 1
    return 3 if any(need.health is Health.UNKNOWN and need.blocking for need in found) else 0


def _engine(machine: Machine) -> Need:
    if machine.trouble:
        return Need("engine", Health.BAD, machine.trouble, machine.remedy or _START)
    said = f"Docker engine {machine.engine} at {machine.address}"
    if (old := older(machine.engine, LEAST_ENGINE)) is None:
        return Need("engine", Health.UNKNOWN, f"{said}: its version is not known", blocking=True)
    if old:
        return Need("engine", Health.WARN, f"{said} is out of support", _PACKAGES)
    return Need("engine", Health.OK, said)


def _compose(machine: Machine) -> Need:
    if not machine.compose:
        return Need("compose", Health.BAD, "docker compose is not here", "apt-get install docker-compose-plugin")
    said = f"Compose {machine.compose}"
    if (old := older(machine.compose, LEAST_COMPOSE)) is None:
        return Need("compose", Health.UNKNOWN, f"{said}: its version is not known", blocking=True)
    if old:
        least = ".".join(map(str, LEAST_COMPOSE))
        return Need("compose", Health.BAD, f"{said} is older than {least}, which flawless relies on", _PACKAGES)
    return Need("compose", Health.OK, said)


def _builder(machine: Machine) -> Need:
    if machine.builder:
        return Need("builder", Health.OK, machine.builder)
    message = "buildx is not here: Compose builds with the engine's old builder, or not at all"
    return Need("builder", Health.WARN, message, "apt-get install docker-buildx-plugin")


def _git(machine: Machine) -> Need:
    if machine.git:
        return Need("git", Health.OK, machine.git)
    message = "git is not here: no revision can be named, and uncommitted files cannot be told"
    return Need("git", Health.BAD, message, "apt-get install git")


def _folder(machine: Machine) -> Need:
    if machine.unwritable:
        fix = "make the folder yours (`chown`), or free some space"
        return Need("folder", Health.BAD, f"reports and releases cannot be kept: {machine.unwritable}", fix)
    return Need("folder", Health.OK, "reports and releases can be kept in .flawless")


def _disk(machine: Machine) -> Need:
    if machine.disk_free is None or machine.disk_total is None:
        fix = "run flawless doctor on the engine's machine"
        return Need("disk", Health.UNKNOWN, "the engine's disk cannot be seen from here", fix, blocking=True)
    said = f"{machine.disk_free / GB:.1f} of {machine.disk_total / GB:.0f} GB are free where the engine keeps its data"
    wanted = least_free(machine.disk_total)
    if machine.disk_free < wanted:
        return Need("disk", Health.BAD, f"{said}, {wanted / GB:.1f} are needed", "docker builder prune")
    return Need("disk", Health.OK, said)


def _memory(machine: Machine) -> Need:
    if not machine.memory:
        return Need("memory", Health.UNKNOWN, "the engine does not say how much memory its machine has")
    said = f"{machine.memory / GB:.1f} GB of memory, {machine.cpus or '?'} processors"
    if machine.memory < LEAST_MEMORY:
        fix = "give the machine more memory, or keep the limits of the services small"
        return Need("memory", Health.WARN, f"{said}: a switch runs old and new beside each other", fix)
    return Need("memory", Health.OK, said)


def _clock(machine: Machine) -> Need:
    if machine.apart is not None and abs(machine.apart) > MOST_APART:
        message = f"the engine's clock is {machine.apart:+.1f} s from this machine's"
        return Need("clock", Health.BAD, message, f"on both machines: {_SYNCHRONISE}")
    if machine.synchronised is False:
        return Need("clock", Health.WARN, "nothing keeps this machine's clock right", _SYNCHRONISE)
    if machine.synchronised is None:
        message = "whether this machine's clock is right cannot be told (no timedatectl)"
        return Need("clock", Health.UNKNOWN, message, "compare `date -u` with the time elsewhere")
    return Need("clock", Health.OK, "the clock is synchronised")


def _tools(machine: Machine) -> Iterator[Need]:
    here = [f"{name} {version}".strip() for name, version in machine.tools.items() if version]
    missing = [name for name, version in machine.tools.items() if not version]
    if here:
        yield Need("tools", Health.OK, ", ".join(here))
    if missing:
        message = f"{', '.join(missing)}: not here, and what they decide says unknown"
        yield Need("tools", Health.WARN, message, "pip install 'flawless[tools]'")
