"""Stacks resolved by the real Compose: values, lines, and no secret."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import msgspec
import pytest

from flawless.app.observe import evidence_of, read_stack
from flawless.compose import command
from flawless.compose.command import compose_argv
from flawless.model.settings import Settings, StackSettings
from flawless.model.stack import Rollout, Service, Stack
from flawless.testing.from_files import file_ports, stack_from, write_files

HARD = {
    "compose.yaml": """\
include:
  - inc/cache.yaml
  - path: [inc/queue.yaml]
    project_directory: inc
x-env: &env
  A: "1"
services:
  base:
    image: x:${TAG:-1}
    command: run --fast "a b"
    environment:
      <<: *env
      B: no
    env_file:
      - a.env
      - path: absent.env
        required: false
    ports:
      - "80:80"
      - 8000-8001:90-91
      - target: 5
        published: "15"
      - "7000"
      - "[::1]:6000:6000/udp"
      - "${BIND:-127.0.0.1}:9000:9000"
    volumes:
      - data:/data:ro
      - ./x:/x
      - type: tmpfs
        target: /t
    deploy:
      replicas: 2
      resources: {limits: {cpus: "0.5", memory: 1.5g, pids: 5}}
    expose: ["3000", "4000-4001"]
    healthcheck: {test: curl -f http://x, interval: 1m30s, retries: 4}
    network_mode: host
  derived:
    extends: {service: base}
    network_mode: !reset null
    networks: {default: {aliases: [z]}}
    build: {context: ., target: final, args: {V: "2"}}
    healthcheck: {disable: true}
    stop_grace_period: 1h1m1.5s
    depends_on: {base: {condition: service_healthy}}
  far:
    extends: {file: inc/far.yaml, service: e}
  dev: {image: y, profiles: [dev], scale: 3}
volumes: {data: {}}
""",
    "compose.override.yaml": 'services:\n  base:\n    environment: [D=4]\n    ports: ["81:81"]\n',
    "inc/cache.yaml": "services:\n  cache:\n    image: redis\n    env_file: r.env\n",
    "inc/queue.yaml": 'services:\n  queue:\n    image: rabbitmq\n    volumes: ["./o:/o"]\n',
    "inc/far.yaml": 'services:\n  e:\n    image: zz\n    ports: ["1:1"]\n',
    "inc/r.env": "# x\nR=1\n",
    "a.env": "A=2\nC=3\n",
}


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return stack_from(HARD, tmp_path_factory.mktemp("hard"))


def service(stack: Stack, name: str) -> Service:
    found = stack.service(name)
    assert found
    return found


def test_services_come_in_the_order_in_which_they_are_written(hard: Stack) -> None:
    assert [each.name for each in hard.services] == ["base", "derived", "far", "queue", "cache"]


def test_files_are_named_relative_to_the_folder(hard: Stack) -> None:
    assert hard.files == ("compose.yaml", "compose.override.yaml")


@pytest.mark.parametrize(
    ("name", "value", "origin"),
    [
        ("A", "1", "compose.yaml:6"),
        ("B", "no", "compose.yaml:13"),
        ("C", "3", "a.env:2"),
        ("D", "4", "compose.override.yaml:3"),
    ],
)
def test_a_variable_has_the_line_that_sets_it(hard: Stack, name: str, value: str, origin: str) -> None:
    variable = service(hard, "base").variable(name)
    assert variable
    assert (variable.value, str(variable.origin)) == (value, origin)


def test_the_env_file_of_an_included_file_is_beside_it(hard: Stack) -> None:
    variable = service(hard, "cache").variable("R")
    assert variable
    assert str(variable.origin) == "inc/r.env:2"


@pytest.mark.parametrize(
    ("target", "published", "host_ip", "line"),
    [
        (80, "80", "", "compose.yaml:19"),
        (90, "8000", "", "compose.yaml:20"),
        (91, "8001", "", "compose.yaml:20"),
        (5, "15", "", "compose.yaml:21"),
        (7000, "", "", "compose.yaml:23"),
        (6000, "6000", "::1", "compose.yaml:24"),
        (9000, "9000", "127.0.0.1", "compose.yaml:25"),
        (81, "81", "", "compose.override.yaml:4"),
    ],
)
def test_a_port_has_its_values_and_line(hard: Stack, target: int, published: str, host_ip: str, line: str) -> None:
    (port,) = [port for port in service(hard, "base").ports if port.target == target]
    assert (port.published, port.host_ip, str(port.origin)) == (published, host_ip, line)


def test_mounts_have_their_kind_source_and_line(hard: Stack) -> None:
    mounts = [(m.kind, m.source, m.target, m.read_only, str(m.origin)) for m in service(hard, "base").mounts]
    assert mounts == [
        ("volume", "data", "/data", True, "compose.yaml:27"),
        ("bind", f"{hard.root}/x", "/x", False, "compose.yaml:28"),
        ("tmpfs", "", "/t", False, "compose.yaml:29"),
    ]


def test_durations_sizes_and_counts_are_numbers(hard: Stack) -> None:
    base, derived = service(hard, "base"), service(hard, "derived")
    assert (base.limits.cpus, base.limits.memory, base.limits.pids, base.replicas) == (0.5, 1610612736, 5, 2)
    assert base.health
    assert (base.health.interval, base.health.retries, base.health.timeout) == (90.0, 4, None)
    assert derived.stop_grace == 3661.5
    assert base.expose == (3000, 4000, 4001)


def test_what_is_inherited_reset_and_added_is_resolved(hard: Stack) -> None:
    derived = service(hard, "derived")
    assert (derived.image, derived.network_mode) == ("x:1", "")
    assert derived.names("default") == {"derived", "z"}
    assert derived.health
    assert derived.health.disabled
    assert derived.command == ("run", "--fast", "a b")
    assert [(need.service, need.condition) for need in derived.depends_on] == [("base", "service_healthy")]


def test_a_build_has_absolute_paths_and_its_line(hard: Stack) -> None:
    build = service(hard, "derived").build
    assert build
    assert (build.context, build.dockerfile, build.target) == (hard.root, f"{hard.root}/Dockerfile", "final")
    assert [(each.name, each.value) for each in build.args] == [("V", "2")]
    assert str(build.origin) == "compose.yaml:41"


@pytest.mark.parametrize(
    ("name", "key", "origin"),
    [
        ("base", "", "compose.yaml:8"),
        ("base", "image", "compose.yaml:9"),
        ("base", "ports", "compose.override.yaml:4"),
        ("base", "nothing", "compose.yaml:8"),
        ("derived", "", "compose.yaml:37"),
        ("derived", "stop_grace_period", "compose.yaml:43"),
        ("derived", "expose", "compose.yaml:34"),
        ("far", "image", "inc/far.yaml:3"),
        ("queue", "volumes", "inc/queue.yaml:4"),
        ("cache", "env_file", "inc/cache.yaml:4"),
    ],
)
def test_each_key_has_its_file_and_line(hard: Stack, name: str, key: str, origin: str) -> None:
    assert str(service(hard, name).at(key)) == origin


def test_networks_and_volumes_have_their_real_names(hard: Stack) -> None:
    assert [(each.name, each.full_name, each.internal) for each in hard.networks] == [
        ("default", f"{hard.name}_default", False)
    ]
    assert [(each.name, each.full_name, str(each.origin)) for each in hard.volumes] == [
        ("data", f"{hard.name}_data", "compose.yaml:48")
    ]


def test_a_service_of_a_profile_is_there_only_when_it_is_asked_for(tmp_path: Path) -> None:
    files = {"compose.yaml": "services:\n  a: {image: x}\n  b: {image: y, profiles: [dev], scale: 3}"}
    assert [each.name for each in stack_from(files, tmp_path).services] == ["a"]
    settings = Settings(stack=StackSettings(profiles=("dev",)))
    assert service(stack_from(files, tmp_path, settings), "b").replicas == 3


def test_several_files_and_an_env_file_from_the_settings(tmp_path: Path) -> None:
    files = {
        "one.yaml": "services:\n  a: {image: 'x:${V}'}",
        "two.yaml": "services:\n  a:\n    user: '1'",
        "v.env": "V=9",
    }
    settings = Settings(stack=StackSettings(files=("one.yaml", "two.yaml"), env_files=("v.env",)))
    stack = stack_from(files, tmp_path, settings)
    assert service(stack, "a").image == "x:9"
    assert str(service(stack, "a").at("user")) == "two.yaml:3"


def test_files_that_the_env_file_names_are_found_for_their_lines(tmp_path: Path) -> None:
    files = {"one.yaml": "services:\n  a: {image: x}", "two.yaml": "services:\n  a:\n    user: '1'"}
    stack = stack_from({**files, ".env": "COMPOSE_FILE=one.yaml:two.yaml\n"}, tmp_path)
    assert stack.files == ("one.yaml", "two.yaml")
    assert str(service(stack, "a").at("user")) == "two.yaml:3"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffservices:\n  a: {image: x}",
        "services: {a: {image: x}}",
        "services:\r\n  a:\r\n    image: x\r\n",
        "services:\n  a: {image: y}\n---\nservices:\n  a: {image: x}",
        "services:\n" + "".join(f"  s{n}: {{image: x}}\n" for n in range(150)) + "  a: {image: x}",
        "x-a: &a {image: x}\n" + "".join(f"x-{n}: *a\n" for n in range(200)) + "services:\n  a: *a",
    ],
)
def test_odd_but_valid_files_are_read(text: str, tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": text}, tmp_path)
    assert service(stack, "a").image == "x"
    assert service(stack, "a").at("image").line > 0


def test_a_utf_16_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_bytes("services:\n  a:\n    image: x\n".encode("utf-16"))
    assert str(service(stack_from({}, tmp_path), "a").at("image")) == "compose.yaml:3"


def test_a_doubled_dollar_is_one_dollar(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: x\n    command: echo $$HOME\n    labels: {a: b$$c}\n    environment: {X: a$$b}"
    a = service(stack_from({"compose.yaml": text}, tmp_path), "a")
    variable = a.variable("X")
    assert variable
    assert (variable.value, a.command, a.labels) == ("a$b", ("echo", "$HOME"), {"a": "b$c"})


def test_a_variable_that_is_not_set_is_one_problem_with_its_line(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: x:${UNSET_TAG}\n  b:\n    image: x:$UNSET_TAG\n    user: $$UNSET_TAG"
    stack = stack_from({"compose.yaml": text}, tmp_path)
    assert [(each.message, str(each.origin)) for each in stack.problems] == [
        ('The "UNSET_TAG" variable is not set. Defaulting to a blank string.', "compose.yaml:3")
    ]


SECRETS = {
    "compose.yaml": """\
services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: CANARY-env$$1
      POSTGRES_PASSWORD_FILE: /run/secrets/db
    env_file: [db.env]
    command: ["postgres", "--password", "CANARY-word"]
    labels: {api.token: CANARY-label}
    logging: {driver: splunk, options: {splunk-token: CANARY-option}}
    healthcheck: {test: "psql postgres://u:CANARY-health@db/x"}
    secrets: [db]
  api:
    image: x
    build:
      context: .
      args: {NPM_TOKEN: CANARY-arg, PUBLIC_KEY: shown-key}
    entrypoint: ["sh", "-c", "PGPASSWORD=CANARY-entry run CANARY-env$$1"]
    environment:
      DATABASE_URL: postgres://app:CANARY-url@db:5432/app
      BROKEN_URL: postgres://app:CANARY/raw@CANARY-more@db/app
      REDIS_URL: user:CANARY-plain@redis
      JDBC: jdbc:postgresql://db/x?user=a&password=CANARY-query
      GREETING: hello CANARY-env$$1
secrets:
  db: {file: ./db.secret}
""",
    "db.env": "ADMIN_PASSWORD=CANARY-file\n",
    "db.secret": "CANARY-content\n",
}


def test_no_secret_is_in_the_stack_and_all_are_told_to_the_masker(tmp_path: Path) -> None:
    write_files(tmp_path, SECRETS)
    ports = file_ports()
    stack, resolved = asyncio.run(read_stack(tmp_path, Settings(), ports))
    serialised = msgspec.json.encode([stack, evidence_of(resolved, ports)]).decode()
    assert "CANARY" not in serialised
    assert "shown-key" in serialised
    told = "env$1 word label health arg entry url plain query file content"
    text = " ".join(f"CANARY-{name}" for name in told.split())
    assert "CANARY" not in ports.masker.mask(text)


def test_a_secret_keeps_its_traits_and_a_url_its_parts(tmp_path: Path) -> None:
    stack = stack_from(SECRETS, tmp_path)
    password = service(stack, "db").variable("POSTGRES_PASSWORD")
    assert password
    assert password.secret
    assert password.secret.length == len("CANARY-env$1")
    file = service(stack, "db").variable("POSTGRES_PASSWORD_FILE")
    assert file
    assert file.value == "/run/secrets/db"
    assert file.secret
    assert file.secret.length == len("CANARY-content")
    url = service(stack, "api").variable("DATABASE_URL")
    assert url
    assert url.url
    assert (url.value, url.url.host, url.url.user) == ("postgres://app:•••@db:5432/app", "db", "app")
    assert url.url.password
    assert url.url.password.length == len("CANARY-url")
    broken = service(stack, "api").variable("BROKEN_URL")
    assert broken
    assert broken.url
    assert "raw" in broken.url.problem


def test_equal_secrets_have_equal_fingerprints_within_a_run(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: x\n    environment: {A_SECRET: same-one, B_SECRET: same-one, C_SECRET: other}"
    a, b, c = (each.secret for each in service(stack_from({"compose.yaml": text}, tmp_path), "a").env)
    assert a
    assert b
    assert c
    assert a.fingerprint == b.fingerprint != c.fingerprint


def test_the_digest_is_the_same_in_every_checkout_and_hides_secrets(tmp_path: Path) -> None:
    def digest(folder: str, **changes: str) -> str:
        return stack_from({**SECRETS, **changes}, tmp_path / folder).digest

    files = SECRETS["compose.yaml"]
    named = "name: shop\n"
    first = digest("one", **{"compose.yaml": named + files})
    assert first == digest("two", **{"compose.yaml": named + files})
    assert first == digest("three", **{"compose.yaml": named + files.replace("CANARY-arg", "another-one")})
    assert first != digest("four", **{"compose.yaml": named + files.replace("image: x", "image: y")})


def test_the_stack_survives_json(hard: Stack) -> None:
    assert msgspec.json.decode(msgspec.json.encode(hard), type=Stack) == hard


def test_the_plugin_of_the_docker_configuration_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = tmp_path / "cli-plugins" / "docker-compose"
    plugin.parent.mkdir()
    plugin.write_text("#!/bin/sh\n")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    command.binary.cache_clear()
    assert command.binary() != str(plugin), "it is not executable yet"
    plugin.chmod(0o755)
    command.binary.cache_clear()
    assert command.binary() == str(plugin)
    command.binary.cache_clear()


def test_the_stack_is_resolved_without_a_docker_cli_and_without_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "docker-compose").symlink_to(command.binary())
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    monkeypatch.setattr(command, "_FOLDERS", ())
    command.binary.cache_clear()
    assert command.binary() == str(tmp_path / "bin" / "docker-compose")
    assert shutil.which("docker") is None
    assert stack_from({"compose.yaml": "services:\n  a: {image: x}"}, tmp_path / "stack").services
    command.binary.cache_clear()


def test_a_command_line_names_files_profiles_and_project() -> None:
    settings = StackSettings(files=("a.yaml",), profiles=("dev",), env_files=("b.env",))
    argv = compose_argv(Path("/s"), settings, "up", "-d", project="p")
    tail = ["--file", "/s/a.yaml", "--profile", "dev", "--env-file", "/s/b.env", "--project-name", "p", "up", "-d"]
    assert argv[1:] == tail
    assert compose_argv(Path("/s"), StackSettings(), "ps")[1:] == ["--project-directory", "/s", "ps"]


def test_how_compose_wants_containers_replaced_is_read(tmp_path: Path) -> None:
    text = """
services:
  web:
    image: example/web:1
    deploy:
      replicas: 4
      update_config:
        {order: stop-first, parallelism: 2, delay: 1m30s, monitor: 15s, failure_action: pause, max_failure_ratio: 0.25}
      rollback_config: {parallelism: 0, order: start-first}
  plain: {image: example/plain:1}
"""
    stack = stack_from({"compose.yaml": text}, tmp_path)
    assert service(stack, "web").update == Rollout("stop-first", 2, 90.0, 15.0, "pause", 0.25)
    assert service(stack, "web").rollback == Rollout(order="start-first")
    assert service(stack, "plain").update == service(stack, "plain").rollback == Rollout()
