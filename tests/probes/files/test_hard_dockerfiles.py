"""Constructs of Dockerfiles over which other readers stumble: values, lines, and what is effective in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.checks.images.healthcheck_missing import CHECK as HEALTHCHECK_MISSING
from flawless.checks.images.runs_as_root import CHECK as RUNS_AS_ROOT
from flawless.judging.run import run
from flawless.model.check import Check, Level, Outcome, Verdict
from flawless.model.dockerfile import Dockerfile
from flawless.model.keys import DOCKERFILE
from flawless.testing.from_files import observe_files
from tests.probes.files._world import APP, reason, value

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


def test_any_line_may_follow_the_end_of_a_heredoc(tmp_path: Path) -> None:
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
        ("ARG U=root\nFROM debian\nARG U=root\nUSER ${U}\n", FAIL),
        ("FROM debian\nARG U=app\nUSER ${U}\n", PASS),
        ("FROM debian\nUSER 0:0\n", FAIL),
        ("FROM gcr.io/distroless/static-debian12:nonroot\n", PASS),
        ("FROM cgr.dev/chainguard/nginx\n", PASS),
        ("FROM gcr.io/distroless/static-debian12\n", UNKNOWN),
        ("FROM gcr.io/distroless/static-debian12:nonroot\nUSER root\n", FAIL),
        ("FROM scratch\n", FAIL),
    ],
)
def test_the_user_that_is_in_force_in_the_shipped_stage_counts(text: str, outcome: Outcome, tmp_path: Path) -> None:
    assert judged(RUNS_AS_ROOT, text, tmp_path).outcome is outcome


@pytest.mark.parametrize(
    ("text", "compose", "outcome"),
    [
        ("FROM x AS b\nHEALTHCHECK CMD a\nFROM y\n", APP, FAIL),
        ("FROM x AS b\nHEALTHCHECK CMD a\nFROM b\n", APP, PASS),
        ("FROM x\nHEALTHCHECK CMD a\nHEALTHCHECK NONE\n", APP, FAIL),
        ('FROM x\nHEALTHCHECK --interval=5s CMD ["a"]\n', APP, PASS),
        ('FROM x\nHEALTHCHECK CMD ["a"]\n', APP + "    healthcheck: {disable: true}\n", FAIL),
        ('FROM x\nHEALTHCHECK CMD ["a"]\n', APP + "    healthcheck: {test: [NONE]}\n", FAIL),
        ('FROM x\nHEALTHCHECK CMD ["a"]\n', APP + "    healthcheck: {interval: 5s}\n", PASS),
    ],
)
def test_the_healthcheck_that_is_in_force_counts(text: str, compose: str, outcome: Outcome, tmp_path: Path) -> None:
    assert judged(HEALTHCHECK_MISSING, text, tmp_path, compose).outcome is outcome


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
def test_the_base_is_known_through_arguments(text: str, base: str, tmp_path: Path) -> None:
    assert read(text, tmp_path).final.base == base


def test_flags_of_newer_syntax_are_flags(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("name", ["Containerfile", ".docker/Dockerfile", "prod.dockerfile"])
def test_a_dockerfile_may_be_called_anything_and_lie_in_a_hidden_folder(name: str, tmp_path: Path) -> None:
    compose = f"services:\n  app:\n    build: {{context: ., dockerfile: {name}}}\n"
    assert read("FROM x\nUSER 1\n", tmp_path, compose, name).path == name


def test_without_a_dockerfile_one_in_lower_case_is_taken(tmp_path: Path) -> None:
    assert read("FROM x\n", tmp_path, name="dockerfile").path == "dockerfile"


def test_latin_1_is_read_and_utf_16_is_named(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes("# für alle\nFROM x\nUSER 1\n".encode("latin-1"))
    assert lines(value(DOCKERFILE, {"compose.yaml": APP}, tmp_path)) == [("USER", 3)]
    (tmp_path / "Dockerfile").write_bytes("FROM x\n".encode("utf-16"))
    assert "Dockerfile is UTF-16 text" in reason(DOCKERFILE, {"compose.yaml": APP}, tmp_path)


@pytest.mark.parametrize("start", ["\ufeff", ""])
def test_a_bom_and_carriage_returns_are_no_text(start: str, tmp_path: Path) -> None:
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
def test_a_template_is_called_one(text: str, tmp_path: Path) -> None:
    assert "is a template" in reason(DOCKERFILE, {"compose.yaml": APP, "Dockerfile": text}, tmp_path)


def test_braces_in_a_command_make_no_template(tmp_path: Path) -> None:
    text = "FROM x\nRUN docker inspect --format {{.State}} a\nUSER 1\n"
    assert lines(read(text, tmp_path)) == [("RUN", 2), ("USER", 3)]


def test_comments_and_blank_lines_inside_a_continuation_are_skipped(tmp_path: Path) -> None:
    text = "FROM x\nRUN a && \\\n# why\n\n    b && \\\n    c\nUSER 1\n"
    found = read(text, tmp_path)
    assert lines(found) == [("RUN", 2), ("USER", 7)]
    assert " ".join(" ".join(found.final.instructions[0].args).split()) == "a && b && c"


def test_the_escape_directive_changes_what_continues_a_line(tmp_path: Path) -> None:
    found = read("# escape=`\n# check=skip=all\nFROM x\nRUN a `\n  b\nCOPY a C:\\\nUSER 1\n", tmp_path)
    assert lines(found) == [("RUN", 4), ("COPY", 6), ("USER", 7)]


def test_what_onbuild_defers_is_not_in_force_here(tmp_path: Path) -> None:
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


def test_a_dockerfile_inside_the_compose_file_has_its_lines_there(tmp_path: Path) -> None:
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


def test_a_dockerfile_of_a_megabyte_is_read(tmp_path: Path) -> None:
    text = "FROM x\n" + "RUN echo something that is rather long and of no use to anybody\n" * 16_000 + "USER 1\n"
    assert lines(read(text, tmp_path))[-1] == ("USER", 16_002)
