"""The HTTP door as an application: middleware, routes, errors, and the platform behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import Route

from archon.api.access import RequireKey
from archon.api.body_limit import BodyLimit
from archon.api.config import ApiConfig
from archon.api.documents import add_documents
from archon.api.errors import answer_errors, problem_schemas
from archon.api.request_log import RequestLog
from archon.api.routes import events, health, run, tasks
from archon.api.serving import OpenPlatform, serve_platform
from archon.api.trailing_slash import TrailingSlash
from archon.services.platform import Platform

DESCRIPTION = (
    "Archon turns an objective into working, tested code. Every error is a problem document "
    "(RFC 9457) whose `code` is stable and whose `hint` says what to do."
)


class Api(FastAPI):
    """FastAPI, whose document knows the shape of our errors: no route has it as a model of its own."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document["components"]["schemas"].update(problem_schemas())
        return document


def create_app(open_platform: OpenPlatform, *, config: ApiConfig) -> FastAPI:
    """The application. The platform is opened when it starts, and closed when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with serve_platform(open_platform, config) as serving:
            app.state.serving = serving
            yield

    app = Api(
        title="Archon",
        description=DESCRIPTION,
        version=version("archon"),
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,  # the one below needs no network
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    for module in (run, tasks, events, health):
        app.include_router(module.router)
    add_documents(app)
    answer_errors(app)
    _add_middleware(app, config)
    return app


def routes() -> list[str]:
    """Every route as "METHOD /path"."""
    app = _unopened()
    documented = [
        f"{method.upper()} {path}" for path, item in app.openapi()["paths"].items() for method in item
    ]
    pages = [f"GET {route.path}" for route in app.routes if isinstance(route, Route)]
    return documented + pages


def openapi() -> dict[str, Any]:
    """The OpenAPI document."""
    return _unopened().openapi()


def _add_middleware(app: FastAPI, config: ApiConfig) -> None:
    """Last added is first to see a request."""
    app.add_middleware(BodyLimit, largest_bytes=config.largest_body_bytes)
    app.add_middleware(RequireKey, api_key=config.api_key)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=config.cors_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Content-Type", "Last-Event-ID", "X-API-Key", "X-Request-Id"],
        expose_headers=["Link", "Location", "Retry-After", "X-Request-Id"],
    )
    app.add_middleware(RequestLog)
    app.add_middleware(TrailingSlash)


def _unopened() -> FastAPI:
    """The application as it can be looked at without a platform."""

    def open_nothing() -> AbstractAsyncContextManager[Platform]:
        raise RuntimeError("this application is for looking at")

    return create_app(open_nothing, config=ApiConfig())
