"""Payloads are small as text and read back whole, whatever they look like."""

from __future__ import annotations

import pytest
from hypothesis import given

from archon.adapters.sql.payloads import LONG_CHARS, named, pack, unpack
from archon.adapters.sql.squeezing import restore, squeeze
from archon.domain.values import Json
from archon.testing.journal_contract import json_values

LONG = "x" * (LONG_CHARS + 1)


@given(value=json_values)
def test_a_payload_reads_back_as_it_was(value: Json) -> None:
    packed = pack({"value": value})
    assert unpack(packed.text, packed.strings.__getitem__) == {"value": value}
    assert named(packed.text) == packed.strings.keys()


@pytest.mark.parametrize("marker", ["$blob", "$literal"])
def test_a_payload_spelled_like_a_marker_is_no_marker(marker: str) -> None:
    inner: Json = {marker: {marker: LONG}}
    values: list[Json] = [inner, {marker: "0" * 64}, {marker: [inner]}, {marker: 1, "other": LONG}]
    for value in values:
        packed = pack({"value": value})
        assert unpack(packed.text, packed.strings.__getitem__) == {"value": value}


def test_long_strings_leave_the_text_and_short_ones_stay() -> None:
    packed = pack({"long": LONG, "again": [LONG], "short": "x" * LONG_CHARS})
    assert [len(data) for data in packed.strings.values()] == [len(LONG)]
    assert LONG not in packed.text


def test_lone_surrogates_and_nul_survive() -> None:
    for value in ("\ud800", "\udcff" * 600, "a\0b"):
        packed = pack({"\udc80": value})
        assert unpack(packed.text, packed.strings.__getitem__) == {"\udc80": value}
        packed.text.encode("ascii")


@given(value=json_values)
def test_a_squeezed_payload_is_restored(value: Json) -> None:
    text = pack({"value": value}).text
    assert restore(squeeze(text)) == text


def test_what_was_squeezed_before_is_restored_for_ever() -> None:
    text = '{"effect":"exec","result":{"exit_code":0,"stdout":"12"},"charge":null,"manifest":null}'
    assert (
        restore(bytes.fromhex("28b52ffd2056ed0000402231326e756c6c7d06007104016cc38d34a140812000551458600820"))
        == text
    )


def test_an_ordinary_payload_takes_a_third_of_its_bytes() -> None:
    result: Json = {"exit_code": 1, "stdout": "", "stderr": "", "is_truncated": False, "timed_out": False}
    text = pack({"effect": "exec", "result": result, "charge": None, "manifest": None}).text
    assert len(squeeze(text)) < len(text) / 3
