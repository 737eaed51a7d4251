"""What a watch tells: notices, metrics, readings as a table, and a unit for systemd."""

from __future__ import annotations

import json

import pytest
from msgspec import structs

from flawless.judging.signs import signs
from flawless.model.alerts import Alert, Around, Block
from flawless.model.board import Beat
from flawless.model.settings import WatchSettings
from flawless.report.metrics import exposition
from flawless.report.notice import lines, title
from flawless.report.samples_page import Kept, samples_json, samples_page
from flawless.report.unit import Unit, unit
from tests.judging.test_signs import AROUND, BOARD, lane, tick

ALERT = Alert(key="service", subject="web", said="exited\nwith \x1b[31m1", do="flawless diagnose web", raised=100.0)
OVER = structs.replace(ALERT, cleared=190.0, said="healthy")
KEPT = Kept(
    stack="shop",
    since=0.0,
    now=3600.0,
    blocks=tuple(
        Block(container="web-1", ticks=tuple(tick(at + s, memory=(at + 1) * 50_000) for s in (0, 5)))
        for at in range(0, 3600, 60)
    ),
    alerts=(ALERT, OVER),
)


def page(around: Around = AROUND, *alerts: Alert) -> str:
    return exposition(BOARD, signs(BOARD, around, WatchSettings()), alerts, around).decode()


def test_an_alert_says_what_to_do_and_one_that_is_over_for_how_long_it_lasted() -> None:
    assert lines(ALERT) == ("✘ service of web: exited with 1", "  do: flawless diagnose web")
    assert lines(OVER) == ("✔ service of web is over after 1 min 30 s: healthy",)


@pytest.mark.parametrize(
    ("alerts", "said"),
    [((ALERT,), "shop: 1 alert"), ((ALERT, ALERT), "shop: 2 alerts"), ((OVER,), "shop: 1 over")],
)
def test_a_title(alerts: tuple[Alert, ...], said: str) -> None:
    assert title("shop", alerts) == said


def test_metrics_of_a_stack_that_is_well() -> None:
    found = page()
    for line in (
        'flawless_engine_up{stack="shop"} 1.0',
        'flawless_service_up{service="web"} 1.0',
        'flawless_site_up{stack="shop"} 1.0',
        'flawless_container_memory_limit_bytes{container="web-1",service="web"} 1e+08',
        'flawless_disk_free_bytes{stack="shop"} 500.0',
    ):
        assert line in found.splitlines()
    assert "flawless_alert{" not in found
    assert "flawless_sign_unknown{" not in found


def test_metrics_of_an_alert_and_of_what_nobody_told() -> None:
    found = page(Around(unseen={"disk": "it is not here"}), ALERT)
    assert 'flawless_alert{alert="service",subject="web"} 1.0' in found
    assert 'flawless_sign_unknown{sign="disk",subject="shop"} 1.0' in found
    assert "flawless_disk_free_bytes{" not in found


def test_without_an_engine_no_service_is_up_or_down() -> None:
    lost = structs.replace(BOARD, notes=("? no answer",), beats=(Beat(0.1, "refused"),))
    found = exposition(lost, (), (), AROUND).decode()
    assert 'flawless_engine_up{stack="shop"} 0.0' in found
    assert 'flawless_site_up{stack="shop"} 0.0' in found
    assert "flawless_service_up{" not in found


def test_a_container_without_a_reading_has_no_figures() -> None:
    found = exposition(lane(ticks=(), memory_limit=0), (), (), AROUND).decode()
    assert "flawless_container_memory" not in "".join(line for line in found.splitlines() if line[0] != "#")


def test_readings_as_a_table() -> None:
    found = samples_page(KEPT)
    (row,) = (line for line in found.splitlines() if line.startswith("web-1"))
    assert row.split()[1:3] == ["120", "0.10"]
    assert row.endswith("▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███")
    assert "✘ service of web" in found
    assert "lasts" in found
    assert "\x1b" not in found


def test_readings_as_json() -> None:
    found = json.loads(samples_json(KEPT))
    assert len(found["blocks"]) == 60
    assert found["alerts"][1]["cleared"] == 190.0


def test_no_readings_are_a_sentence() -> None:
    found = samples_page(structs.replace(KEPT, blocks=(), alerts=()))
    assert "nothing in the last 60 min" in found
    assert "none" in found


def test_a_unit_runs_the_very_command() -> None:
    command = ("/opt/my venv/python", "-m", "flawless", "watch", '/srv/100% "$HOME"', "--interval", "5")
    about = Unit(
        name="flawless-watch-shop", stack="shop", user="ops", home="/home/ops", folder="/srv/shop",
        state="/srv/shop/.flawless", command=command,
    )  # fmt: skip
    text = unit(about)
    assert r'ExecStart="/opt/my venv/python" "-m" "flawless" "watch" "/srv/100%% \"$$HOME\"" "--interval" "5"' in text
    assert "User=ops" in text
    assert "SuccessExitStatus=130" in text
