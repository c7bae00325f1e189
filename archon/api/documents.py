"""The API's documents as pages: their scripts come from an installed package, not from the network."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

DOCS = "/docs"
STATIC = "/docs/static"
_PACKAGE = "fastapi_offline"
"""Only its files are used: Swagger UI, as it is published."""


def add_documents(app: FastAPI) -> None:
    """Serve the page of every route, and what it shows them with."""

    async def show_documents(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=f"{app.title}: every route",
            swagger_js_url=f"{root}{STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{STATIC}/swagger-ui.css",
            swagger_favicon_url=f"{root}{STATIC}/favicon.png",
        )

    app.add_route(DOCS, show_documents, methods=["GET"], include_in_schema=False)
    app.mount(STATIC, StaticFiles(directory=str(files(_PACKAGE) / "static")), name="documents")
