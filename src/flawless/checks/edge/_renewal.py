"""How certificates of a public authority are renewed, from scripts, services and certbot's own notes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from flawless.model.observed_files import SourceLine
from flawless.model.stack import Origin, Service, Stack

_TOOL = re.compile(r"\b(?:certbot|acme\.sh|dehydrated|lego)\b")
_INSTALL = re.compile(r"\b(?:install|apt|apt-get|apk|dnf|yum|snap|pip|pull|command -v|which)\b")
_RENEWS = re.compile(r"\brenew\b|--cron\b|\bcertonly\b|--issue\b|\bcertbot run\b|\bcertbot -|\brun\b")
_STANDALONE = re.compile(r"--standalone\b|authenticator\s*=\s*standalone|--authenticator[ =]standalone|-a standalone\b")
_WEBROOT = re.compile(
    r"(?:--webroot-path|-w|webroot_path\s*=)[ =]*(?P<path>/[^\s,'\"]*)|--webroot\b|authenticator\s*=\s*webroot"
)
_OTHER_WAY = re.compile(r"--dns\b|--dns-|authenticator\s*=\s*dns|--manual\b|dns_\w+")
_PLUGIN = re.compile(r"--nginx\b|(?:--authenticator[ =]|-a |authenticator\s*=\s*)nginx\b")
_OTHER_PORT = re.compile(r"--http-01-port|--httpport|--http\.port|--preferred-challenges[ =]dns")
_HOOK = re.compile(r"--(?:deploy|post|renew)-hook\b|--reloadcmd\b|(?:renew|post|deploy)_hook\s*=|--renew-hook\b")
_STOPS_FIRST = re.compile(r"--pre-hook\b|pre_hook\s*=|\b(?:stop|down)\b.*\b(?:nginx|proxy)\b")
_RELOAD = re.compile(
    r"nginx\b.*-s\s+reload|(?:reload|HUP|restart)\b.*\b(?:nginx|proxy|web)|\bnginx\b.*\b(?:reload|HUP|restart)\b"
)


class Step(Struct, frozen=True):
    """One line that has to do with certificates, and the service that runs it ("" for a script of the host)."""

    text: str
    origin: Origin
    service: str = ""


class Renewal(Struct, frozen=True):
    """All such lines of a stack."""

    steps: tuple[Step, ...]
    reloads: tuple[Step, ...]

    def first(self, pattern: re.Pattern[str]) -> Step | None:
        """The first line that fits."""
        return next((step for step in self.steps if pattern.search(step.text)), None)

    @property
    def standalone(self) -> Step | None:
        """The line that lets the tool listen on port 80 itself, unless it gives it another port or stops the proxy."""
        return next(
            (
                step
                for step in self.steps
                if _STANDALONE.search(step.text)
                and not _OTHER_PORT.search(step.text)
                and not any(
                    _STOPS_FIRST.search(each.text) for each in self.steps if each.origin.file == step.origin.file
                )
            ),
            None,
        )

    @property
    def webroot(self) -> tuple[Step, str] | None:
        """The line that puts the challenge into a folder that the proxy serves, and the folder ("" when not told)."""
        found = [(step, match["path"] or "") for step in self.steps if (match := _WEBROOT.search(step.text))]
        return max(found, key=lambda pair: bool(pair[1]), default=None)

    @property
    def plugin(self) -> Step | None:
        """The line that lets the tool edit an nginx where it runs itself."""
        return self.first(_PLUGIN)

    @property
    def hook(self) -> Step | None:
        """What makes the proxy take the new certificate: a hook of the tool, or a reload elsewhere."""
        return self.first(_HOOK) or next(iter(self.reloads), None)

    @property
    def other_way(self) -> bool:
        """Whether the proof is given without port 80: by DNS, or by hand."""
        return self.first(_OTHER_WAY) is not None


def renewal(stack: Stack, operations: Iterable[SourceLine]) -> Renewal:
    """What the stack's services and scripts say."""
    lines = [*(Step(line.text, line.origin) for line in operations), *_of_services(stack.services)]
    return Renewal(
        tuple(step for step in lines if _concerns(step)), tuple(step for step in lines if _RELOAD.search(step.text))
    )


def _concerns(step: Step) -> bool:
    if re.match(r"(?:authenticator|webroot_path|\w+_hook)\s*=", step.text):
        return True
    return bool(_TOOL.search(step.text) and _RENEWS.search(step.text) and not _INSTALL.search(step.text))


def _of_services(services: Iterable[Service]) -> Iterator[Step]:
    """Start commands, with the image's name in front: `certbot/certbot` is the tool although no word says so."""
    for service in services:
        words = (*(service.entrypoint or ()), *(service.command or ()))
        if words:
            key = "command" if service.command else "entrypoint"
            yield Step(" ".join((service.image, *words)), service.at(key), service.name)
