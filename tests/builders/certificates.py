"""Certificates for servers that tests start on loopback: for two names, and for this machine.

Nobody but the tests believes them. They were made once (P-256, self-signed, valid from 2020 to 2120, and one
to 2021), so that no test needs a tool that makes certificates.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Literal

_CERTIFICATE = (
    "MIIBtDCCAVqgAwIBAgIBATAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA9hbGxvd2VkLmV4YW1wbGUwIBcNMjAwMTAxMDAwMDAw"
    "WhgPMjEyMDAxMDEwMDAwMDBaMBoxGDAWBgNVBAMMD2FsbG93ZWQuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA"
    "BEAs8n2GrpqhPJsejExwBaHkGQstvWPlr6VycP348WT230BngAHEJq09xhCzbHbTwpnYxH+iu4JV08PSz7Ouam6jgY4wgYsw"
    "DwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAoQwHQYDVR0OBBYEFPUDYBEJWm09LFfIvjGapTx4gHcLMB8GA1UdIwQY"
    "MBaAFPUDYBEJWm09LFfIvjGapTx4gHcLMCgGA1UdEQQhMB+CD2FsbG93ZWQuZXhhbXBsZYIMZXZpbC5leGFtcGxlMAoGCCqG"
    "SM49BAMCA0gAMEUCIQCXccwvrnEtUpZDjMSHlQJ2J3JpzRfKuwV47PsSHMMl7AIgJNWAF35PTOHLlkbexNvxe2SofLje2UAd"
    "q6wSgLMRPxw="
)
_KEY = (
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgM9vAPFoBp1Urc3YC06ReT59kSh4qLzl1I3QqXKsu46ShRANC"
    "AARALPJ9hq6aoTybHoxMcAWh5BkLLb1j5a+lcnD9+PFk9t9AZ4ABxCatPcYQs2x208KZ2MR/oruCVdPD0s+zrmpu"
)

_HERE = (
    "MIIBrDCCAVKgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEy"
    "MDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABP1vIMojj/+fuArU"
    "uJZW9kegW6CZ4JCpV95O1j5VWbLvHOHdCQN85+fOgQEH8CjldA7BfCgBl777Fk1er2uKbGujgZIwgY8wDwYDVR0TAQH/BAUw"
    "AwEB/zAOBgNVHQ8BAf8EBAMCAoQwHQYDVR0OBBYEFEJtnv9CbCO+Bp3o3D+e4h/kCNxBMB8GA1UdIwQYMBaAFEJtnv9CbCO+"
    "Bp3o3D+e4h/kCNxBMCwGA1UdEQQlMCOCCWxvY2FsaG9zdIcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAATAKBggqhkjOPQQDAgNI"
    "ADBFAiBkj0U2bTrtkzNHvfPl0g0RMbX3CmQ3aEqZ8++XP6rD4wIhAI3lsu0iF84Yn4oATt2rBlS9X82nq2mdZVHGqW8eA9Si"
)
_EXPIRED = (
    "MIIBqjCCAVCgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwHhcNMjAwMTAxMDAwMDAwWhcNMjEw"
    "MTAxMDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT9byDKI4//n7gK1LiW"
    "VvZHoFugmeCQqVfeTtY+VVmy7xzh3QkDfOfnzoEBB/Ao5XQOwXwoAZe++xZNXq9rimxro4GSMIGPMA8GA1UdEwEB/wQFMAMB"
    "Af8wDgYDVR0PAQH/BAQDAgKEMB0GA1UdDgQWBBRCbZ7/Qmwjvgad6Nw/nuIf5AjcQTAfBgNVHSMEGDAWgBRCbZ7/Qmwjvgad"
    "6Nw/nuIf5AjcQTAsBgNVHREEJTAjgglsb2NhbGhvc3SHBH8AAAGHEAAAAAAAAAAAAAAAAAAAAAEwCgYIKoZIzj0EAwIDSAAw"
    "RQIgZjdl+tfSf2J+RSNtL9gdXSi3KUAV/TV+3QW7OYtTUVQCIQDBaHVLkLrxDyoPezW4PqBHhhbjKsKwWYxlwuD1o62KkQ=="
)
_HERE_KEY = (
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAqJmQkzTvvmxTu1Gv1pRCGfLaH9mryEtGAqcU80iG42hRANC"
    "AAT9byDKI4//n7gK1LiWVvZHoFugmeCQqVfeTtY+VVmy7xzh3QkDfOfnzoEBB/Ao5XQOwXwoAZe++xZNXq9rimxr"
)


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server that proves to be both names, and for a client that believes it."""
    chain = chain_of(folder, "names")
    return serving(chain), ssl.create_default_context(cafile=str(chain))


def chain_of(folder: Path, whose: Literal["names", "here", "expired"]) -> Path:
    """A PEM file with a certificate and its key: of the two names, or of this machine, in date or not."""
    certificates = {
        "names": (_CERTIFICATE, _KEY),
        "here": (_HERE, _HERE_KEY),
        "expired": (_EXPIRED, _HERE_KEY),
    }
    certificate, key = certificates[whose]
    chain = folder / f"{whose}.pem"
    chain.write_text(_pem("CERTIFICATE", certificate) + _pem("PRIVATE KEY", key), "ascii")
    return chain


def serving(chain: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def _pem(kind: str, base64: str) -> str:
    lines = [base64[place : place + 64] for place in range(0, len(base64), 64)]
    return "\n".join((f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""))
