"""Certificates for TLS to a broker on 127.0.0.1, made anew with openssl."""

import subprocess
from pathlib import Path


def make_certificates(folder: Path) -> Path:
    """Make an authority ``ca``, the ``broker`` and ``client`` it vouches for, and a ``stranger``.

    Each is a file NAME.pem and a key NAME.key; the broker's name is 127.0.0.1.
    """
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    for name in ("ca", "stranger"):
        _request(folder, name, *key)
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE")
    for name, host in (("broker", "IP:127.0.0.1"), ("client", "DNS:worker")):
        _request(folder, name, *key, *signed, "-addext", f"subjectAltName={host}")
    return folder


def _request(folder: Path, name: str, *options: str) -> None:
    files = ("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    subprocess.run(["openssl", "req", "-x509", *options, *files], cwd=folder, check=True, capture_output=True)
