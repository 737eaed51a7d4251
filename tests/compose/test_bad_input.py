"""What cannot be read: one sentence with file and line, exit code 2, no traceback."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from flawless.compose import sources
from flawless.compose.resolve import resolve
from flawless.errors import UsageError
from flawless.model.settings import Settings, StackSettings
from flawless.ports.shell import TIMED_OUT, CommandResult, RealShell
from flawless.testing.from_files import stack_from

BOMB = "x0: &x0 [a, a, a, a, a, a, a, a, a]\n" + "".join(
    f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 9)
)


def refused(files: dict[str, str], root: Path, settings: Settings | None = None) -> UsageError:
    with pytest.raises(UsageError) as caught:
        stack_from(files, root, settings)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.what
    assert str(root) not in caught.value.what or "no compose file" in caught.value.what
    return caught.value


@pytest.mark.parametrize(
    ("text", "words", "where"),
    [
        ("", "empty", "compose.yaml"),
        ("# nothing", "empty", "compose.yaml"),
        ("hello", "not a compose file", "compose.yaml:1"),
        ("- a", "not a compose file", "compose.yaml:1"),
        ("services: {}", "no service", "compose.yaml"),
        ("services:\n  a: {image: x, profiles: [dev]}", "no service", "compose.yaml"),
        ("services:\n  a:", "services.a must be a mapping", "compose.yaml:2"),
        ("services:\n  a:\n    image: x\n    imgae: y", "unknown key imgae in services.a", "compose.yaml:4"),
        ("servces:\n  a: {image: x}", "unknown key 'servces'", "compose.yaml:1"),
        ("services:\n  a:\n    image: x\n    ports: 80", "services.a.ports must be", "compose.yaml:4"),
        ("services:\n  a:\n    image: x\n   b: y", "not valid YAML", "compose.yaml:4"),
        ("services:\n\ta: {}", "not valid YAML", "compose.yaml:2"),
        ("services:\n  {{ name }}:\n    image: {% x %}", "is a template, not a Compose file", "compose.yaml:2"),
        ("services:\n  a:\n    image: x\n    image: y", 'key "image" already defined', "compose.yaml:4"),
        ("services:\n  a: *nope", "not valid YAML", "compose.yaml:2"),
        ("services:\n  a:\n    image: ${x", "services.a.image cannot be read", "compose.yaml:3"),
        ("services:\n  a:\n    image: ${X_UNSET:?set it}", "needs the variable X_UNSET", "compose.yaml:3"),
        ("services:\n  a:\n    extends: a", "a -> a", "compose.yaml:3"),
        ("include: [compose.yaml]\nservices:\n  a: {image: x}", "include each other", "compose.yaml"),
        ("services:\n  a:\n    image: x\n    depends_on: [b]", "service b, which is defined nowhere", "compose.yaml:4"),
        ("services:\n  a:\n    image: x\n    networks: [n]", "network n, which is defined nowhere", "compose.yaml:4"),
        ("services:\n  a:\n    image: x\n    secrets: [s]", "secret s, which is defined nowhere", "compose.yaml:4"),
        (
            "services:\n  a:\n    image: x\n    volumes: ['data:/x']",
            "volume data, which is defined nowhere",
            "compose.yaml:4",
        ),
        ("services:\n  a:\n    image: x\n    env_file: no.env", "env file no.env does not exist", "compose.yaml:4"),
        ("include: [no.yaml]\nservices:\n  a: {image: x}", "no.yaml is named but does not exist", "compose.yaml:1"),
        (
            "services:\n  a:\n    extends: {file: no.yaml, service: z}",
            "no.yaml is named but does not exist",
            "compose.yaml:3",
        ),
        ("services:\n  a: {command: x}", "neither an image nor a build", "compose.yaml:2"),
        ("services:\n  a:\n    image: x\n    stop_grace_period: 3x", "unknown unit", "compose.yaml:4"),
        ("services:\n  a.b:\n    image: x\n    ports: 80", "must be", "compose.yaml:4"),
        ("services:\n  a:\n    image: x\n    ports: ['99999:80']", "invalid hostPort", "compose.yaml"),
        (BOMB + "services:\n  a: {image: x}", "aliases", "compose.yaml:7"),
        ("a: &a [*a]\nservices:\n  a: {image: x}", "aliases", "compose.yaml:1"),
        ("a: " + "[" * 30_000, "nests deeper", "compose.yaml:1"),
        ("a:\n" + "[\n" * 1_000, "nests deeper", "compose.yaml:502"),
        ("a:\n" + "- " * 30_000, "nests deeper", "compose.yaml:2"),
        ("a: \0", "binary", "compose.yaml:1"),
    ],
)
def test_a_compose_file_that_cannot_be_used_is_named_with_its_line(
    text: str, words: str, where: str, tmp_path: Path
) -> None:
    error = refused({"compose.yaml": text}, tmp_path)
    assert words in error.what
    assert re.sub(r":(\d+):\d+$", r":\1", error.where) == where
    assert error.remedy


def test_services_that_depend_on_each_other_are_named(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: x\n    depends_on: [b]\n  b:\n    image: x\n    depends_on: [a]"
    error = refused({"compose.yaml": text}, tmp_path)
    assert ("in a circle: a -> b -> a" in error.what) == (error.where == "compose.yaml:4")
    assert ("in a circle: b -> a -> b" in error.what) == (error.where == "compose.yaml:7")
    assert "in a circle" in error.what


def test_files_that_include_each_other_are_named(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "include: [b.yaml]\nservices:\n  a: {image: x}",
        "b.yaml": "include: [compose.yaml]\nservices:\n  b: {image: x}",
    }
    assert "compose.yaml -> b.yaml -> compose.yaml" in refused(files, tmp_path).what


def test_a_bomb_in_an_included_file_never_reaches_compose(tmp_path: Path) -> None:
    files = {"compose.yaml": "include: [b.yaml]\nservices:\n  a: {image: x}", "b.yaml": BOMB}
    assert refused(files, tmp_path).where == "b.yaml:7"


@pytest.mark.parametrize("name", [".env", "app.env"])
def test_garbage_in_an_env_file_is_named_with_its_line_and_without_its_values(name: str, tmp_path: Path) -> None:
    compose = "services:\n  a:\n    image: x\n    env_file: app.env"
    files = {"compose.yaml": compose, "app.env": "", name: 'A=1\nB C\nPASSWORD="CANARY\n'}
    error = refused(files, tmp_path)
    assert error.where == f"{name}:2"
    assert "CANARY" not in str(error)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ('PASS"WORD=CANARY', "in variable name", ".env:1"),
        ('PASSWORD="CANARY\nx', "unterminated quoted value", ".env:3"),
        ("A=${CANARY", "Invalid template", ".env"),
        ("X=1\n@=CANARY", "unexpected character", ".env:2"),
    ],
)
def test_what_compose_quotes_of_an_env_file_is_not_passed_on(text: str, words: str, line: str, tmp_path: Path) -> None:
    error = refused({"compose.yaml": "services:\n  a: {image: x}", ".env": text + "\n"}, tmp_path)
    assert words in error.what
    assert error.where == line
    assert "CANARY" not in str(error)


def test_a_broken_interpolation_is_not_quoted(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: x\n    environment:\n      PASSWORD: CANARY${x"
    error = refused({"compose.yaml": text}, tmp_path)
    assert error.where == "compose.yaml:5"
    assert "CANARY" not in str(error)


def test_a_folder_without_a_compose_file_says_what_was_looked_for(tmp_path: Path) -> None:
    error = refused({"docker-compose.json": "{}"}, tmp_path)
    assert "has no compose file" in error.what
    assert all(name in error.remedy for name in sources.NAMES)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        stack_from({}, tmp_path / "nowhere")


def test_a_file_given_as_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: x}}")
    with pytest.raises(UsageError, match="not a folder"):
        stack_from({}, tmp_path / "compose.yaml")


def test_a_folder_called_compose_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").mkdir()
    assert "cannot read compose.yaml" in refused({}, tmp_path).what


def test_a_file_that_the_settings_name_must_exist(tmp_path: Path) -> None:
    settings = Settings(stack=StackSettings(files=("nope.yaml",)))
    with pytest.raises(UsageError, match=r"nope\.yaml does not exist"):
        stack_from({}, tmp_path, settings)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "compose.yaml").open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    assert "200 MB" in refused({}, tmp_path).what


def test_a_compose_that_hangs_is_a_sentence(tmp_path: Path) -> None:
    class Hanging(RealShell):
        async def run(self, argv: object, **_: object) -> CommandResult:
            return CommandResult(("compose",), TIMED_OUT, "", "", 0.0, 30.0)

    (tmp_path / "compose.yaml").write_text("services:\n  a: {image: x}")
    with pytest.raises(UsageError, match="within 30 s"):
        asyncio.run(resolve(tmp_path, Hanging(), StackSettings()))


def test_a_compose_that_prints_no_json_is_a_sentence(tmp_path: Path) -> None:
    class Old(RealShell):
        async def run(self, argv: object, **_: object) -> CommandResult:
            return CommandResult(("compose",), 0, "services:\n  a:", "", 0.0, 0.1)

    (tmp_path / "compose.yaml").write_text("services:\n  a: {image: x}")
    with pytest.raises(UsageError, match="no JSON"):
        asyncio.run(resolve(tmp_path, Old(), StackSettings()))
