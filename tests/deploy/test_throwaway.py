"""A throwaway container is like the real one, and can reach nothing of it."""

from __future__ import annotations

from flawless.deploy.throwaway import throwaway
from flawless.testing.fakes import inspected

LIVE = {
    **inspected("db"),
    "Image": "sha256:db",
    "Config": {"Cmd": ["postgres"], "Env": ["A=1"], "User": "999", "Hostname": "db", "Labels": {"a": "b"}},
    "HostConfig": {"ReadonlyRootfs": True, "Tmpfs": {"/tmp": ""}, "PortBindings": {"1": []}, "RestartPolicy": {}},
    "Mounts": [
        {"Type": "volume", "Name": "shop_rows", "Destination": "/data", "RW": True},
        {"Type": "bind", "Source": "/conf", "Destination": "/etc/conf", "RW": False},
        {"Type": "bind", "Source": "/logs", "Destination": "/logs", "RW": True},
        {"Type": "tmpfs", "Destination": "/tmp", "RW": True},
    ],
}


def test_its_data_is_its_own_and_there_is_no_way_out() -> None:
    made = throwaway(LIVE, "shop")
    host = made["HostConfig"]
    assert host["NetworkMode"] == "none"
    assert host["Mounts"] == [
        {"Type": "volume", "Target": "/data"},
        {"Type": "bind", "Source": "/conf", "Target": "/etc/conf", "ReadOnly": True},
        {"Type": "volume", "Target": "/logs"},
    ]
    assert not {"PortBindings", "RestartPolicy"} & set(host)
    assert made["Labels"] == {"flawless.rehearsal": "shop"}, "Compose's own labels would make it a part of the stack"
    assert (made["Image"], made["Cmd"], made["User"], host["ReadonlyRootfs"]) == (
        "sha256:db",
        ["postgres"],
        "999",
        True,
    )
