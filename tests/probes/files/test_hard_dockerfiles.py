"""Constructs of Dockerfiles over which other readers stumble: values, lines, and what is effective in the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flawless.checks.images.base_image_floating import CHECK as FLOATING
from flawless.checks.images.healthcheck_cannot_fail import CHECK as CANNOT_FAIL
from flawless.checks.images.healthcheck_missing import CHECK as HEALTHCHECK_MISSING
from flawless.checks.images.runs_as_root import CHECK as RUNS_AS_ROOT
from flawless.judging.run import run
from flawless.model.check import Check, Level, Outcome, Verdict
from flawless.model.dockerfile import Dockerfile
from flawless.model.keys import DOCKERFILE
from flawless.testing.from_files import observe_files
from tests.probes.files._world import APP, reason, value

HERE = Path(__file__).parent
COMPOSE = HERE.parents[1] / "compose"
TESTED = (HERE / "test_hard_dockerfiles.py", COMPOSE / "test_hard_constructs.py", COMPOSE / "test_hard_values.py")
ALSO = (
    "escape_and_check_directives comments_and_blank_lines onbuild carriage_returns dockerfile_inline profiles "
    "develop_models_provider network_mode_service a_megabyte escape_sequences"
)
FAIL, PASS, UNKNOWN = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN


def read(text: str, root: Path, compose: str = APP, name: str = "Dockerfile") -> Dockerfile:
    return value(DOCKERFILE, {"compose.yaml": compose, name: text}, root)


def judged(check: Check, text: str, root: Path, compose: str = APP) -> Verdict:
    stack, facts = observe_files(root, {"compose.yaml": compose, "Dockerfile": text}, [DOCKERFILE])
    rule = next(rule for rule in check.rules if rule.level is Level.FILES)
    (verdict,) = run([(check, rule)], stack, facts)
    return verdict


def lines(dockerfile: Dockerfile) -> list[tuple[str, int]]:
    return [(step.name, step.line) for step in dockerfile.final.instructions]


def test_01_any_line_may_follow_the_end_of_a_heredoc(tmp_path: Path) -> None:
    text = "FROM x\nRUN <<EOF\napt-get update\napt-get install -y a\nEOF\nUSER 7\nCOPY <<A <<B /x/\n1\nA\n2\nB\nCMD a\n"
    found = read(text, tmp_path)
    assert lines(found) == [("RUN", 2), ("USER", 6), ("COPY", 7), ("CMD", 12)]
    assert found.final.instructions[0].heredocs == ("apt-get update\napt-get install -y a\n",)
    assert found.final.instructions[2].heredocs == ("1\n", "2\n")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("FROM debian AS build\nUSER 1\nFROM debian\nCOPY --from=build /a /a\n", FAIL),
        ("FROM debian AS base\nUSER 1\nFROM base\n", PASS),
        ("FROM debian AS base\nUSER 1\nFROM base\nUSER root\n", FAIL),
        ("FROM scratch\n", FAIL),
    ],
)
def test_02_the_user_of_the_shipped_stage_counts(text: str, outcome: Outcome, tmp_path: Path) -> None:
    assert judged(RUNS_AS_ROOT, text, tmp_path).outcome is outcome


@pytest.mark.parametrize(
    ("text", "compose", "outcome"),
    [
        ("FROM x AS b\nHEALTHCHECK CMD a\nFROM y\n", APP, FAIL),
        ("FROM x AS b\nHEALTHCHECK CMD a\nFROM b\n", APP, PASS),
        ("FROM x\nHEALTHCHECK CMD a\nHEALTHCHECK NONE\n", APP, FAIL),
        ('FROM x\nHEALTHCHECK CMD ["a"]\n', APP + "    healthcheck: {disable: true}\n", FAIL),
        ('FROM x\nHEALTHCHECK CMD ["a"]\n', APP + "    healthcheck: {test: [NONE]}\n", FAIL),
        ('FROM x\nHEALTHCHECK CMD ["a"]\n', APP + "    healthcheck: {interval: 5s}\n", PASS),
    ],
)
def test_03_the_healthcheck_that_is_in_force_counts(text: str, compose: str, outcome: Outcome, tmp_path: Path) -> None:
    assert judged(HEALTHCHECK_MISSING, text, tmp_path, compose).outcome is outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("ARG U=root\nFROM debian\nARG U=root\nUSER ${U}\n", FAIL),
        ("FROM debian\nARG U=app\nUSER ${U}\n", PASS),
        ("FROM debian\nENV U=app\nUSER $U:$U\n", PASS),
        ("FROM debian\nARG U\nUSER ${U}\n", UNKNOWN),
        ("FROM debian\nARG U\nUSER ${U:-10001}\n", PASS),
        ("FROM debian\nUSER 0:0\n", FAIL),
    ],
)
def test_05_a_user_is_known_through_arguments(text: str, outcome: Outcome, tmp_path: Path) -> None:
    assert judged(RUNS_AS_ROOT, text, tmp_path).outcome is outcome


def test_05_a_build_argument_wins_over_the_default(tmp_path: Path) -> None:
    compose = "services:\n  app:\n    build: {context: ., args: {U: root}}\n"
    assert judged(RUNS_AS_ROOT, "FROM debian\nARG U=app\nUSER ${U}\n", tmp_path, compose).outcome is FAIL


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("FROM gcr.io/distroless/static-debian12:nonroot\n", PASS),
        ("FROM cgr.dev/chainguard/nginx\n", PASS),
        ("FROM gcr.io/distroless/static-debian12\n", UNKNOWN),
        ("FROM gcr.io/distroless/static-debian12:nonroot\nUSER root\n", FAIL),
    ],
)
def test_06_a_base_may_have_a_user_already(text: str, outcome: Outcome, tmp_path: Path) -> None:
    assert judged(RUNS_AS_ROOT, text, tmp_path).outcome is outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ('HEALTHCHECK --interval=5s CMD ["true"]', FAIL),
        ('HEALTHCHECK CMD [ "sh", "-c", "wget -qO- http://localhost/ | head -1" ]', FAIL),
        ('HEALTHCHECK --interval=5s --timeout=3s CMD ["curl", "-f", "http://localhost/"]', PASS),
    ],
)
def test_10_a_healthcheck_in_json_form_is_judged(text: str, outcome: Outcome, tmp_path: Path) -> None:
    assert judged(CANNOT_FAIL, f"FROM x\n{text}\n", tmp_path).outcome is outcome


PINNED = f"node:22@sha256:{'1' * 64}"


@pytest.mark.parametrize(
    ("text", "args", "outcome"),
    [
        ("ARG TAG=latest\nFROM node:${TAG}\n", "", FAIL),
        (f"ARG BASE={PINNED}\nFROM ${{BASE}}\n", "", PASS),
        ("ARG TAG\nFROM node:${TAG}\n", "", UNKNOWN),
        ("ARG BASE\nFROM ${BASE}\n", f", args: {{BASE: '{PINNED}'}}", PASS),
    ],
)
def test_04_a_base_in_an_argument_is_judged(text: str, args: str, outcome: Outcome, tmp_path: Path) -> None:
    compose = f"services:\n  app:\n    build: {{context: .{args}}}\n"
    assert judged(FLOATING, text, tmp_path, compose).outcome is outcome


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("registry.example.test:5000/team/image", "registry.example.test:5000/team/image has no tag"),
        ("registry.example.test:5000/team/image:1", "has a tag but no digest"),
        ("registry.example.test:5000/team/image:latest", "image:latest is whatever was pushed last"),
    ],
)
def test_09_the_port_of_a_registry_is_no_tag(base: str, words: str, tmp_path: Path) -> None:
    (finding,) = judged(FLOATING, f"FROM {base}\n", tmp_path).findings
    assert words in finding.message


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("ARG TAG=latest\nFROM node:${TAG}\n", "node:latest"),
        ("ARG TAG=1\nARG IMAGE=node:$TAG\nFROM ${IMAGE}\n", "node:1"),
        ("ARG TAG\nFROM node:${TAG:-22}\n", "node:22"),
        (
            "FROM --platform=$BUILDPLATFORM registry.example.test:5000/team/image\n",
            "registry.example.test:5000/team/image",
        ),
    ],
)
def test_04_the_base_is_known_through_arguments(text: str, base: str, tmp_path: Path) -> None:
    assert read(text, tmp_path).final.base == base


def test_07_flags_of_newer_syntax_are_flags(tmp_path: Path) -> None:
    text = (
        "FROM x\nCOPY --exclude=*.md --parents a/b /c/\nRUN --security=insecure --network=none true\n"
        "ADD --checksum=sha256:00 https://example.test/a /a\nCOPY --link --chmod=0755 a /a\n"
    )
    flags = [step.flags for step in read(text, tmp_path).final.instructions]
    assert flags == [
        ("--exclude=*.md", "--parents"),
        ("--security=insecure", "--network=none"),
        ("--checksum=sha256:00",),
        ("--link", "--chmod=0755"),
    ]


def test_07_a_file_of_newer_syntax_is_judged_like_any_other(tmp_path: Path) -> None:
    text = (
        "# syntax=docker/dockerfile:1-labs\nFROM debian\nCOPY --exclude=*.md --parents a/b /c/\n"
        "RUN --security=insecure true\nADD --checksum=sha256:00 https://example.test/a /a\nUSER root\n"
    )
    (finding,) = judged(RUNS_AS_ROOT, text, tmp_path).findings
    assert (finding.outcome, str(finding.location)) == (FAIL, "Dockerfile:6")


@pytest.mark.parametrize("name", ["Containerfile", ".docker/Dockerfile", "prod.dockerfile"])
def test_08_a_dockerfile_may_be_called_anything_and_lie_in_a_hidden_folder(name: str, tmp_path: Path) -> None:
    compose = f"services:\n  app:\n    build: {{context: ., dockerfile: {name}}}\n"
    assert read("FROM x\nUSER 1\n", tmp_path, compose, name).path == name


def test_08_without_a_dockerfile_one_in_lower_case_is_taken(tmp_path: Path) -> None:
    assert read("FROM x\n", tmp_path, name="dockerfile").path == "dockerfile"


def test_08_latin_1_is_read_and_utf_16_is_named(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes("# für alle\nFROM x\nUSER 1\n".encode("latin-1"))
    assert lines(value(DOCKERFILE, {"compose.yaml": APP}, tmp_path)) == [("USER", 3)]
    (tmp_path / "Dockerfile").write_bytes("FROM x\n".encode("utf-16"))
    assert "Dockerfile is UTF-16 text" in reason(DOCKERFILE, {"compose.yaml": APP}, tmp_path)


@pytest.mark.parametrize("start", ["\ufeff", ""])
def test_also_carriage_returns_and_a_bom_are_no_text(start: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(f"{start}FROM x:1\r\nRUN a && \\\r\n  b\r\nUSER 1\r\n".encode())
    found = value(DOCKERFILE, {"compose.yaml": APP}, tmp_path)
    assert (found.final.base, lines(found)) == ("x:1", [("RUN", 2), ("USER", 4)])


@pytest.mark.parametrize(
    "text",
    [
        "FROM {{ base }}\nRUN a\n",
        "{% if x %}\nFROM x\n{% endif %}\n",
        "FROM %%BASE%%\nUSER 1\n",
        "{{ header }}\nFROM x\n",
    ],
)
def test_11_a_template_is_called_one(text: str, tmp_path: Path) -> None:
    assert "is a template" in reason(DOCKERFILE, {"compose.yaml": APP, "Dockerfile": text}, tmp_path)


def test_11_braces_in_a_command_make_no_template(tmp_path: Path) -> None:
    text = "FROM x\nRUN docker inspect --format {{.State}} a\nUSER 1\n"
    assert lines(read(text, tmp_path)) == [("RUN", 2), ("USER", 3)]


def test_also_comments_and_blank_lines_inside_a_continuation_are_skipped(tmp_path: Path) -> None:
    text = "FROM x\nRUN a && \\\n# why\n\n    b && \\\n    c\nUSER 1\n"
    found = read(text, tmp_path)
    assert lines(found) == [("RUN", 2), ("USER", 7)]
    assert " ".join(" ".join(found.final.instructions[0].args).split()) == "a && b && c"


def test_also_escape_and_check_directives_change_what_continues_a_line(tmp_path: Path) -> None:
    found = read("# escape=`\n# check=skip=all\nFROM x\nRUN a `\n  b\nCOPY a C:\\\nUSER 1\n", tmp_path)
    assert lines(found) == [("RUN", 4), ("COPY", 6), ("USER", 7)]


def test_also_onbuild_what_it_defers_is_not_in_force_here(tmp_path: Path) -> None:
    text = "FROM debian\nONBUILD USER 1\nONBUILD HEALTHCHECK CMD a\n"
    assert lines(read(text, tmp_path)) == [("ONBUILD", 2), ("ONBUILD", 3)]
    assert judged(RUNS_AS_ROOT, text, tmp_path).outcome is FAIL
    assert judged(HEALTHCHECK_MISSING, text, tmp_path).outcome is FAIL


INLINE = """\
services:
  app:
    build:
      context: .
      target: final
      args: {TAG: "9"}
      dockerfile_inline: |
        ARG TAG=1
        FROM x:$${TAG} AS final
        ENV API_TOKEN=CANARY-inline
        USER 0
        FROM y
"""


def test_also_dockerfile_inline_has_its_lines_there(tmp_path: Path) -> None:
    found = value(DOCKERFILE, {"compose.yaml": INLINE}, tmp_path)
    assert (found.path, found.final.base, found.final.line) == ("compose.yaml", "x:9", 9)
    assert lines(found) == [("ENV", 10), ("USER", 11)]
    verdict = run_on(INLINE, tmp_path)
    assert [str(finding.location) for finding in verdict.findings] == ["compose.yaml:11"]


def run_on(compose: str, root: Path) -> Verdict:
    stack, facts = observe_files(root, {"compose.yaml": compose}, [DOCKERFILE])
    (verdict,) = run([(RUNS_AS_ROOT, RUNS_AS_ROOT.rules[0])], stack, facts)
    assert "CANARY" not in f"{stack}{facts.to_json()}"
    return verdict


def test_an_additional_context_stands_for_the_base_of_that_name(tmp_path: Path) -> None:
    compose = (
        "services:\n  app:\n    build:\n      context: .\n      additional_contexts:\n"
        "        base: docker-image://debian:12\n        src: ./other\n"
    )
    assert read("FROM base\nCOPY --from=src /a /a\n", tmp_path, compose).final.base == "debian:12"


@pytest.mark.parametrize("context", ["https://example.test/app.git#main", "git@example.test:team/app.git"])
def test_a_context_elsewhere_is_unknown(context: str, tmp_path: Path) -> None:
    compose = f"services:\n  app:\n    build: {context}\n"
    assert "not on this machine" in reason(DOCKERFILE, {"compose.yaml": compose}, tmp_path)


def test_also_a_megabyte_dockerfile_is_read(tmp_path: Path) -> None:
    text = "FROM x\n" + "RUN echo something that is rather long and of no use to anybody\n" * 16_000 + "USER 1\n"
    assert lines(read(text, tmp_path))[-1] == ("USER", 16_002)


def test_every_construct_has_a_test_of_its_number() -> None:
    names = [name for file in TESTED for name in re.findall(r"^def test_(\w+)", file.read_text(), re.MULTILINE)]
    numbers = {int(number) for name in names for number in re.findall(r"(?:^|_and_)(\d\d)_", name)}
    assert numbers == set(range(1, 26))
    assert [each for each in ALSO.split() if not any(name.startswith(f"also_{each}") for name in names)] == []
