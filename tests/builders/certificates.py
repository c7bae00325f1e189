"""A certificate for `allowed.example` and `evil.example`, for servers that tests start on loopback.

Nobody but the tests believes it. It was made once (P-256, self-signed, valid from 2020 to 2120), so that no
test needs a tool that makes certificates.
"""

from __future__ import annotations

import ssl
from pathlib import Path

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


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server that proves to be both names, and for a client that believes it."""
    chain = folder / "chain.pem"
    chain.write_text(_pem("CERTIFICATE", _CERTIFICATE) + _pem("PRIVATE KEY", _KEY), "ascii")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return server, ssl.create_default_context(cafile=str(chain))


def _pem(kind: str, base64: str) -> str:
    lines = [base64[place : place + 64] for place in range(0, len(base64), 64)]
    return "\n".join((f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""))
