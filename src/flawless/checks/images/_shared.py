"""What a Dockerfile says, as the checks of several folders ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from flawless.checks.images._shell import sets_option, statements
from flawless.model.check import Finding, View
from flawless.model.dockerfile import Dockerfile, Instruction, Stage
from flawless.model.keys import DOCKERFILE, IMAGE
from flawless.model.stack import Origin

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "busybox"})
INITS = frozenset({"dumb-init", "tini", "tini-static", "catatonit", "docker-init", "init", "s6-svscan", "runit"})

# Official images whose start script drops root by itself before the server runs.
DROPS_ROOT = frozenset(
    {"postgres", "redis", "valkey", "mysql", "mariadb", "mongo", "rabbitmq", "cassandra", "couchdb"}
    | {"influxdb", "neo4j", "ghost"}
)

# Official images that leave USER at root; others may set one, so that the files do not decide.
ROOT_IMAGES = frozenset(
    {"scratch", "alpine", "debian", "ubuntu", "busybox", "fedora", "rockylinux", "almalinux"}
    | {"amazonlinux", "archlinux", "python", "node", "rust", "golang", "ruby", "php", "perl", "openjdk"}
    | {"eclipse-temurin", "amazoncorretto", "gcc", "swift", "elixir", "erlang", "nginx", "httpd", "caddy"}
    | {"traefik"}
)

# Images that set a user other than root, by what they are called.
NONROOT_IMAGES = re.compile(
    r"nonroot|(?:^|[/-])(?:nginx-unprivileged|unprivileged)(?:[:@]|$)|^(?:cgr\.dev/)?chainguard/|^cgr\.dev/"
    r"|^(?:docker\.io/)?bitnami(?:legacy|secure)?/"
)

# Programs that change the user and then become the program they are given.
DROPPERS = frozenset({"gosu", "su-exec", "setpriv", "runuser", "s6-setuidgid", "chpst"})

# Servers that are made to be PID 1: they answer SIGTERM (or their image's STOPSIGNAL) and reap their children.
OWN_PID1 = frozenset(
    {"postgres", "redis", "valkey", "mysql", "mariadb", "mongo", "rabbitmq", "memcached", "nginx"}
    | {"httpd", "haproxy", "traefik", "caddy", "registry", "vault", "consul", "minio", "influxdb"}
    | {"mosquitto", "nats"}
)

_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::?-(?P<default>[^}]*))?\}|(?P<plain>\w+))")
_BUILT_HERE = "the image is not built here"


def foreign(view: View) -> Finding:
    """The answer of a check of Dockerfiles about a service without one."""
    image = view.service.image
    named = image and not image.startswith("sha256:")  # by its id: another service builds it
    return view.skip(f"{_BUILT_HERE}: {image}" if named else _BUILT_HERE)


def own_dockerfile(view: View) -> Dockerfile | None:
    """The Dockerfile that this service builds; None where another service builds it and answers for it."""
    return view.find(DOCKERFILE) if view.service.build else None


def at(dockerfile: Dockerfile, where: Instruction | Stage) -> Origin:
    """Where an instruction or a stage begins."""
    return Origin(dockerfile.path, where.line)


def place(dockerfile: Dockerfile, where: Instruction | Stage) -> str:
    """The same for messages: ``file:line``."""
    return str(at(dockerfile, where))


def image_name(reference: str) -> str:
    """The last part of an image reference without tag and digest: ``postgres`` of ``registry/library/postgres:16``."""
    return reference.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()


def official(reference: str) -> bool:
    """Whether a reference names one of the official images, which have no owner in their name."""
    path = reference.partition("@")[0].removeprefix("docker.io/").removeprefix("library/")
    return "/" not in path


def root_base(dockerfile: Dockerfile) -> str:
    """The image that the shipped stage starts from, after all stages of this file."""
    return dockerfile.lineage()[0].base


def shell_text(step: Instruction) -> str:
    """What a RUN, CMD or ENTRYPOINT gives to a shell; empty when no shell is involved."""
    if step.heredocs:
        return "\n".join(step.heredocs)
    if not step.json_form:
        return " ".join(step.args)
    return shell_of(step.args)


def shell_of(argv: Iterable[str]) -> str:
    """The script of an argv such as ``sh -c SCRIPT``; empty for any other program."""
    words = tuple(argv)
    if not words or words[0].rpartition("/")[2] not in SHELLS:
        return ""
    for index, word in enumerate(words[1:], 1):
        if re.fullmatch(r"-[a-z]*c", word):
            return " ".join(words[index + 1 : index + 2])
    return ""


def inner_script(argv: tuple[str, ...]) -> str:
    """The script that an argv gives to a shell, also behind an init or another starter; empty when there is none."""
    return next((text for index in range(len(argv)) if (text := shell_of(argv[index:]))), "")


def runs(stage: Stage) -> Iterator[Instruction]:
    """The RUN instructions of a stage."""
    return (step for step in stage.instructions if step.name == "RUN")


def pipefail_shell(stage: Stage, step: Instruction) -> bool:
    """Whether a SHELL instruction before ``step`` makes every pipe fail with its first command."""
    shells = [each for each in stage.instructions if each.name == "SHELL" and each.line < step.line]
    return bool(shells) and "pipefail" in " ".join(shells[-1].args)


def pipefail_set(text: str) -> bool:
    """Whether shell text sets pipefail itself."""
    return any(sets_option(statement, "pipefail") for statement in statements(text))


def cached_by_mount(step: Instruction) -> bool:
    """Whether a RUN keeps its caches in a cache mount, outside the layer."""
    return any(flag.startswith("--mount") and "type=cache" in flag for flag in step.flags)


def pairs(step: Instruction) -> Iterator[tuple[str, str]]:
    """Name and value of an ENV or ARG instruction; an ARG without default has the value ""."""
    args = step.args
    if step.name == "ENV" and len(args) % 3 == 0 and all(mark in ("=", "") for mark in args[2::3]):
        yield from ((name, value.strip("\"'")) for name, value in zip(args[::3], args[1::3], strict=True))
        return
    for word in args:
        name, _, value = word.partition("=")
        yield name, value.strip("\"'")


def is_root(user: str) -> bool:
    """Whether ``USER[:GROUP]`` is root, by name or number."""
    name = user.partition(":")[0].strip()
    return name == "root" or (name.isdigit() and int(name) == 0)


class Setting(Struct, frozen=True):
    """An environment variable as it reaches the process: its value and where that is written."""

    value: str
    origin: Origin


def settings(view: View) -> dict[str, Setting]:
    """The environment of a service: the Dockerfile's ENV, with Compose's own laid over it."""
    found: dict[str, Setting] = {}
    dockerfile = view.find(DOCKERFILE)
    if dockerfile:
        for step in dockerfile.shipped("ENV"):
            found.update({name: Setting(value, at(dockerfile, step)) for name, value in pairs(step)})
    found.update({variable.name: Setting(variable.value, variable.origin) for variable in view.service.env})
    return found


def expanded(text: str, dockerfile: Dockerfile, arguments: dict[str, str]) -> str:
    """Text of the shipped stage with its variables replaced; those that nothing here sets stay as written.

    ``arguments`` are build arguments given from outside, which win over the defaults of ARG.
    """
    known: dict[str, str] = {}
    for stage in dockerfile.lineage():
        for step in stage.instructions:
            if step.name == "ENV":
                known.update(pairs(step))
            elif step.name == "ARG":
                known.update((name, arguments.get(name, value)) for name, value in pairs(step))
    return _VARIABLE.sub(lambda found: _value(found, known), text)


def _value(found: re.Match[str], known: dict[str, str]) -> str:
    name = found["braced"] or found["plain"]
    return known.get(name) or found["default"] or found[0]


def start(view: View, dockerfile: Dockerfile | None) -> tuple[tuple[str, ...], str, Origin]:
    """What PID 1 starts as: argv, the shell text that it runs ("" for no shell), and where that is written.

    Compose's entrypoint clears the image's command, as the engine does. An empty argv: the base image decides.
    """
    service = view.service
    entry = dockerfile.last("ENTRYPOINT") if dockerfile and service.entrypoint is None else None
    command = dockerfile.last("CMD") if dockerfile and service.entrypoint is None else None
    if dockerfile and entry and not entry.json_form:
        return ("/bin/sh", "-c"), shell_text(entry), at(dockerfile, entry)
    head = service.entrypoint or (entry.args if entry else ())
    if service.command is not None:
        tail, where = service.command, service.at("command")
    elif dockerfile and command:
        tail = command.args if command.json_form else ("/bin/sh", "-c", shell_text(command))
        where = at(dockerfile, command)
    else:
        tail, where = (), at(dockerfile, entry) if dockerfile and entry else service.at("entrypoint")
    argv = (*head, *tail)
    return argv, inner_script(argv), where


def image_start(view: View) -> tuple[tuple[str, ...], Origin]:
    """What PID 1 of a container starts as, by the image's own configuration with Compose's laid over it, and where."""
    service, image = view.service, view.get(IMAGE)
    cleared = service.entrypoint is not None  # Compose's entrypoint clears the image's command, as the engine does
    head = image.entrypoint if service.entrypoint is None else service.entrypoint
    tail = service.command if service.command is not None else () if cleared else image.command
    named = (("entrypoint", service.entrypoint), ("command", service.command), ("build", service.build))
    key = next((key for key, value in named if value), "image")
    return (*head, *tail), service.at(key)


def has_init(argv: tuple[str, ...]) -> bool:
    """Whether a start command begins with an init."""
    return bool(argv) and argv[0].rpartition("/")[2] in INITS
