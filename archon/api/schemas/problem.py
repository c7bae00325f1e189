"""The one shape of every error answer."""

from __future__ import annotations

from pydantic import BaseModel, Field


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(description="Where it stands, such as `max_iterations`; empty for the whole body.")
    message: str


class ProblemDocument(BaseModel):
    """An error as RFC 9457 describes it."""

    type: str = Field(description="A URI that names the kind of problem.", examples=["urn:archon:not_found"])
    title: str = Field(description="The HTTP status in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What happened.", examples=["There is no task 01J0."])
    code: str = Field(description="A stable name to decide by.", examples=["not_found"])
    hint: str = Field(default="", description="What to do about it; empty where there is no advice.")
    instance: str = Field(description="The path that was asked for.", examples=["/tasks/01J0"])
    request_id: str = Field(default="", description="The request's id, which the server's log names too.")
    errors: list[FieldProblem] = Field(default=[], description="Every field that is wrong.")
