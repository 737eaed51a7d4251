"""nginx configurations, found where the container would find them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.model.keys import PROXY_CONFIG
from flawless.probes.files._nginx import parsed
from tests.probes.files._world import reason, value

MAIN = "events {}\nhttp {\n  include mime.types;\n  include conf.d/*.conf;\n  include snippets/a.conf;\n}\n"
SITE = "server {\n  listen 80;\n  location / {\n    proxy_pass http://app:8000;\n  }\n}\n"


def compose(*volumes: str, image: str = "nginx:1.27", more: str = "") -> str:
    listed = "".join(f"      - {volume}\n" for volume in volumes)
    return (
        f"services:\n  app:\n    image: {image}\n    ports: ['80:80']\n{more}"
        + ("    volumes:\n" if listed else "")
        + listed
    )


def test_includes_are_read_across_mounts_in_their_places_with_their_lines(tmp_path: Path) -> None:
    files = {
        "compose.yaml": compose(
            "./main.conf:/etc/nginx/nginx.conf", "./sites:/etc/nginx/conf.d", "./s:/etc/nginx/snippets"
        ),
        "main.conf": MAIN,
        "sites/b.conf": SITE,
        "sites/a.conf": "map $x $y {}\n",
        "sites/no.txt": "x",
        "s/a.conf": "gzip on;\n",
    }
    config = value(PROXY_CONFIG, files, tmp_path)
    (http,) = config.root.children("http")
    assert [(each.name, str(each.origin)) for each in http.block] == [
        ("map", "sites/a.conf:1"),
        ("server", "sites/b.conf:1"),
        ("gzip", "s/a.conf:1"),
    ]
    (target,) = config.find("proxy_pass")
    assert (target.args, str(target.origin)) == (("http://app:8000",), "sites/b.conf:4")
    assert config.files == ("main.conf", "sites/a.conf", "sites/b.conf", "s/a.conf")
    assert config.problems == ()


def test_a_site_that_the_official_image_includes_stands_in_an_http_block(tmp_path: Path) -> None:
    files = {"compose.yaml": compose("./site.conf:/etc/nginx/conf.d/default.conf:ro"), "site.conf": SITE}
    config = value(PROXY_CONFIG, files, tmp_path)
    assert [str(server.origin) for server in config.servers()] == ["site.conf:1"]


@pytest.mark.parametrize(
    "copies",
    [
        "COPY nginx.conf /etc/nginx/nginx.conf",
        "COPY nginx.conf /etc/nginx/",
        "COPY . /etc/nginx",
        "WORKDIR /etc/nginx\nCOPY nginx.conf .",
        "COPY old.conf /etc/nginx/nginx.conf\nCOPY nginx.conf /etc/nginx/nginx.conf",
        "ARG D=/etc/nginx\nCOPY *inx.conf $D/",
    ],
)
def test_a_configuration_that_is_copied_into_the_image_is_found(copies: str, tmp_path: Path) -> None:
    files = {
        "compose.yaml": compose(image="x", more="    build: edge\n    container_name: nginx\n").replace(
            "  app:", "  nginx:"
        ),
        "edge/Dockerfile": f"FROM nginx\n{copies}\n",
        "edge/nginx.conf": "events {}\nhttp {\n" + SITE + "}\n",
        "edge/old.conf": "events {}\n",
    }
    config = value(PROXY_CONFIG, files, tmp_path, service="nginx")
    assert [str(server.origin) for server in config.servers()] == ["edge/nginx.conf:3"]


def test_a_mount_hides_what_the_image_has(tmp_path: Path) -> None:
    more = "    build: .\n"
    files = {
        "compose.yaml": compose("./mounted:/etc/nginx", more=more),
        "Dockerfile": "FROM nginx\nCOPY copied.conf /etc/nginx/nginx.conf\n",
        "copied.conf": "user copied;\n",
        "mounted/nginx.conf": "user mounted;\n",
    }
    assert value(PROXY_CONFIG, files, tmp_path).find("user")[0].args == ("mounted",)


def test_a_mounted_folder_hides_also_what_it_does_not_have(tmp_path: Path) -> None:
    files = {
        "compose.yaml": compose("./mounted:/etc/nginx", more="    build: .\n"),
        "Dockerfile": "FROM nginx\nCOPY copied.conf /etc/nginx/nginx.conf\n",
        "copied.conf": "user copied;\n",
        "mounted/other.conf": "",
    }
    assert "in the image" in reason(PROXY_CONFIG, files, tmp_path)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("http {\n  server { listen 80; }\n  location / {}\n}\n", "location", 3),
        ("http {\n  server {\n    listen 80\n  }\n}\n", "not terminated", 3),
        ("http {\n", "unexpected end of file", 0),
        ("http {}}\n", "unexpected", 1),
        ("http { include gone.conf; }\n", "gone.conf does not exist", 1),
        ("http { server { return 1 2 3 4; } }\n", "arguments", 1),
        ("include nginx.conf;\n", "includes itself", 1),
    ],
)
def test_a_fault_is_a_problem_with_its_line(text: str, words: str, line: int, tmp_path: Path) -> None:
    config = value(PROXY_CONFIG, {"compose.yaml": compose("./n:/etc/nginx"), "n/nginx.conf": text}, tmp_path)
    (problem,) = config.problems
    assert words in problem.message
    assert problem.origin.file == "n/nginx.conf"
    assert line in {0, problem.origin.line}


def test_directives_that_the_parser_s_tables_lack_are_let_pass(tmp_path: Path) -> None:
    text = "http {\n  server {\n    http2 on;\n    http3 on;\n    ssl_reject_handshake on;\n  }\n}\n"
    config = value(PROXY_CONFIG, {"compose.yaml": compose("./n:/etc/nginx"), "n/nginx.conf": text}, tmp_path)
    assert config.problems == ()
    assert config.find("http2")[0].args == ("on",)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"compose.yaml": compose()}, "in the image nginx:1.27 only"),
        ({"compose.yaml": compose("./t:/etc/nginx/templates"), "t/a.conf.template": "x"}, "template"),
        ({"compose.yaml": compose("./n:/etc/nginx"), "n/nginx.conf": "listen ${PORT};"}, "n/nginx.conf is a template"),
        ({"compose.yaml": compose(image="traefik:3")}, "traefik"),
        ({"compose.yaml": "services:\n  app: {image: postgres}"}, "no proxy"),
    ],
)
def test_what_cannot_be_read_before_the_start_is_unknown(files: dict[str, str], words: str, tmp_path: Path) -> None:
    assert words in reason(PROXY_CONFIG, files, tmp_path)


def test_a_configuration_that_is_no_text_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / "nginx.conf").write_bytes(b"\xff\x00\xfe")
    assert "not UTF-8" in reason(PROXY_CONFIG, {"compose.yaml": compose("./n:/etc/nginx")}, tmp_path)


@given(st.text(alphabet="ab{};'\"\\#$ \n", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    _, problems = parsed(text, "nginx.conf")
    assert all(problem.message for problem in problems)
