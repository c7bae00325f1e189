"""Small applications as a model would write them: a server with a database, and a page in front of it."""

from __future__ import annotations

from archon.ports.sandbox import Sandbox

BACKEND = {
    "app.py": """
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, Form
from passlib.context import CryptContext  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine("sqlite+aiosqlite:///notes.db")
sessions = async_sessionmaker(engine, expire_on_commit=False)
passwords = CryptContext(schemes=["bcrypt", "argon2"])
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    secret: Mapped[str]


class NoteOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    text: str


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


@app.post("/notes", status_code=201)
async def add(text: Annotated[str, Form()], db: Session) -> NoteOut:
    note = Note(text=text, secret=passwords.hash(text))
    db.add(note)
    await db.commit()
    return NoteOut.model_validate(note)


@app.get("/notes")
async def notes(db: Session) -> list[NoteOut]:
    return [NoteOut.model_validate(note) for note in await db.scalars(select(Note))]
""",
    "alembic.ini": "[alembic]\nscript_location = migrations\nprepend_sys_path = .\nsqlalchemy.url = sqlite:///notes.db\n",
    "pytest.ini": "[pytest]\npythonpath = .\nasyncio_default_fixture_loop_scope = function\n",
    "migrations/env.py": """
from alembic import context
from sqlalchemy import create_engine

from app import Base

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
""",
    "migrations/script.py.mako": """
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

from alembic import op
import sqlalchemy as sa


def upgrade() -> None:
    ${upgrades}
""",
    "tests/test_app.py": """
import pytest
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app import NoteOut, app, passwords


def test_a_note_is_kept() -> None:
    with TestClient(app) as client:
        assert client.post("/notes", data={"text": "hello"}).status_code == 201
        assert client.get("/notes").json()[0]["text"] == "hello"


@pytest.mark.asyncio
async def test_notes_are_listed() -> None:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/notes")).status_code == 200


@settings(max_examples=20, database=None)
@given(st.text())
def test_any_text_is_a_note(text: str) -> None:
    assert NoteOut(id=1, text=text).text == text


@pytest.mark.parametrize("scheme", ["bcrypt", "argon2"])
def test_passwords_are_hashed(scheme: str) -> None:
    assert passwords.verify("word", passwords.hash("word", scheme=scheme))
""",
}
FRONTEND = {
    "package.json": """{
  "name": "page", "private": true, "type": "module",
  "scripts": { "build": "vite build", "test": "vitest run", "types": "tsc --noEmit" }
}""",
    "tsconfig.json": """{
  "compilerOptions": {
    "target": "ES2022", "module": "ESNext", "moduleResolution": "bundler", "jsx": "react-jsx",
    "lib": ["ES2022", "DOM"], "strict": true, "types": ["vite/client"]
  },
  "include": ["src", "vite.config.ts"]
}""",
    "vite.config.ts": """
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  test: { environment: "jsdom", setupFiles: ["src/setup.ts"] },
});
""",
    "index.html": """<!doctype html>
<html lang="en">
  <head><title>Counter</title></head>
  <body><div id="root"></div><script type="module" src="/src/main.tsx"></script></body>
</html>
""",
    "src/setup.ts": 'import "@testing-library/jest-dom/vitest";\n',
    "src/main.tsx": """
import { createRoot } from "react-dom/client";
import { BrowserRouter, Route, Routes } from "react-router-dom";
import { Counter } from "./Counter";

createRoot(document.getElementById("root")!).render(
  <BrowserRouter>
    <Routes>
      <Route path="*" element={<Counter />} />
    </Routes>
  </BrowserRouter>,
);
""",
    "src/Counter.tsx": """
import { useState } from "react";

export function Counter() {
  const [count, setCount] = useState<number>(0);
  return <button onClick={() => setCount(count + 1)}>Clicked {count}</button>;
}
""",
    "src/Counter.test.tsx": """
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { Counter } from "./Counter";

it("counts", async () => {
  render(<Counter />);
  await userEvent.click(screen.getByRole("button"));
  expect(screen.getByRole("button")).toHaveTextContent("Clicked 1");
});
""",
    "look.mjs": """
import { chromium } from "playwright-core";
import { createServer } from "vite";

const server = await createServer({ server: { host: "127.0.0.1", port: 5173 } });
await server.listen();
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium" });
const page = await browser.newPage();
await page.goto("http://127.0.0.1:5173/");
await page.getByRole("button").click();
console.log(await page.getByText("Clicked 1").textContent());
await page.screenshot({ path: "page.png" });
await browser.close();
await server.close();
""",
}


async def write_app(sandbox: Sandbox, files: dict[str, str]) -> None:
    for path, text in files.items():
        await sandbox.write(path, text.lstrip("\n").encode())
