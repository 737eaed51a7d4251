"""Constructs of Compose files over which other readers stumble: the values, and the file and line of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.checks.images.healthcheck_missing import CHECK as HEALTHCHECK_MISSING
from flawless.checks.runtime.restart_policy_missing import CHECK as RESTART_MISSING
from flawless.errors import UsageError
from flawless.judging.run import run
from flawless.model.check import Check, Outcome, Verdict
from flawless.model.facts import Facts
from flawless.model.keys import PROXY_CONFIG
from flawless.model.settings import Settings, StackSettings
from flawless.model.stack import Role, Service, Stack
from flawless.report.text import plain
from flawless.testing.from_files import facts_from, stack_from


def only(stack: Stack, name: str = "a") -> Service:
    found = stack.service(name)
    assert found
    return found


def one(text: str, root: Path, **files: str) -> Service:
    return only(stack_from({"compose.yaml": text, **files}, root))


def refusal(files: dict[str, str], root: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        stack_from(files, root)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  {{ app }}:\n    image: x\n",
        "{% if x %}\nservices:\n  a: {image: x}\n{% endif %}\n",
        "services:\n  a:\n    image: %%IMAGE%%\n",
        "services:\n  a:\n    image: {{cookiecutter.slug}}\n",
    ],
)
def test_a_template_is_called_one(text: str, tmp_path: Path) -> None:
    error = refusal({"compose.yaml": text}, tmp_path)
    assert error.what == "compose.yaml is a template, not a Compose file"
    assert error.where.startswith("compose.yaml:")


def test_braces_in_quotes_and_comments_make_no_template(tmp_path: Path) -> None:
    found = one('services:\n  a: # {{ no }}\n    image: x\n    environment: {H: "{{.Node.Hostname}}"}\n', tmp_path)
    assert found.env[0].value == "{{.Node.Hostname}}"


@pytest.mark.parametrize("text", ["user {{ x }};\n", "listen %%PORT%%;\n", "{% for x in y %}\n"])
def test_an_nginx_conf_that_is_a_template_is_unknown_with_that_reason(text: str, tmp_path: Path) -> None:
    compose = "services:\n  a:\n    image: nginx\n    ports: ['80:80']\n    volumes: ['./n:/etc/nginx']\n"
    stack = stack_from({"compose.yaml": compose, "n/nginx.conf": text}, tmp_path)
    reading = facts_from(stack, [PROXY_CONFIG]).get(PROXY_CONFIG, "service:a")
    assert "n/nginx.conf is a template" in str(reading)


MERGED = """\
x-one: &one
  restart: always
  user: "1"
x-two: &two {user: "2", init: true}
services:
  a:
    <<: [*one, *two]
    image: x
    restart: "no"
  b:
    <<: *one
    image: x
"""


def test_a_merged_value_has_the_line_of_where_it_is_written(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": MERGED}, tmp_path)
    a, b = only(stack), only(stack, "b")
    assert (a.restart, a.user, a.init, b.restart) == ("no", "1", True, "always")
    assert [str(a.at(key)) for key in ("restart", "user", "init")] == [
        "compose.yaml:9",
        "compose.yaml:3",
        "compose.yaml:4",
    ]
    assert str(b.at("restart")) == "compose.yaml:2"


def test_more_than_a_hundred_aliases_are_no_bomb(tmp_path: Path) -> None:
    services = "".join(f"  s{number}: {{<<: *base, user: '{number}'}}\n" for number in range(300))
    stack = stack_from({"compose.yaml": f"x-b: &base {{image: x, restart: always}}\nservices:\n{services}"}, tmp_path)
    assert len(stack.services) == 300
    assert str(only(stack, "s299").at("restart")) == "compose.yaml:1"
    assert str(only(stack, "s299").at("user")) == "compose.yaml:302"


EXTENDED = {
    "compose.yaml": (
        "services:\n  a:\n    extends: b\n    user: '1'\n"
        "  b:\n    extends: {file: other.yaml, service: c}\n    init: true\n"
    ),
    "other.yaml": "services:\n  c:\n    image: x\n    privileged: true\n    volumes: ['./d:/d']\n",
}


def test_what_is_extended_is_inherited_with_its_file_and_line(tmp_path: Path) -> None:
    found = only(stack_from(EXTENDED, tmp_path))
    assert (found.image, found.privileged, found.init, found.user) == ("x", True, True, "1")
    places = {key: str(found.at(key)) for key in ("image", "privileged", "init", "user")}
    assert places == {
        "image": "other.yaml:3",
        "privileged": "other.yaml:4",
        "init": "compose.yaml:7",
        "user": "compose.yaml:4",
    }
    assert str(found.mounts[0].origin) == "other.yaml:5"


def test_a_circle_of_extends_is_named(tmp_path: Path) -> None:
    text = "services:\n  a: {extends: b}\n  b: {extends: a}\n"
    assert "extend each other in a circle" in refusal({"compose.yaml": text}, tmp_path).what


@pytest.mark.parametrize(
    "include",
    ["include: [in/b.yaml]\n", "include:\n  - path: in/b.yaml\n", "include:\n  - path: [in/b.yaml, in/more.yaml]\n"],
)
def test_what_is_included_is_there_with_its_file(include: str, tmp_path: Path) -> None:
    files = {
        "compose.yaml": f"{include}services:\n  a: {{image: x}}\n",
        "in/b.yaml": "services:\n  b:\n    image: y\n    privileged: true\n",
        "in/more.yaml": "services:\n  b:\n    user: '7'\n",
    }
    found = only(stack_from(files, tmp_path), "b")
    assert (found.privileged, str(found.at("privileged"))) == (True, "in/b.yaml:4")
    assert found.user == ("7" if "more" in include else "")


def test_an_override_wins_and_compose_file_in_dotenv_names_the_files(tmp_path: Path) -> None:
    base, over = "services:\n  a:\n    image: x\n    user: '1'\n", "services:\n  a:\n    user: '2'\n"
    by_name = only(stack_from({"compose.yaml": base, "compose.override.yaml": over}, tmp_path / "one"))
    assert (by_name.user, str(by_name.at("user"))) == ("2", "compose.override.yaml:3")
    by_env = only(stack_from({"p.yml": base, "q.yml": over, ".env": "COMPOSE_FILE=p.yml:q.yml\n"}, tmp_path / "two"))
    assert (by_env.user, str(by_env.at("user")), str(by_env.at("image"))) == ("2", "q.yml:3", "p.yml:3")


def test_reset_and_override_take_values_away(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    image: x\n    privileged: true\n    ports: ['80:80', '81:81']\n",
        "compose.override.yaml": (
            "services:\n  a:\n    privileged: !reset false\n    ports: !override\n      - '90:90'\n"
        ),
    }
    found = only(stack_from(files, tmp_path))
    assert not found.privileged
    assert [(port.target, str(port.origin)) for port in found.ports] == [(90, "compose.override.yaml:5")]


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("${A:-${B:-x:latest}}", "x:latest"),
        ("x:${TAG}", "x:9"),
        ("x:${TAG:?needed}", "x:9"),
        ("x$$y", "x$y"),
        ("x:${NONE-1}${TAG:+2}", "x:12"),
    ],
)
def test_interpolation_is_compose_s_own(text: str, image: str, tmp_path: Path) -> None:
    files = {"compose.yaml": f"services:\n  a:\n    image: '{text}'\n", ".env": "TAG=9\n"}
    assert only(stack_from(files, tmp_path)).image == image


@pytest.mark.parametrize(
    ("written", "value"),
    [("${P:-true}", True), ('"true"', True), ("true", True), ('"false"', False), ("${P:-no}", False)],
)
def test_a_boolean_may_be_text(written: str, value: bool, tmp_path: Path) -> None:
    assert one(f"services:\n  a:\n    image: x\n    read_only: {written}\n", tmp_path).read_only is value


@pytest.mark.parametrize(
    ("port", "host_ip", "loopback"),
    [
        ('"${BIND:-127.0.0.1}:8080:80"', "127.0.0.1", True),
        ('"${FROM_ENV}:8080:80"', "127.0.0.1", True),
        ("{target: 80, published: '8080'}", "", False),
        ("{target: 80, published: '8080', host_ip: 127.0.0.1}", "127.0.0.1", True),
        ('"[::]:8080:80"', "::", False),
        ('"[::1]:8080:80"', "::1", True),
        ("8080:80", "", False),
    ],
)
def test_where_a_port_is_bound(port: str, host_ip: str, loopback: bool, tmp_path: Path) -> None:
    text = f"services:\n  a:\n    image: x\n    ports:\n      - {port}\n"
    (found,) = only(stack_from({"compose.yaml": text, ".env": "FROM_ENV=127.0.0.1\n"}, tmp_path)).ports
    assert (found.host_ip, found.loopback, found.target, str(found.origin)) == (host_ip, loopback, 80, "compose.yaml:5")


def test_numbers_are_not_read_in_base_sixty(tmp_path: Path) -> None:
    (port,) = one("services:\n  a:\n    image: x\n    ports:\n      - 22:22\n", tmp_path).ports
    assert (port.published, port.target) == ("22", 22)


def test_flow_style_on_one_line_is_a_stack(tmp_path: Path) -> None:
    found = one('{services: {a: {image: x, privileged: true, ports: ["80:80"]}}}', tmp_path)
    assert (found.privileged, str(found.ports[0].origin)) == (True, "compose.yaml:1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_of_byte_order_and_carriage_returns_are_no_text(encoding: str, end: str, tmp_path: Path) -> None:
    lines = ["# grün", "services:", "  a:", "    image: x:1", "    user: '7'", ""]
    (tmp_path / "compose.yaml").write_bytes(end.join(lines).encode(encoding))
    found = only(stack_from({}, tmp_path))
    assert (found.image, found.user, str(found.at("user"))) == ("x:1", "7", "compose.yaml:5")


def test_latin_1_is_told(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_bytes("services:\n  a: {image: x} # grün\n".encode("latin-1"))
    error = refusal({}, tmp_path)
    assert "invalid leading UTF-8 octet" in error.what
    assert error.where == "compose.yaml:2"


def test_several_documents_are_merged_with_their_lines(tmp_path: Path) -> None:
    found = one("services:\n  a:\n    image: x\n    user: '1'\n---\nservices:\n  a:\n    user: '2'\n", tmp_path)
    assert (found.user, str(found.at("user")), str(found.at("image"))) == ("2", "compose.yaml:8", "compose.yaml:3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("services:\n  a:\n    image: x\n    image: y\n", "already defined"),
        ("services:\n  a:\n", "must be a mapping"),
    ],
)
def test_duplicate_keys_and_empty_services_are_refused(text: str, words: str, tmp_path: Path) -> None:
    assert words in refusal({"compose.yaml": text}, tmp_path).what


SECRETS = """\
services:
  a:
    image: x
    command: ["--password", "CANARY-1"]
    build: {context: ., args: {NPM_TOKEN: CANARY-2}}
    env_file: a.env
    environment:
      DB_URL: postgres://u:CANARY-3@db/x
      API_KEY: ${API_KEY:-CANARY-4}
      API_KEY_FILE: /run/secrets/k
      API_KEY_RATE_LIMIT: "100"
      SESSION_TOKEN_TTL: 1h
      SENTRY_AUTH_TOKEN:
"""


def test_secrets_are_found_where_they_hide_and_nowhere_else(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": SECRETS, "a.env": "JWT_SECRET=CANARY-5\n"}, tmp_path)
    found = only(stack)
    assert "CANARY" not in str(stack)
    secret = {var.name for var in found.env if var.secret or (var.url and var.url.password)}
    assert secret == {"DB_URL", "API_KEY", "JWT_SECRET"}
    assert found.build
    assert [arg.name for arg in found.build.args if arg.secret] == ["NPM_TOKEN"]


@pytest.mark.parametrize("option", ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"])
def test_security_options_and_limits_in_every_spelling(option: str, tmp_path: Path) -> None:
    from flawless.checks.runtime.capabilities_excessive import CHECK as CAPABILITIES

    text = f"services:\n  a:\n    image: x\n    cap_drop: [ALL]\n    security_opt: ['{option}']\n    mem_limit: 1g\n"
    stack = stack_from({"compose.yaml": text}, tmp_path)
    assert judged(CAPABILITIES, stack).outcome is Outcome.PASS
    assert only(stack).limits.memory == 1 << 30


@pytest.mark.parametrize(("user", "shown"), [("${UID:-0}", "0"), ("0:0", "0:0"), ("${UID_OF_APP:-1000}:0", "1000:0")])
def test_a_user_is_known_through_variables(user: str, shown: str, tmp_path: Path) -> None:
    assert one(f"services:\n  a:\n    image: x\n    user: '{user}'\n", tmp_path).user == shown


def judged(check: Check, stack: Stack) -> Verdict:
    (verdict,) = run([(check, check.rules[0])], stack, Facts())
    return verdict


PROFILES = """\
services:
  a: {image: postgres, restart: always, healthcheck: {test: [CMD, x]}}
  debug:
    image: adminer
    profiles: [dev]
    privileged: true
    ports: ["8080:8080"]
  migrate:
    image: x
    command: alembic upgrade head
    restart: "no"
"""


def test_a_service_behind_an_inactive_profile_is_not_judged(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": PROFILES}, tmp_path)
    assert [each.name for each in stack.services] == ["a", "migrate"]
    chosen = Settings(stack=StackSettings(profiles=("dev",)))
    assert "debug" in [each.name for each in stack_from({}, tmp_path, chosen).services]


def test_a_job_is_judged_as_a_job(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": PROFILES}, tmp_path)
    assert only(stack, "migrate").role is Role.JOB
    for check in (HEALTHCHECK_MISSING, RESTART_MISSING):
        assert judged(check, stack).outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)


def test_newer_keys_are_no_obstacle(tmp_path: Path) -> None:
    text = """\
services:
  a:
    image: x
    network_mode: service:b
    develop: {watch: [{action: sync, path: ./s, target: /s}]}
  b:
    image: y
    models: [llm]
  llm-by-provider:
    provider: {type: model, options: {model: ai/small}}
models:
  llm: {model: ai/small}
"""
    stack = stack_from({"compose.yaml": text}, tmp_path)
    assert (only(stack).network_mode, only(stack, "b").image) == ("service:b", "y")


def test_a_file_of_a_megabyte_is_read(tmp_path: Path) -> None:
    filler = "".join(f"  # line {number} of a very long explanation that nobody reads\n" for number in range(17_000))
    found = one(f"services:\n{filler}  a:\n    image: x\n    user: '1'\n", tmp_path)
    assert str(found.at("user")) == "compose.yaml:17004"


def test_no_escape_sequence_reaches_the_terminal(tmp_path: Path) -> None:
    text = 'services:\n  "a\\e[31mred":\n    image: x\n'
    said = plain(str(refusal({"compose.yaml": text}, tmp_path)))
    assert "red" in said
    assert "\x1b" not in said


WRONG = """\
services:
  a:
    image: x
    imgae: y
    ports: 80
    deploy:
      replicas: 2
      repliccas: 3
  b:
    image: CANARY
    depends_on: {a: {condition: healthy}}
    environment: CANARY
networks:
  n: {internall: true}
"""


def test_all_faults_of_form_are_told_at_once_with_line_and_column(tmp_path: Path) -> None:
    error = refusal({"compose.yaml": WRONG}, tmp_path)
    told = [line.partition(" ")[0] for line in error.also]
    first = error.where
    assert sorted({first, *told}) == sorted(
        {
            "compose.yaml:4:5",
            "compose.yaml:5:5",
            "compose.yaml:8:7",
            "compose.yaml:11:22",
            "compose.yaml:12:5",
            "compose.yaml:14:7",
        }
    )
    assert "CANARY" not in str(error)
    assert "services.a.ports must be a list" in str(error)


def test_the_faults_of_each_file_are_told(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "include: [b.yaml]\nservices:\n  a:\n    image: x\n    porst: []\n",
        "b.yaml": "services:\n  b:\n    image: x\n    user: [1]\n",
    }
    text = str(refusal(files, tmp_path))
    assert "compose.yaml:5:5" in text
    assert "b.yaml:4:5" in text
