"""Who is let in: a wall around the server's application that every request and every websocket has to pass."""

import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
"""The names by which this machine may be called; any other name, such as one that a stranger's DNS leads here, is refused."""

SESSIONS = 64
"""So many tabs may be open at once."""

_HEADERS = (
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),  # the address holds the token
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Gate:
    """Let a request through to an application if it comes from this machine, is addressed to it, and brings the token.

    A request is refused (403; a websocket before it is accepted) if it comes from another machine, if its ``Host`` is not a name
    of this machine, if its ``Origin`` is another one than the page's own (a websocket must state its own), or if it brings
    neither the token in the address, ``?token=…``, nor the cookie that such a request was answered with.

    Parameters
    ----------
    application
        The ASGI application behind the wall.
    token
        The secret; default: 32 random bytes.
    sessions
        So many websockets at most are open at once; further ones are refused.
    """

    def __init__(self, application: Application, token: str | None = None, sessions: int = SESSIONS) -> None:
        self.application = application
        self.token = token or secrets.token_urlsafe(32)
        self.sessions = sessions
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection (ASGI)."""
        if scope["type"] not in {"http", "websocket"}:
            await self.application(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        cookie = f"potluck-{(scope.get('server') or ('', 0))[1]}"
        wrong = _stranger(scope, headers) or self._without_token(scope, headers, cookie)
        if wrong:
            await _refuse(scope, receive, send, wrong)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif _given(scope) is not None and scope["method"] in {"GET", "HEAD"}:
            await _welcome(scope, send, cookie, self.token)
        else:
            await self.application(scope, receive, _with_headers(send))

    def _without_token(self, scope: Scope, headers: dict[str, str], cookie: str) -> str:
        given = _given(scope)
        if given is None:
            try:
                jar = SimpleCookie(headers.get("cookie", ""))
            except CookieError:
                jar = SimpleCookie()
            given = jar[cookie].value if cookie in jar else ""
        if hmac.compare_digest(given.encode(), self.token.encode()):
            return ""
        return "open the address that the server printed: it ends in a token, and this request brings another one or none"

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._open >= self.sessions:
            await _refuse(scope, receive, send, f"{self.sessions} tabs are open already: close one")
            return
        self._open += 1
        try:
            await self.application(scope, receive, send)
        finally:
            self._open -= 1


def _stranger(scope: Scope, headers: dict[str, str]) -> str:
    """Return why a request is one of a stranger's, or nothing."""
    client = scope.get("client")
    if client is None or not _loopback(client[0]):
        return "requests are answered from this machine only"
    hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
    host = headers.get("host", "")
    if len(hosts) != 1 or _name(host) not in NAMES:
        return f"this server is called 127.0.0.1 or localhost, not {host[:80]!r}"
    origin = headers.get("origin")
    if origin is None:
        if scope["type"] == "websocket":
            return "a websocket must say from which page it comes"
        # a browser that is sent here from another page says so; only a click on a link is let through
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and headers.get("sec-fetch-mode") != "navigate":
            return "another page asked for this"
        return ""
    if origin not in {f"http://{host}", f"https://{host}"}:
        return f"this is for the server's own page, not for {origin[:80]!r}"
    return ""


def _loopback(address: str) -> bool:
    try:
        return ip_address(address.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str:
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018  (raises where it is no number)
    except ValueError:
        return ""
    whole = parts.username is None and not parts.path and not parts.query
    return (parts.hostname or "") if whole else ""


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)


def _given(scope: Scope) -> str | None:
    return next((value for name, value in _query(scope) if name == "token"), None)


async def _welcome(scope: Scope, send: Send, cookie: str, token: str) -> None:
    """Keep the token in a cookie, which no script can read, and go on to the address without it."""
    rest = urlencode([(name, value) for name, value in _query(scope) if name != "token"])
    # one slash in front: two would lead to another machine
    path = "/" + quote(scope["path"].lstrip("/\\"))
    headers = [
        (b"location", (f"{path}?{rest}" if rest else path).encode("latin-1")),
        (b"set-cookie", f"{cookie}={token}; Path=/; HttpOnly; SameSite=Lax".encode("latin-1")),
        (b"content-length", b"0"),
        *_HEADERS,
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": 1008, "reason": why[:120]})
        return
    body = f"potluck: {why}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *_HEADERS]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Send) -> Send:
    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
        await send(message)

    return sent
