"""A destination is read in one way, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.adapters.sandbox.egress.faults import Refused
from archon.adapters.sandbox.egress.targets import destination_of, of_tunnel, of_url
from archon.domain.egress import Destination


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("pypi.org:443", "pypi.org", 443),
        ("PyPI.ORG:443", "pypi.org", 443),
        ("pypi.org.:443", "pypi.org", 443),
        ("pypi.org:00443", "pypi.org", 443),
        ("xn--bcher-kva.example:443", "xn--bcher-kva.example", 443),
        ("localhost:8000", "localhost", 8000),
        ("10.0.0.5:443", "10.0.0.5", 443),
        ("[::1]:443", "::1", 443),
        ("[0:0:0:0:0:0:0:1]:443", "::1", 443),
        ("[2001:DB8::00a]:1", "2001:db8::a", 1),
    ],
)
def test_plain_destinations_are_read_in_their_canonical_spelling(text: str, host: str, port: int) -> None:
    assert of_tunnel(text) == Destination(host, port)


NUMBERS = [
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.01",
]
TRICKS = [
    *("allowed.example@evil.example", "evil.example#allowed.example", "evil.example\\.allowed.example"),
    *(
        "allowed%2eexample",
        "%61llowed.example",
        "allowed.example%00",
        "allowed.example\0",
        "allowed.example\t",
    ),
    *("allowed.example ", " allowed.example", "allowed.example/", "allowed.example:443", "allowed..example"),
    *(
        "１２７.0.0.1",
        "127。0。0。1",
        "ａllowed.example",
        "allowed。example",
        "bücher.example",
        "allowed.exampⅼe",
    ),  # noqa: RUF001
    *(
        "-allowed.example",
        "allowed.example-",
        "",
        ".",
        "..",
        "*",
        "*.example",
        "[",
        "]",
        "[]",
        "[allowed.example]",
    ),
    *(
        "[127.0.0.1]",
        "::1",
        "[::1",
        "::1]",
        "[[::1]]",
        "[::1%lo]",
        "[::1%25lo]",
        "[fe80::1%1]",
        "[v1.x]",
        "[::g]",
    ),
    *("1.2.3.4.", "allowed.1", "allowed.0x1", "allowed.0x", "0x.0x", "a" * 64, ".".join(["a" * 60] * 5)),
]


@pytest.mark.parametrize("host", [*NUMBERS, *TRICKS])
def test_what_could_be_read_in_another_way_is_no_destination(host: str) -> None:
    assert destination_of(f"{host}:443") is None
    with pytest.raises(Refused) as refused:
        of_tunnel(f"{host}:443")
    assert refused.value.status == 403
    assert refused.value.target.isprintable() and refused.value.target.isascii()


@pytest.mark.parametrize(
    "port", ["", "0", "65536", "99999999", "-1", "+443", "4 43", "４４３", "0x1bb", "http"]
)
def test_a_port_is_a_number_in_ascii(port: str) -> None:
    assert destination_of(f"allowed.example:{port}") is None
    assert destination_of("allowed.example") is None


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("http://a.example", "a.example", 80, "/"),
        ("HTTP://A.example./x?y=z", "a.example", 80, "/x?y=z"),
        ("http://a.example?y", "a.example", 80, "/?y"),
        ("http://a.example:8080//b/../c%2f@d", "a.example", 8080, "//b/../c%2f@d"),
        ("http://[::1]:8080/http://b/", "::1", 8080, "/http://b/"),
    ],
)
def test_a_url_says_where_and_what(url: str, host: str, port: int, path: str) -> None:
    assert of_url(url) == (Destination(host, port), path)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "/",
            "*",
            "a.example/",
            "https://a.example/",
            "ftp://a.example/",
            "file:///etc/passwd",
            "http:a",
            "http:///",
        ),
        *(
            "http:/a.example/",
            "http:\\\\a.example/",
            "http://a.example:/",
            "http://u@a.example/",
            "http://u:p@a.example/",
        ),
        *(
            "http://a.example\\@b.example/",
            "http://a.example#@b.example/",
            "http://a.example/#b",
            "http://127.1/",
        ),
        *(
            "gopher://a.example:11211/",
            "unix:/run/docker.sock",
            "http+unix://%2frun/",
            "view-source:http://a.example/",
        ),
    ],
)
def test_what_is_no_plain_http_url_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        of_url(url)


@given(st.text(max_size=40) | st.from_regex(r"[a-zA-Z0-9.\[\]:%@-]{0,30}", fullmatch=True))
def test_what_is_read_has_one_spelling(host: str) -> None:
    found = destination_of(f"{host}:443")
    if found is not None:
        assert destination_of(str(found)) == found == Destination.parse(str(found))
        assert host.isascii() and not set(host) & set("@%/\\#? \t\r\n\0")
