"""A bare FastAPI server that does nothing but ask the model what it was asked."""

from __future__ import annotations

import asyncio
import os

import httpx
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
client = httpx.AsyncClient()
asking: set[asyncio.Task[httpx.Response]] = set()


class Objective(BaseModel):
    objective: str


@app.post("/run", status_code=202)
async def run(objective: Objective) -> Objective:
    body = {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": objective.objective}]}
    task = asyncio.create_task(client.post(f"{os.environ['OPENAI_BASE_URL']}/chat/completions", json=body))
    asking.add(task)
    task.add_done_callback(asking.discard)
    return objective
