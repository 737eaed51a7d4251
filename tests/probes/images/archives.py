"""Archives of images as `docker save` writes them, in both layouts."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping

Files = Mapping[str, bytes]


def layer(files: Files) -> bytes:
    """A layer: contents by path."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for name, content in files.items():
            _add(archive, name, content)
    return whole.getvalue()


def old(*layers: Files | bytes) -> bytes:
    """The layout of Docker before 25: a folder for each layer, the same layer twice as a link."""
    whole, names = io.BytesIO(), []
    seen: dict[bytes, str] = {}
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for number, each in enumerate(layers):
            content, name = each if isinstance(each, bytes) else layer(each), f"{number:064x}/layer.tar"
            names.append(name)
            if content in seen:
                link = tarfile.TarInfo(name)
                link.type, link.linkname = tarfile.SYMTYPE, f"../{seen[content]}"
                archive.addfile(link)
            else:
                _add(archive, name, content)
            seen.setdefault(content, name)
        _add(archive, "c0ffee.json", b"{}")
        _add(archive, "manifest.json", json.dumps([{"Config": "c0ffee.json", "Layers": names}]).encode())
    return whole.getvalue()


def oci(*layers: Files, packed: bool = False) -> bytes:
    """The layout of the OCI: blobs by digest, the manifest first or last, layers packed or not."""
    whole, names = io.BytesIO(), []
    blobs = [gzip.compress(layer(each)) if packed else layer(each) for each in layers]
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for content in (b'{"config": {}}', *blobs):
            name = f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"
            _add(archive, name, content)
            names.append(name)
        _add(archive, "manifest.json", json.dumps([{"Config": names[0], "Layers": names[1:]}]).encode())
    return whole.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
