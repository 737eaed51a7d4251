"""Constructs 20 to 25 over which other readers of Compose files stumble, and some more: values, lines, judgement."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.checks.images.healthcheck_missing import CHECK as HEALTHCHECK_MISSING
from flawless.checks.images.resource_limits_missing import CHECK as UNLIMITED
from flawless.checks.images.runs_as_root import CHECK as RUNS_AS_ROOT
from flawless.checks.network.internal_network_needs_outbound import CHECK as NEEDS_OUTBOUND
from flawless.checks.network.peers_share_no_network import CHECK as NO_NETWORK
from flawless.checks.network.port_published import CHECK as PUBLISHED
from flawless.checks.runtime.capabilities_excessive import CHECK as CAPABILITIES
from flawless.checks.runtime.dependency_unordered import CHECK as UNORDERED
from flawless.checks.runtime.filesystem_writable import CHECK as WRITABLE
from flawless.checks.runtime.restart_policy_missing import CHECK as RESTART_MISSING
from flawless.checks.secrets.database_url_host_unknown import CHECK as HOST_UNKNOWN
from flawless.checks.secrets.secret_in_environment import CHECK as IN_ENVIRONMENT
from flawless.model.check import Outcome
from flawless.model.settings import Settings, StackSettings
from flawless.model.stack import Role
from flawless.report.text import plain
from flawless.testing.from_files import stack_from
from tests.compose._reading import judged, one, only, refusal


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${P:-true}", True),
        ('"true"', True),
        ("true", True),
        ("yes", True),
        ("on", True),
        ('"false"', False),
        ("${P:-no}", False),
    ],
)
def test_20_a_boolean_may_be_text(written: str, value: bool, tmp_path: Path) -> None:
    assert one(f"services:\n  a:\n    image: x\n    read_only: {written}\n", tmp_path).read_only is value


def test_20_numbers_are_not_read_in_base_sixty(tmp_path: Path) -> None:
    (port,) = one("services:\n  a:\n    image: x\n    ports:\n      - 22:22\n", tmp_path).ports
    assert (port.published, port.target) == ("22", 22)


def test_21_flow_style_on_one_line_is_a_stack(tmp_path: Path) -> None:
    found = one('{services: {a: {image: x, privileged: true, ports: ["80:80"]}}}', tmp_path)
    assert (found.privileged, str(found.ports[0].origin)) == (True, "compose.yaml:1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_21_marks_of_byte_order_and_carriage_returns_are_no_text(encoding: str, end: str, tmp_path: Path) -> None:
    lines = ["# grün", "services:", "  a:", "    image: x:1", "    user: '7'", ""]
    (tmp_path / "compose.yaml").write_bytes(end.join(lines).encode(encoding))
    found = only(stack_from({}, tmp_path))
    assert (found.image, found.user, str(found.at("user"))) == ("x:1", "7", "compose.yaml:5")


def test_21_latin_1_is_told(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_bytes("services:\n  a: {image: x} # grün\n".encode("latin-1"))
    error = refusal({}, tmp_path)
    assert "invalid leading UTF-8 octet" in error.what
    assert error.where == "compose.yaml:2"


def test_22_several_documents_are_merged_with_their_lines(tmp_path: Path) -> None:
    found = one("services:\n  a:\n    image: x\n    user: '1'\n---\nservices:\n  a:\n    user: '2'\n", tmp_path)
    assert (found.user, str(found.at("user")), str(found.at("image"))) == ("2", "compose.yaml:8", "compose.yaml:3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("services:\n  a:\n    image: x\n    image: y\n", "already defined"),
        ("services:\n  a:\n", "must be a mapping"),
    ],
)
def test_23_duplicate_keys_and_empty_services_are_refused(text: str, words: str, tmp_path: Path) -> None:
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


def test_24_secrets_are_found_where_they_hide_and_nowhere_else(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": SECRETS, "a.env": "JWT_SECRET=CANARY-5\n"}, tmp_path)
    found = only(stack)
    assert "CANARY" not in str(stack)
    secret = {var.name for var in found.env if var.secret or (var.url and var.url.password)}
    assert secret == {"DB_URL", "API_KEY", "JWT_SECRET"}
    assert found.build
    assert [arg.name for arg in found.build.args if arg.secret] == ["NPM_TOKEN"]
    told = {finding.message.split()[0] for finding in judged(IN_ENVIRONMENT, stack).findings}
    assert told == {"DB_URL", "API_KEY", "JWT_SECRET"}


@pytest.mark.parametrize("option", ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"])
def test_25_security_options_and_limits_in_every_spelling(option: str, tmp_path: Path) -> None:
    text = f"services:\n  a:\n    image: x\n    cap_drop: [ALL]\n    security_opt: ['{option}']\n    mem_limit: 1g\n"
    stack = stack_from({"compose.yaml": text}, tmp_path)
    assert judged(CAPABILITIES, stack).outcome is Outcome.PASS
    assert only(stack).limits.memory == 1 << 30


@pytest.mark.parametrize(("user", "shown"), [("${UID:-0}", "0"), ("0:0", "0:0"), ("${UID_OF_APP:-1000}:0", "1000:0")])
def test_25_a_user_is_known_through_variables(user: str, shown: str, tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": f"services:\n  a:\n    image: x\n    user: '{user}'\n"}, tmp_path)
    assert only(stack).user == shown
    assert judged(RUNS_AS_ROOT, stack).outcome is (Outcome.FAIL if shown.startswith("0") else Outcome.PASS)


@pytest.mark.parametrize("written", ['"true"', "true", "${RO:-true}"])
def test_25_a_read_only_root_and_limits_in_every_spelling(written: str, tmp_path: Path) -> None:
    limits = "mem_limit: 1g\n    cpus: 1\n    pids_limit: 9\n"
    text = f"services:\n  a:\n    image: x\n    read_only: {written}\n    {limits}"
    stack = stack_from({"compose.yaml": text}, tmp_path)
    for check in (WRITABLE, UNLIMITED):
        assert judged(check, stack).outcome is Outcome.PASS


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


def test_also_profiles_a_service_behind_an_inactive_profile_is_not_judged(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": PROFILES}, tmp_path)
    assert [each.name for each in stack.services] == ["a", "migrate"]
    chosen = Settings(stack=StackSettings(profiles=("dev",)))
    assert "debug" in [each.name for each in stack_from({}, tmp_path, chosen).services]


def test_also_profiles_a_service_behind_an_active_one_is_judged(tmp_path: Path) -> None:
    chosen = Settings(stack=StackSettings(profiles=("dev",)))
    for settings, outcome in ((Settings(), Outcome.PASS), (chosen, Outcome.FAIL)):
        stack = stack_from({"compose.yaml": PROFILES}, tmp_path, settings)
        assert judged(PUBLISHED, stack).outcome is outcome


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("networks: {app: {ipv4_address: 10.1.0.9}}", "10.1.0.9"),
        ("networks: {app: {ipv6_address: 'fd00::9'}}", "fd00::9"),
        ("networks: {app: {mac_address: '02:42:ac:11:00:09'}}", "02:42:ac:11:00:09"),
        ("networks: [app]\n    mac_address: '02:42:ac:11:00:09'", "02:42:ac:11:00:09"),
        ("networks: {app: {aliases: [a]}}", ""),
    ],
    ids=["IPv4", "IPv6", "link", "link of the service", "none"],
)
def test_also_a_fixed_address_is_known(written: str, address: str, tmp_path: Path) -> None:
    service = one(f"services:\n  a:\n    image: x\n    {written}\nnetworks: {{app: {{}}}}\n", tmp_path)
    assert [each.fixed for each in service.networks] == [address]


def test_a_job_is_judged_as_a_job(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": PROFILES}, tmp_path)
    assert only(stack, "migrate").role is Role.JOB
    for check in (HEALTHCHECK_MISSING, RESTART_MISSING):
        assert judged(check, stack).outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)


NEWER = """\
services:
  a:
    image: x
    depends_on: [llm]
    develop: {watch: [{action: sync, path: ./s, target: /s}]}
    models: [small]
  llm:
    provider: {type: model, options: {model: ai/small}}
models:
  small: {model: ai/small}
"""


def test_also_develop_models_provider_are_no_obstacle(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": NEWER}, tmp_path)
    assert [each.name for each in stack.services] == ["a"], "what a provider makes is no container"
    assert judged(UNORDERED, stack).outcome is not Outcome.FAIL


LENT = """\
services:
  vpn: {image: vpn, networks: [data]}
  a:
    image: x
    network_mode: service:vpn
    environment: {DATABASE_URL: "postgresql://u@HOST:5432/x", PAYMENT_ENDPOINT: "https://api.pay.example.com/v1"}
  db: {image: "postgres:16", networks: [data]}
networks: {data: {internal: true}, other: {internal: true}}
"""


@pytest.mark.parametrize(
    ("host", "outcome"),
    [
        ("db", Outcome.PASS),
        ("vpn", Outcome.PASS),
        ("bd", Outcome.FAIL),
        ("a", Outcome.FAIL),
        ("localhost", Outcome.NOT_APPLICABLE),
    ],
)
def test_also_network_mode_service_is_on_the_networks_of_that_service(
    host: str, outcome: Outcome, tmp_path: Path
) -> None:
    stack = stack_from({"compose.yaml": LENT.replace("HOST", host)}, tmp_path)
    assert only(stack).lender == "vpn"
    assert judged(HOST_UNKNOWN, stack).outcome is outcome


def test_also_network_mode_service_shares_what_that_service_lacks(tmp_path: Path) -> None:
    apart = LENT.replace("HOST", "db").replace("{image: vpn, networks: [data]}", "{image: vpn, networks: [other]}")
    stack = stack_from({"compose.yaml": apart}, tmp_path)
    (said,) = (each.message for each in judged(NO_NETWORK, stack).findings if each.outcome is Outcome.FAIL)
    assert said == "names it in DATABASE_URL, but is on other while db is on data"
    assert judged(NEEDS_OUTBOUND, stack).outcome is Outcome.FAIL


def test_also_a_megabyte_file_is_read(tmp_path: Path) -> None:
    filler = "".join(f"  # line {number} of a very long explanation that nobody reads\n" for number in range(17_000))
    found = one(f"services:\n{filler}  a:\n    image: x\n    user: '1'\n", tmp_path)
    assert str(found.at("user")) == "compose.yaml:17004"


def test_also_escape_sequences_in_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
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
