"""What somebody is told of alerts: a title, a text, and the same as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from flawless.model.alerts import Alert
from flawless.report.text import one_line, span

SCHEMA = "flawless/notice/1"


def title(stack: str, alerts: Sequence[Alert]) -> str:
    """``viworks: 2 alerts, 1 over``."""
    over = sum(alert.cleared > 0 for alert in alerts)
    raised = len(alerts) - over
    parts = [f"{raised} alert{'s' * (raised != 1)}"] * bool(raised) + [f"{over} over"] * bool(over)
    return f"{stack}: {', '.join(parts)}"


def text(alerts: Sequence[Alert]) -> str:
    """Two lines an alert: what is wrong, and what to do; one for an alert that is over."""
    return "\n".join(line for alert in alerts for line in lines(alert))


def lines(alert: Alert) -> tuple[str, ...]:
    """An alert as lines of text."""
    said = one_line(alert.said)
    if alert.cleared:
        return (f"✔ {alert.key} of {alert.subject} is over after {span(alert.cleared - alert.raised)}: {said}",)
    return (f"✘ {alert.key} of {alert.subject}: {said}", *([f"  do: {alert.do}"] if alert.do else []))


def payload(stack: str, alerts: Sequence[Alert]) -> bytes:
    """The JSON of a webhook: schema, stack, title, and the alerts that were raised and that are over."""
    return msgspec.json.encode(
        {
            "schema": SCHEMA,
            "stack": stack,
            "title": title(stack, alerts),
            "raised": [alert for alert in alerts if not alert.cleared],
            "cleared": [alert for alert in alerts if alert.cleared],
        }
    )
