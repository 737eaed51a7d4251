"""Constructs 11 to 19 over which other readers of Compose files stumble: the values, and the file and line of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.checks.images.base_image_floating import CHECK as FLOATING
from flawless.model.keys import PROXY_CONFIG
from flawless.testing.from_files import facts_from, stack_from
from tests.compose._reading import judged, one, only, refusal


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  {{ app }}:\n    image: x\n",
        "{% if x %}\nservices:\n  a: {image: x}\n{% endif %}\n",
        "services:\n  a:\n    image: %%IMAGE%%\n",
        "services:\n  a:\n    image: {{cookiecutter.slug}}\n",
    ],
)
def test_11_a_template_is_called_one(text: str, tmp_path: Path) -> None:
    error = refusal({"compose.yaml": text}, tmp_path)
    assert error.what == "compose.yaml is a template, not a Compose file"
    assert error.where.startswith("compose.yaml:")


def test_11_braces_in_quotes_and_comments_make_no_template(tmp_path: Path) -> None:
    found = one('services:\n  a: # {{ no }}\n    image: x\n    environment: {H: "{{.Node.Hostname}}"}\n', tmp_path)
    assert found.env[0].value == "{{.Node.Hostname}}"


@pytest.mark.parametrize("text", ["user {{ x }};\n", "listen %%PORT%%;\n", "{% for x in y %}\n"])
def test_11_an_nginx_conf_that_is_a_template_is_unknown_with_that_reason(text: str, tmp_path: Path) -> None:
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


def test_12_a_merged_value_has_the_line_of_where_it_is_written(tmp_path: Path) -> None:
    stack = stack_from({"compose.yaml": MERGED}, tmp_path)
    a, b = only(stack), only(stack, "b")
    assert (a.restart, a.user, a.init, b.restart) == ("no", "1", True, "always")
    assert [str(a.at(key)) for key in ("restart", "user", "init")] == [
        "compose.yaml:9",
        "compose.yaml:3",
        "compose.yaml:4",
    ]
    assert str(b.at("restart")) == "compose.yaml:2"


def test_13_more_than_a_hundred_aliases_are_no_bomb(tmp_path: Path) -> None:
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


def test_14_what_is_extended_is_inherited_with_its_file_and_line(tmp_path: Path) -> None:
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


def test_14_a_circle_of_extends_is_named(tmp_path: Path) -> None:
    text = "services:\n  a: {extends: b}\n  b: {extends: a}\n"
    assert "extend each other in a circle" in refusal({"compose.yaml": text}, tmp_path).what


@pytest.mark.parametrize(
    "include",
    ["include: [in/b.yaml]\n", "include:\n  - path: in/b.yaml\n", "include:\n  - path: [in/b.yaml, in/more.yaml]\n"],
)
def test_15_what_is_included_is_there_with_its_file(include: str, tmp_path: Path) -> None:
    files = {
        "compose.yaml": f"{include}services:\n  a: {{image: x}}\n",
        "in/b.yaml": "services:\n  b:\n    image: y\n    privileged: true\n",
        "in/more.yaml": "services:\n  b:\n    user: '7'\n",
    }
    found = only(stack_from(files, tmp_path), "b")
    assert (found.privileged, str(found.at("privileged"))) == (True, "in/b.yaml:4")
    assert found.user == ("7" if "more" in include else "")


def test_16_an_override_wins_and_compose_file_in_dotenv_names_the_files(tmp_path: Path) -> None:
    base, over = "services:\n  a:\n    image: x\n    user: '1'\n", "services:\n  a:\n    user: '2'\n"
    by_name = only(stack_from({"compose.yaml": base, "compose.override.yaml": over}, tmp_path / "one"))
    assert (by_name.user, str(by_name.at("user"))) == ("2", "compose.override.yaml:3")
    by_env = only(stack_from({"p.yml": base, "q.yml": over, ".env": "COMPOSE_FILE=p.yml:q.yml\n"}, tmp_path / "two"))
    assert (by_env.user, str(by_env.at("user")), str(by_env.at("image"))) == ("2", "q.yml:3", "p.yml:3")


def test_17_reset_and_override_take_values_away(tmp_path: Path) -> None:
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
def test_18_interpolation_is_compose_s_own(text: str, image: str, tmp_path: Path) -> None:
    files = {"compose.yaml": f"services:\n  a:\n    image: '{text}'\n", ".env": "TAG=9\n"}
    assert only(stack_from(files, tmp_path)).image == image


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("${A:-${B:-x:latest}}", "x:latest is whatever was pushed last"),
        ("x:${TAG}", "x:9 has a tag but no digest"),
        ("registry.example.test:5000/team/app", "registry.example.test:5000/team/app has no tag"),
        ("registry.example.test:5000/team/app:1", "has a tag but no digest"),
    ],
)
def test_18_and_09_an_image_is_judged_by_what_it_comes_to(image: str, words: str, tmp_path: Path) -> None:
    files = {"compose.yaml": f"services:\n  a:\n    image: '{image}'\n", ".env": "TAG=9\n"}
    (finding,) = judged(FLOATING, stack_from(files, tmp_path)).findings
    assert words in finding.message


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
def test_19_where_a_port_is_bound(port: str, host_ip: str, loopback: bool, tmp_path: Path) -> None:
    text = f"services:\n  a:\n    image: x\n    ports:\n      - {port}\n"
    (found,) = only(stack_from({"compose.yaml": text, ".env": "FROM_ENV=127.0.0.1\n"}, tmp_path)).ports
    assert (found.host_ip, found.loopback, found.target, str(found.origin)) == (host_ip, loopback, 80, "compose.yaml:5")
