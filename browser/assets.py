"""Plotly's library for the browser, served from the installed package: nothing is fetched from other machines."""

import gzip
import importlib.util
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

PATH = "/plotly.min.js"


@cache
def plotly_library() -> bytes:
    """Return plotly's library for the browser, gzipped.

    Raises
    ------
    ValueError
        The extra ``browser`` is not installed.
    """
    found = importlib.util.find_spec("plotly")
    if found is None or found.origin is None:
        raise ValueError("the browser app needs the extra `browser`: pip install 'potluck[browser]'")
    return gzip.compress((Path(found.origin).parent / "package_data" / "plotly.min.js").read_bytes(), 4)


class WithPlotly:
    """An ASGI application that answers for plotly's library itself, and hands everything else on."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answer one connection."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] not in {"GET", "HEAD"}:
            await self.application(scope, receive, send)
            return
        body = plotly_library()
        headers = [
            (b"content-type", b"text/javascript; charset=utf-8"),
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"private, max-age=86400"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})
