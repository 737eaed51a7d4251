"""The systemd unit of ``flawless watch``. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

_TEXT = """\
# Keeps watch over the stack {stack}.
#   systemctl daemon-reload && systemctl enable --now {name}
# Whom to tell, as FLAWLESS_NOTIFY=https://... in a file that only root reads: /etc/flawless/{stack}.env

[Unit]
Description=flawless watch of {stack}
Documentation=man:systemd.service(5)
After=docker.service network-online.target
Wants=network-online.target

[Service]
Type=exec
User={user}
Environment={home}
EnvironmentFile=-/etc/flawless/{stack}.env
WorkingDirectory={folder}
ExecStart={command}
# 130: it was asked to end.
SuccessExitStatus=130
Restart=on-failure
RestartSec=10
MemoryMax=256M
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={state}
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
LockPersonality=yes

[Install]
WantedBy=multi-user.target
"""
# systemd.syntax(7), systemd.service(5): a percent sign, a dollar sign, quotes and backslashes mean something.
_MEANT = str.maketrans({"\\": "\\\\", '"': '\\"', "%": "%%", "$": "$$"})


class Unit(Struct, frozen=True, kw_only=True):
    """Who runs what, where: ``command`` as argv, ``folder`` of the stack, ``state`` the folder that is written to."""

    name: str
    stack: str
    user: str
    home: str
    folder: str
    state: str
    command: Sequence[str]


def unit(about: Unit) -> str:
    """The text of the unit file."""
    return _TEXT.format(
        name=about.name,
        stack=about.stack,
        user=about.user,
        home=_quoted(f"HOME={about.home}").replace("$$", "$"),
        folder=about.folder.replace("%", "%%"),
        state=_quoted(about.state).replace("$$", "$"),
        command=" ".join(_quoted(word) for word in about.command),
    )


def _quoted(word: str) -> str:
    return f'"{word.translate(_MEANT)}"'
