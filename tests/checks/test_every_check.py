"""Every check of the catalogue keeps the same promises; its documentation is executed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import structs

import flawless.checks
from flawless.judging.catalogue import catalogue
from flawless.judging.run import run
from flawless.model.check import Check, Level, Outcome, Rule, Severity
from flawless.model.checklist import LINES
from flawless.model.facts import Facts
from flawless.model.stack import Build
from flawless.testing import samples
from flawless.testing.examples import Example, examples_of
from flawless.testing.run_example import answer

# The agreed catalogue: id, severity (Block, warn, info), checklist items. A check that is new is entered here too.
AGREED = """
dependency-outdated w P1.1
lockfile-missing B P1.1
dependency-vulnerable B P1.2 C3.1
compiler-warnings w P1.3
build-fails B P1.4 D2.1
build-failure-masked B P1.4
build-input-untracked B P1.4
stub-build-shipped B P2.2
query-macro-without-data w P1.4
shell-script-fragile w P1.4
migration-fails B P1.5
migration-not-repeatable B P1.5
migration-unsafe w P1.5
migration-breaks-previous-release w P1.5 E1
base-image-floating w P2.1
dockerignore-missing w P2.1 S1.4
layer-cache-defeated w P2.1
package-cache-kept i P2.1
dockerfile-lint w P2.1
image-oversized w P2.1
single-stage-build w P2.2
healthcheck-missing B P2.3
healthcheck-binary-absent B P2.3 V1.2
healthcheck-cannot-fail B P2.3
healthcheck-too-tight w P2.3 C1.3
healthcheck-wrong-target B P2.3 V1.2
readiness-lies B V1.2 V2.1 V2.2
runs-as-root B P2.4 S1.1 V3.1
start-not-executable B P2.4
init-missing w P2.5 S1.5
init-doubled i P2.5
signals-swallowed B P2.5 S1.5 D1.1
resource-limits-missing B P2.6
database-url-malformed B P3.1
database-url-host-unknown B P3.1
database-credentials-disagree B P3.1
redis-url-malformed B P3.2
jwt-secret-weak B P3.3 S3.1
secret-reused B P3.3
secret-committed B P3.3 S1.4
log-level-unfit w P3.4
backtrace-disabled i P3.5
env-required-missing B P1.6 P3.6
env-name-drift w P1.6 P3.6
env-never-read i P1.6
env-baked-at-build w P4.3
secret-in-environment w S1.4
secret-in-image B S1.4
secret-logged B S1.4
database-unreachable B P4.1 V2.1 D3.2 F3 I2
cache-unreachable B P3.2 P4.2 V2.2 D3.3
backend-unreachable B P4.3 V2.3 V2.4 D3.4
proxy-upstream-unreachable B P4.4 V2.5
peers-share-no-network B P4.1 V3.3
port-published B P4.5 V3.2 S2.1
network-not-isolated B V3.3 S2.2
network-external-missing B C1.1
internal-network-needs-outbound w V2.3
firewall-bypassed w S2.4
proxy-config-invalid B P4.4
upstream-resolved-once B P4.4 V2.5
redirect-wrong-host B V2.5
websocket-headers-missing B C1.4
headers-lost-in-location B V3.5
security-headers-missing B V3.5 C3.2
tls-certificate-invalid B V3.4 C3.3 S2.3 F7
tls-protocol-weak B S2.3
http-not-redirected B S2.3
tls-renewal-broken B V3.4
rate-limit-missing B S2.5
cors-too-open B S3.2
service-not-running B V1.1 C1.1 F1 D3.1
service-unhealthy B V1.2 C1.3 F1
container-restarted B V1.3 C1.2 I1
resources-high w V1.4 C2.3 I3 F4
logs-show-errors B V1.5 C1.5 F5
foreign-container-holds-name B D1.2 C1.1
container-drifted w V1.1
running-revision-differs B C1.1
capabilities-excessive B S1.2
filesystem-writable w S1.3
docker-socket-mounted B S1.2
logs-unbounded w C1.5
restart-policy-missing w C1.2
dependency-unordered w C1.1
stop-grace-too-short w D1.1
endpoint-fails B C1.4 F2 V2.3
endpoint-unprotected B C3.4 F6
jwt-forgeable B S3.1
input-not-validated B S3.3
sql-injectable B S3.4
xss-reflected B S3.5
audit-log-missing B C3.5
response-slow B C2.1 F8
memory-grows B C2.2 C2.4
query-slow w C2.5
rollback-impossible B E1
image-not-running B D2.2 E1
deploy-in-progress B D1.2
disk-space-low B C1.1 I3
memory-headroom-low w I3
engine-outdated w P2.1
"""

SEVERITY = {"B": Severity.BLOCK, "w": Severity.WARN, "i": Severity.INFO}
TABLE = {name: (SEVERITY[mark], tuple(items)) for name, mark, *items in map(str.split, AGREED.strip().splitlines())}
CHECKS = tuple(catalogue().values())
RULES = [(check, rule) for check in CHECKS for rule in check.rules]
EXAMPLES = [
    pytest.param(check, example, id=f"{check.id}-{example.level}-{example.kind}-{number}".replace(" ", "-").lower())
    for check in CHECKS
    for number, example in enumerate(examples_of(check), 1)
]
ALLOWED = {
    "Bad": {Outcome.FAIL},
    "Good": {Outcome.PASS},
    "Clean twin": {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.WAIVED},
}


def of_rules(*pairs: tuple[Check, Rule]) -> pytest.MarkDecorator:
    """One test for each rule, named after its check and level."""
    named = [pytest.param(check, rule, id=f"{check.id}-{rule.level}") for check, rule in pairs]
    return pytest.mark.parametrize(("check", "rule"), named)


every_check = pytest.mark.parametrize("check", [pytest.param(check, id=check.id) for check in CHECKS])


def test_every_module_of_a_folder_is_in_the_catalogue() -> None:
    files = [
        path
        for folder in flawless.checks.__path__
        for path in Path(folder).glob("*/*.py")
        if not path.name.startswith("_")
    ]
    assert {path.stem.replace("_", "-") for path in files} == set(catalogue())


@every_check
def test_severity_and_items_are_those_of_the_agreed_catalogue(check: Check) -> None:
    assert (check.severity, check.items) == TABLE[check.id]


@every_check
def test_items_are_lines_of_the_checklist(check: Check) -> None:
    assert check.items
    assert set(check.items) <= {line.item for line in LINES}


@every_check
def test_title_remedy_and_rules_are_there(check: Check) -> None:
    assert check.title and not check.title.endswith(".")
    assert check.remedy
    assert len({rule.level for rule in check.rules}) == len(check.rules) > 0


@every_check
def test_the_documentation_says_what_and_then_why(check: Check) -> None:
    what, why, *_ = re.split(r"\n\s*\n", check.doc.strip())
    assert what.endswith(".") and "\n" not in what
    assert len(why.split()) >= 12 and not why.startswith("#")


@of_rules(*RULES)
def test_every_rule_has_a_bad_and_a_good_example(check: Check, rule: Rule) -> None:
    kinds = {example.kind for example in examples_of(check) if example.level is rule.level}
    assert {"Bad", "Good"} <= kinds


@of_rules(*(pair for pair in RULES if pair[1].level in {Level.FILES, Level.IMAGE}))
def test_what_is_judged_before_a_deploy_has_a_clean_twin(check: Check, rule: Rule) -> None:
    assert "Clean twin" in {example.kind for example in examples_of(check) if example.level is rule.level}


@every_check
def test_every_check_has_a_clean_twin(check: Check) -> None:
    assert "Clean twin" in {example.kind for example in examples_of(check)}


@pytest.mark.parametrize(("check", "example"), EXAMPLES)
def test_every_example_is_answered_as_its_heading_says(check: Check, example: Example, tmp_path: Path) -> None:
    verdict = answer(check, example, tmp_path)
    said = "; ".join(f"{finding.outcome} {finding.subject}: {finding.message}" for finding in verdict.findings)
    assert verdict.outcome in ALLOWED[example.kind], said


@of_rules(*(pair for pair in RULES if pair[1].needs or pair[1].built))
def test_in_an_empty_world_nothing_passes_and_nothing_fails(check: Check, rule: Rule) -> None:
    build = Build("/sample", "/sample/Dockerfile", "", (), samples.HERE)
    world = samples.stack(*(structs.replace(service, build=build) for service in samples.healthy_services()))
    (verdict,) = run([(check, rule)], world, Facts())
    assert verdict.outcome is Outcome.UNKNOWN
    assert {finding.outcome for finding in verdict.findings} == {Outcome.UNKNOWN}


@of_rules(*(pair for pair in RULES if pair[1].level is not Level.FILES))
def test_in_a_healthy_world_every_rule_that_looks_at_it_is_content(check: Check, rule: Rule) -> None:
    world = samples.stack()
    (verdict,) = run([(check, rule)], world, samples.healthy_facts(world))
    assert verdict.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE), verdict.reason
