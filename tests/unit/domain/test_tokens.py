"""The bound never undercounts: no tokenizer makes more tokens than there are bytes."""

from hypothesis import given
from hypothesis import strategies as st

from archon.domain.conversation import Message, ModelRequest, SystemBlock, Text, Tool, ToolCall, ToolResult
from archon.domain.tokens import count_upper_bound, estimate_usage

TEXTS = st.text(max_size=200)


@given(system=TEXTS, said=TEXTS, argument=TEXTS, result=TEXTS, description=TEXTS)
def test_the_bound_covers_every_byte_that_a_model_is_told(
    system: str, said: str, argument: str, result: str, description: str
) -> None:
    call = ToolCall(id="c1", name="run", arguments={"command": argument})
    request = ModelRequest(
        role="coder",
        model="m",
        system=(SystemBlock(text=system),),
        messages=(
            Message(role="user", parts=(Text(text=said),)),
            Message(role="assistant", parts=(call,)),
            Message(role="user", parts=(ToolResult(call_id="c1", content=result),)),
        ),
        tools=(Tool(name="run", description=description, parameters={"type": "object"}),),
        output_schema={"description": argument},
    )
    told = (system, said, argument, result, description, argument)
    told_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in told)
    assert count_upper_bound(request) > told_bytes
    assert estimate_usage(request, said, (call,)).output_tokens > len(said.encode("utf-8", "surrogatepass"))


def test_the_bound_grows_with_each_part_of_a_request() -> None:
    bare = ModelRequest(role="coder", model="m", system=(), messages=())
    assert count_upper_bound(bare) > 0
    with_text = ModelRequest(role="coder", model="m", system=(SystemBlock(text="é" * 100),), messages=())
    assert count_upper_bound(with_text) >= count_upper_bound(bare) + 200
