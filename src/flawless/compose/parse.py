"""From Compose's resolved model and the index of lines to a ``Stack``. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, structs

from flawless import sensitive
from flawless.compose import definitions, secrecy, units
from flawless.compose.digest import digest
from flawless.compose.locate import Index, Item
from flawless.compose.variables import Lines, Secrecy, placed, variables
from flawless.lines import lines_of
from flawless.model.stack import (
    MASK,
    Attachment,
    Build,
    Dependency,
    Health,
    Limits,
    Mount,
    Network,
    Origin,
    Port,
    Problem,
    Rollout,
    SecretFile,
    Service,
    Stack,
    Volume,
)

Raw = dict[str, Any]
Fits = Callable[[str], bool]
_DEFAULT = re.compile(r"\$\{\w+:?-([^${}]*)\}")
_ASSIGNED = re.compile(r"""(?P<lead>(?<![\w$])(?P<name>[A-Za-z_]\w*)=)(?P<value>"[^"]*"|'[^']*'|[^\s"']+)""")
_ENV_WORDS = re.compile(r"(?P<lead>^\s*ENV\s+(?P<name>\w+)\s+)(?P<value>[^=\s].*)$", re.IGNORECASE)
_UNSET = re.compile(r'The "(\w+)" variable is not set')


class Context(Struct, frozen=True):
    """What parsing needs besides the model: where things are written, and what is secret."""

    root: str
    index: Index
    env_lines: Lines
    known: Secrecy
    secret_texts: Mapping[str, str]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret values of the model, the longest first."""
        return self.known.values


def unescape(value: Any) -> Any:
    """The model with Compose's ``$$`` undone, in values and in keys."""
    if isinstance(value, str):
        return value.replace("$$", "$")
    if isinstance(value, list):
        return [unescape(each) for each in value]
    if isinstance(value, dict):
        return {unescape(name): unescape(each) for name, each in value.items()}
    return value


def parse(
    model: Raw,
    index: Index,
    *,
    root: str,
    files: tuple[str, ...],
    key: bytes,
    env_lines: Lines | None = None,
    secret_texts: Mapping[str, str] | None = None,
    warnings: tuple[Problem, ...] = (),
) -> Stack:
    """The stack of a resolved model (``$$`` undone). ``key`` makes fingerprints comparable within one run only.

    ``secret_texts`` are the contents of the model's secret files, by the secrets' names; only traits are kept of them.
    """
    known = Secrecy(key, tuple(secrecy.secret_values(model)))
    context = Context(root, index, env_lines or {}, known, secret_texts or {})
    return Stack(
        name=model.get("name", ""),
        root=root,
        files=files,
        services=tuple(_service(name, raw or {}, context) for name, raw in _in_file_order(model, index)),
        networks=tuple(_network(name, raw or {}, context) for name, raw in (model.get("networks") or {}).items()),
        volumes=tuple(_volume(name, raw or {}, context) for name, raw in (model.get("volumes") or {}).items()),
        secrets=tuple(_secret(name, raw or {}, index) for name, raw in (model.get("secrets") or {}).items()),
        problems=warnings,
        digest=digest(model, root, context.secrets),
    )


def _in_file_order(model: Raw, index: Index) -> list[tuple[str, Raw]]:
    """Compose sorts services by name; readers expect them as they are written.

    What a provider makes outside the engine (``provider:``) has no image and no container, so it is left out.
    """
    written = list(index.keys("services"))
    order = {name: place for place, name in enumerate(written)}
    own = ((name, raw) for name, raw in (model.get("services") or {}).items() if not (raw or {}).get("provider"))
    return sorted(own, key=lambda pair: order.get(pair[0], len(order)))


def _service(name: str, raw: Raw, context: Context) -> Service:
    index, here = context.index, ("services", name)
    env_files = _env_files(name, context)
    place = placed(index, name, env_files, context.env_lines)
    logging = raw.get("logging") or {}
    return Service(
        name=name,
        image=raw.get("image") or "",
        build=_build(name, raw.get("build"), context),
        command=_words(raw.get("command"), context),
        entrypoint=_words(raw.get("entrypoint"), context),
        user=str(raw.get("user") or ""),
        env=variables(raw.get("environment"), _seen_by(raw, context), place),
        ports=_ports(name, raw, index),
        expose=_exposed(raw),
        mounts=_mounts(name, raw, index),
        networks=_attachments(raw),
        depends_on=_dependencies(raw),
        health=_health(raw.get("healthcheck"), index.at(*here, "healthcheck"), context),
        restart=_restart(raw),
        stop_grace=units.seconds(raw.get("stop_grace_period")),
        stop_signal=raw.get("stop_signal") or "",
        read_only=bool(raw.get("read_only")),
        tmpfs=tuple(raw.get("tmpfs") or ()),
        cap_drop=tuple(raw.get("cap_drop") or ()),
        cap_add=tuple(raw.get("cap_add") or ()),
        privileged=bool(raw.get("privileged")),
        security_opt=tuple(raw.get("security_opt") or ()),
        init=bool(raw.get("init")),
        limits=_limits(raw),
        log_driver=logging.get("driver") or "",
        log_options=_shown(logging.get("options"), context),
        secrets=tuple(secret["source"] for secret in raw.get("secrets") or ()),
        labels=_shown(raw.get("labels"), context),
        container_name=raw.get("container_name") or "",
        network_mode=raw.get("network_mode") or "",
        pid_mode=raw.get("pid") or "",
        ipc_mode=raw.get("ipc") or "",
        replicas=_replicas(raw),
        update=_rollout(raw, "update_config"),
        rollback=_rollout(raw, "rollback_config"),
        env_files=tuple(env_files),
        origins={"": index.defined(name), **index.keys(*here)},
    )


def _seen_by(raw: Raw, context: Context) -> Secrecy:
    """What is known of secrets, with the files that this service sees below /run/secrets."""
    seen = {
        posixpath.join("/run/secrets", each.get("target") or each["source"]): context.secret_texts[each["source"]]
        for each in raw.get("secrets") or ()
        if each["source"] in context.secret_texts
    }
    return structs.replace(context.known, files=seen)


def _words(words: list[str] | None, context: Context) -> tuple[str, ...] | None:
    return None if words is None else sensitive.hide_words(words, context.secrets)


def _shown(values: Mapping[str, Any] | None, context: Context) -> dict[str, str]:
    pairs = ((name, "" if value is None else str(value)) for name, value in (values or {}).items())
    return {name: sensitive.hide_known(secrecy.shown(name, value), context.secrets) for name, value in pairs}


def env_file_paths(service: str, index: Index) -> tuple[str, ...]:
    """Absolute paths of a service's env files, those left out whose names hang on a variable without a default."""
    paths = []
    for item in index.items("services", service, "env_file"):
        text = _DEFAULT.sub(r"\1", item.fields.get("path", item.text))
        if text and "$" not in text:
            paths.append(posixpath.normpath(posixpath.join(item.base, text)))
    return tuple(dict.fromkeys(paths))


def _env_files(service: str, context: Context) -> dict[str, str]:
    return {path: shown_path(path, context.root) for path in env_file_paths(service, context.index)}


def shown_path(path: str, root: str) -> str:
    """A path relative to the stack's folder when it is inside, as it is otherwise."""
    return path[len(root) + 1 :] if path.startswith(f"{root.rstrip('/')}/") else path


def _build(service: str, raw: Raw | None, context: Context) -> Build | None:
    if raw is None:
        return None
    folder, here = raw.get("context") or "", ("services", service, "build")
    dockerfile = raw.get("dockerfile") or "Dockerfile"
    arguments = variables(raw.get("args"), context.known, lambda name: context.index.at(*here, "args", name))
    return Build(
        context=folder,
        dockerfile="" if "dockerfile_inline" in raw else posixpath.normpath(posixpath.join(folder, dockerfile)),
        target=raw.get("target") or "",
        args=arguments,
        origin=context.index.at(*here),
        inline=_hidden(raw.get("dockerfile_inline") or "", context),
        inline_at=_inline_at(raw.get("dockerfile_inline") or "", context.index.find(*here, "dockerfile_inline")),
        contexts=dict(raw.get("additional_contexts") or {}),
    )


def _hidden(dockerfile: str, context: Context) -> str:
    """A Dockerfile without the values of its secrets, line by line, so that lines keep their numbers."""

    def shown(found: re.Match[str]) -> str:
        secret = secrecy.shown(found["name"], found["value"].strip("\"'")) == MASK
        return found["lead"] + (MASK if secret else found["value"])

    lines = (_ENV_WORDS.sub(shown, _ASSIGNED.sub(shown, line)) for line in dockerfile.split("\n"))
    return sensitive.hide_known("\n".join(lines), context.secrets)


def _inline_at(dockerfile: str, origin: Origin | None) -> Origin | None:
    """Where the text begins: in a block below its key, or on the key's own line."""
    if origin is None:
        return None
    return Origin(origin.file, origin.line + 1) if "\n" in dockerfile else origin


def _ports(service: str, raw: Raw, index: Index) -> tuple[Port, ...]:
    ports = raw.get("ports") or []
    items = index.items("services", service, "ports")
    fallback = index.at("services", service, "ports")
    return tuple(
        Port(
            target=int(port.get("target") or 0),
            published=str(port.get("published") or ""),
            host_ip=port.get("host_ip") or "",
            protocol=port.get("protocol") or "tcp",
            origin=_matching(items, place, len(ports), _publishes(port)) or fallback,
        )
        for place, port in enumerate(ports)
    )


def _publishes(port: Raw) -> Fits:
    """Fits elements whose target is the port's: the last number or range, before an optional protocol."""
    wanted = int(port.get("target") or 0)

    def fits(text: str) -> bool:
        first, _, last = text.rpartition(":")[2].partition("/")[0].partition("-")
        return first.isdigit() and int(first) <= wanted <= int(last if last.isdigit() else first)

    return fits


def _matching(items: tuple[Item, ...], place: int, count: int, fits: Fits) -> Origin | None:
    """The one element that fits; several or none: the one at the same place, when the numbers agree."""
    fitting = [item for item in items if fits(item.fields.get("target", item.text))]
    if len(fitting) == 1:
        return fitting[0].origin
    return items[place].origin if len(items) == count else None


def _exposed(raw: Raw) -> tuple[int, ...]:
    found: list[int] = []
    for text in raw.get("expose") or ():
        first, _, last = str(text).partition("/")[0].partition("-")
        if first.isdigit():
            found.extend(range(int(first), int(last if last.isdigit() else first) + 1))
    return tuple(found)


def _mounts(service: str, raw: Raw, index: Index) -> tuple[Mount, ...]:
    mounts = raw.get("volumes") or []
    items = index.items("services", service, "volumes")
    fallback = index.at("services", service, "volumes")
    return tuple(
        Mount(
            kind=mount.get("type") or "",
            source=mount.get("source") or "",
            target=mount.get("target") or "",
            read_only=bool(mount.get("read_only")),
            origin=_matching(items, place, len(mounts), _mounts_at(mount)) or fallback,
        )
        for place, mount in enumerate(mounts)
    )


def _mounts_at(mount: Raw) -> Fits:
    """Fits elements whose target is the mount's: a long form's target, or a part between colons."""
    pattern = re.compile(rf"(?:^|:){re.escape(mount.get('target') or '')}/?(?:$|:)")
    return lambda text: bool(pattern.search(text))


def _attachments(raw: Raw) -> tuple[Attachment, ...]:
    networks = raw.get("networks") or {}
    return tuple(
        Attachment(name, tuple((more or {}).get("aliases") or ()), _fixed(more or {}, raw))
        for name, more in networks.items()
    )


def _fixed(place: Raw, service: Raw) -> str:
    """The address that only one container can have: of the network, or a link address of the service."""
    kinds = ("ipv4_address", "ipv6_address", "mac_address")
    return str(next((place[kind] for kind in kinds if place.get(kind)), service.get("mac_address") or ""))


def _dependencies(raw: Raw) -> tuple[Dependency, ...]:
    needed = raw.get("depends_on") or {}
    return tuple(Dependency(name, how.get("condition") or "service_started") for name, how in needed.items())


def _health(raw: Raw | None, origin: Origin, context: Context) -> Health | None:
    if raw is None:
        return None
    test = sensitive.hide_words(raw.get("test") or (), context.secrets)
    return Health(
        test=test,
        disabled=bool(raw.get("disable")) or test[:1] == ("NONE",),
        origin=origin,
        interval=units.seconds(raw.get("interval")),
        timeout=units.seconds(raw.get("timeout")),
        retries=raw.get("retries"),
        start_period=units.seconds(raw.get("start_period")),
    )


def _restart(raw: Raw) -> str:
    """``restart``, or what Swarm's ``deploy.restart_policy`` says when it is the only one."""
    policy = ((raw.get("deploy") or {}).get("restart_policy") or {}).get("condition") or ""
    swarm = {"none": "no", "any": "always"}
    return raw.get("restart") or swarm.get(policy, policy)


def _limits(raw: Raw) -> Limits:
    deploy = ((raw.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    return Limits(
        cpus=units.fraction(raw.get("cpus")) or units.fraction(deploy.get("cpus")),
        memory=units.whole(raw.get("mem_limit")) or units.whole(deploy.get("memory")),
        pids=units.whole(raw.get("pids_limit")) or units.whole(deploy.get("pids")),
    )


def _replicas(raw: Raw) -> int:
    deploy = (raw.get("deploy") or {}).get("replicas")
    return int(raw.get("scale", 1 if deploy is None else deploy))


def _rollout(raw: Raw, key: str) -> Rollout:
    said = (raw.get("deploy") or {}).get(key) or {}
    return Rollout(
        order=said.get("order") or "",
        parallelism=units.whole(said.get("parallelism")) or 0,
        delay=units.seconds(said.get("delay")) or 0.0,
        monitor=units.seconds(said.get("monitor")) or 0.0,
        failure_action=said.get("failure_action") or "",
        max_failure_ratio=units.fraction(said.get("max_failure_ratio")) or 0.0,
    )


def _network(name: str, raw: Raw, context: Context) -> Network:
    origin = context.index.at("networks", name)
    definition = definitions.of_network(raw, context.secrets)
    return Network(
        name, raw.get("name") or name, bool(raw.get("internal")), bool(raw.get("external")), origin, definition
    )


def _volume(name: str, raw: Raw, context: Context) -> Volume:
    origin = context.index.at("volumes", name)
    definition = definitions.of_volume(raw, context.secrets)
    return Volume(name, raw.get("name") or name, bool(raw.get("external")), origin, definition)


def _secret(name: str, raw: Raw, index: Index) -> SecretFile:
    return SecretFile(name, raw.get("file") or "", index.at("secrets", name))


def problems(warnings: tuple[str, ...], texts: Mapping[str, str]) -> tuple[Problem, ...]:
    """Compose's warnings, each once; a variable that is not set is found in the files' texts (by name)."""
    return tuple(Problem(text, _used_at(text, texts)) for text in dict.fromkeys(warnings))


def _used_at(warning: str, texts: Mapping[str, str]) -> Origin:
    unset = _UNSET.search(warning)
    for file, text in texts.items() if unset else ():
        for number, line in enumerate(lines_of(text), 1):
            if unset and re.search(rf"(?<!\$)\$\{{?{unset[1]}\b", line):
                return Origin(file, number)
    return Origin(next(iter(texts), "compose.yaml"))
