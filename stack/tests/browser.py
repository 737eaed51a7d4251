"""A real Chromium before the panel: it trusts the site's own certificate, and keeps every complaint of a page."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Dialog,
    Page,
    expect,
    sync_playwright,
)

from stack.tests.harness import Login, Site, docker

CHROMIUM = "/usr/bin/chromium"
INSIDE = os.geteuid() == 0  # only root may enter the network of a container
INSIDE_PORT = 8443
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
WAIT_MS = 15_000
WIDE = {"width": 1360, "height": 860}


def key_hash(certificate: Path) -> str:
    """How Chromium names a public key: base64 of SHA-256 over its SubjectPublicKeyInfo (RFC 7469, 2.4)."""
    pem = subprocess.run(
        ("openssl", "x509", "-in", str(certificate), "-noout", "-pubkey"), capture_output=True, check=True, timeout=10
    ).stdout
    der = subprocess.run(
        ("openssl", "pkey", "-pubin", "-outform", "der"), input=pem, capture_output=True, check=True, timeout=10
    ).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def beside_proxy(site: Site, folder: Path) -> Path:
    """A program that starts Chromium in the network of the proxy's container.

    On the host every container that starts or ends changes the addresses of the machine, and Chromium then cuts what
    it is loading (ERR_NETWORK_CHANGED).
    """
    process = docker("inspect", "--format", "{{.State.Pid}}", site.containers("nginx")[0])
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec nsenter --net=/proc/{process}/ns/net -- {CHROMIUM} "$@"\n')
    program.chmod(0o700)
    return program


def launch(kind: BrowserType, program: Path, trusted_key: str) -> Browser:
    """Chromium that lets this one key pass without a known authority, and refuses every other as usual."""
    trust = f"--ignore-certificate-errors-spki-list={trusted_key}"
    return kind.launch(executable_path=program, args=[*QUIET, trust])


@dataclass
class Watch:
    """What pages complained of: errors and warnings of the console, uncaught exceptions, dialogs."""

    heard: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def on(self, page: Page) -> None:
        """Listen to a page from now on."""
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.heard.append(f"exception: {error}"))
        page.on("dialog", self.dialog)

    def console(self, message: ConsoleMessage) -> None:
        """Keep what is no mere information."""
        if message.type in ("error", "warning"):
            self.heard.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def dialog(self, dialog: Dialog) -> None:
        """Keep it and go on."""
        self.heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def expects(self, pattern: str) -> None:
        """Complaints that match are part of the test: Chromium writes each refused request to the console."""
        self.expected.append(pattern)

    @property
    def complaints(self) -> list[str]:
        """What nobody expected."""
        return [line for line in self.heard if not any(re.search(pattern, line) for pattern in self.expected)]


@dataclass
class Windows:
    """Opens windows on one site; each has cookies of its own, as if on a machine of its own."""

    site: Site
    browser: Browser
    watch: Watch
    contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Where people find the panel."""
        return f"https://viworks.localhost:{INSIDE_PORT if INSIDE else self.site.https}"

    def blank(self, **options: Any) -> Page:
        """A window that shows nothing yet."""
        context = self.browser.new_context(
            base_url=self.origin, viewport=options.pop("viewport", WIDE), locale="en-GB", **options
        )
        context.set_default_timeout(WAIT_MS)
        self.contexts.append(context)
        page = context.new_page()
        self.watch.on(page)
        return page

    def open(self, login: Login, path: str = "/deployments", **options: Any) -> Page:
        """A window of an account that has logged in through the form at ``path``, and is live."""
        page = self.blank(**options)
        page.goto(path)
        fill_login(page, login.user["username"], login.password)
        expect(page.locator("#live")).to_have_text("Live")
        return page


def fill_login(page: Page, username: str, password: str) -> None:
    """Fill in and send the form."""
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def take_step(site: Site, deployment: dict[str, Any], state: str, login: Login) -> dict[str, Any]:
    """Move a deployment, as another program would; returns what it is then."""
    path = f"/api/deployments/{deployment['id']}/transitions"
    match = {"If-Match": f'"{deployment["version"]}"'}
    answer = site.request("POST", path, login=login, json={"state": state}, headers=match)
    assert answer.status_code == 200, answer.text
    moved: dict[str, Any] = answer.json()
    return moved


@pytest.fixture(scope="module")
def program(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What starts Chromium."""
    return beside_proxy(site, tmp_path_factory.mktemp("browser")) if INSIDE else Path(CHROMIUM)


@pytest.fixture(scope="module")
def chromium(site: Site, program: Path) -> Iterator[Browser]:
    """One browser for the tests of a file: its loop must not outlive them, or tests with loops of their own fail."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium, program, key_hash(site.stack / "certs" / "tls.crt"))
        yield browser
        browser.close()


@pytest.fixture
def windows(site: Site, chromium: Browser) -> Iterator[Windows]:
    """Windows for one test. It fails when any page complained of something that the test did not expect."""
    opened = Windows(site, chromium, Watch())
    yield opened
    for context in opened.contexts:
        context.close()
    assert not opened.watch.complaints, "\n".join(opened.watch.complaints)
