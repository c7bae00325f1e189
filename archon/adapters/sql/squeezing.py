"""Payloads in few bytes: most of what an event says is what events of its kind always say."""

from __future__ import annotations

import threading

import zstandard

_WORDS = (
    '{"question":{"topic":"","text":"","options":[]}}'
    '{"problem":{"code":"","message":"","hint":""}}'
    '{"effect":"step","request":{"name":""},"repeat":"safe"}'
    '{"effect":"deliver","request":{},"repeat":"probe"}'
    '{"effect":"write","request":{"files":{"main.py":{"$blob":""}}},"repeat":"safe"}'
    '{"effect":"model","request":{"agent":"coder","new":[{"role":"user","parts":[{"text":"","type":"text"},'
    '{"call_id":"call_","content":{"$blob":""},"is_error":false,"type":"tool_result"}]}],"base":""},'
    '"repeat":"safe"}'
    '{"effect":"exec","request":{"argv":["sh","-c",""],"stdin":null,"timeout_s":60.0,"manifest":"",'
    '"mounted":null},"repeat":"safe"}'
    '{"effect":"exec","result":{"exit_code":0,"stdout":{"$blob":""},"stderr":"","is_truncated":false,'
    '"timed_out":false,"out_of_memory":false,"duration_ms":1},"charge":null,"manifest":{"main.py":["",1,0]}}'
    '{"effect":"model","result":{"text":"","tool_calls":[{"id":"call_","name":"","arguments":{"path":"",'
    '"command":""},"type":"tool_call"}],"finish_reason":"tool_calls","usage":{"input_tokens":1,'
    '"output_tokens":1,"cache_read_tokens":0,"cache_write_tokens":0,"is_estimated":false},"model":"",'
    '"cost_microusd":0,"price_known":true,"reservation_id":""},"charge":{"reservation_id":"01",'
    '"cost_microusd":0,"model":"","input_tokens":1,"output_tokens":1,"cache_read_tokens":0,'
    '"cache_write_tokens":0,"price_known":true},"manifest":null}'
)
"""What is referred to instead of written. Never change it: databases were written with exactly this."""

_WORD_BYTES = zstandard.ZstdCompressionDict(_WORDS.encode(), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
_squeezer = zstandard.ZstdCompressor(dict_data=_WORD_BYTES)
_restorer = zstandard.ZstdDecompressor(dict_data=_WORD_BYTES)
_one_at_a_time = threading.Lock()
"""Neither may be used by two threads at once."""


def squeeze(text: str) -> bytes:
    """The text in about a third of its bytes."""
    with _one_at_a_time:
        return _squeezer.compress(text.encode())


def restore(squeezed: bytes) -> str:
    """The inverse of `squeeze`. Raises: ValueError for anything else."""
    try:
        with _one_at_a_time:
            return _restorer.decompress(squeezed).decode()
    except zstandard.ZstdError as error:
        raise ValueError(f"its payload is damaged ({error})") from error
