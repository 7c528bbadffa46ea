"""The server of the browser app: on this machine only, behind a token, trusting a page no more than it was told to."""

import importlib.util
import logging
import os
import socket
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib

from ..permissions import Permissions, grant
from ..scenarios import SCENARIOS, GameScenario, ReplicationAttack
from .assets import WithPlotly
from .gate import SESSIONS, Gate

FIRST_SCENARIO = "POTLUCK_FIRST_SCENARIO"
"""Environment variable with the name of the scenario that a page begins with."""

HOST = "127.0.0.1"
LOST = "2m"
"""For so long a tab that was lost can come back."""

_gates: list[Gate] = []


def game_scenarios() -> list[type[GameScenario]]:
    """Return the registered scenarios that can be stepped through, in alphabetical order."""
    return [cls for cls in SCENARIOS if issubclass(cls, GameScenario)]


def first_scenario(name: str | None = None) -> str:
    """Return the scenario that a page begins with: ``name``, or what the environment says, or the replication attack.

    Raises
    ------
    ValueError
        There is no such scenario, or it has no game that can be stepped through.

    Examples
    --------
    >>> first_scenario("hiding-dynamics")
    'hiding-dynamics'
    """
    chosen = name or os.environ.get(FIRST_SCENARIO) or ReplicationAttack.name()
    cls = SCENARIOS.find(chosen)
    if not issubclass(cls, GameScenario):
        known = ", ".join(each.name() for each in game_scenarios())
        raise ValueError(f"{cls.name()!r} is no repeated game that can be stepped through; these are: {known}")
    return chosen if ":" in chosen or "." in chosen else cls.name()


def guarded() -> bool:
    """Return whether this process answers requests through a `Gate`; a page shows nothing where it does not."""
    return bool(_gates)


def serve(first: str, port: int, folders: Sequence[Path], imports: bool, say: Callable[[str], None]) -> None:
    """Serve the browser app until interrupted; the address that is said holds the token.

    Parameters
    ----------
    first
        The scenario that a page begins with.
    port
        Port on 127.0.0.1; 0 takes a free one.
    folders
        Folders whose files a page may read as data sets.
    imports
        Whether a page may name import paths.
    say
        Takes each line for whoever started the server.

    Raises
    ------
    ValueError
        The port is in use, a folder is not there, or the extra ``browser`` is not installed.
    """
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(f"--data {str(folder)!r}: there is no such folder")
    if importlib.util.find_spec("solara") is None:
        raise ValueError("the browser app needs the extra `browser`: pip install 'potluck[browser]'")
    with listening(port) as listener:
        os.environ[FIRST_SCENARIO] = first
        grant(Permissions(imports, tuple(folder.resolve() for folder in folders)))
        gate = Gate(application())
        _gates.append(gate)
        if imports:
            say("--allow-imports: whoever opens the address below can run any code on this machine as you")
        say(f"http://{HOST}:{listener.getsockname()[1]}/?token={gate.token}  (Ctrl-C ends it)")
        _run(gate, listener)


def listening(port: int) -> socket.socket:
    """Return a socket that listens on 127.0.0.1.

    Raises
    ------
    ValueError
        The port is in use, or may not be used.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ValueError(f"port {port} on {HOST} cannot be used: {error.strerror}; another one is chosen with --port") from error
    return listener


def application() -> Any:
    """Return solara's application, set to serve the page, to ask nothing of other machines and to read no ``.env``."""
    starlette = _without_dotenv("solara.server.starlette")
    from solara.server import app, settings

    quiet()
    matplotlib.rcdefaults()  # the user's matplotlibrc may ask for LaTeX, which labels here are not
    warnings.filterwarnings("ignore", "Cookies with samesite=none", UserWarning)  # the page is never within another one
    settings.main.mode = "production"
    settings.kernel.cull_timeout = LOST
    settings.kernel.max_count = 2 * SESSIONS  # a thread a connection; those of lost tabs are still there
    logging.getLogger("solara").setLevel(logging.ERROR)
    app.apps["__default__"] = app.AppScript(f"{__package__.rpartition('.')[0]}.app")
    return WithPlotly(starlette.app)


def quiet() -> None:
    """Have solara report to nobody and show no banner."""
    from solara.server import settings

    settings.telemetry.mixpanel_enable = False
    settings.theme.loader = "plain"
    settings.theme.show_banner = False
    settings.main.resourcez_token = ""


def guard(say: Callable[[str], None]) -> None:
    """Put a `Gate` before solara's own server if it serves the page, as after ``solara run app.py``, and say what to open."""
    if guarded():
        return
    starlette = sys.modules.get("solara.server.starlette")
    inner = getattr(getattr(starlette, "app", None), "middleware_stack", None)
    if starlette is None or inner is None:
        return
    grant(Permissions(imports=False, folders=()))
    starlette.app.middleware_stack = gate = Gate(WithPlotly(inner))
    _gates.append(gate)
    say(f"potluck: open the address with /?token={gate.token} at its end")


def _without_dotenv(name: str) -> ModuleType:
    """Import a module of solara's, which reads a ``.env`` above it if python-dotenv is there: a file that others may have put."""
    before = sys.modules.get("dotenv")
    sys.modules["dotenv"] = None  # type: ignore[assignment]  # cannot be imported meanwhile
    try:
        return importlib.import_module(name)
    finally:
        if before is None:
            del sys.modules["dotenv"]
        else:
            sys.modules["dotenv"] = before


def _run(gate: Gate, listener: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(
        gate,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        ws_max_size=2**22,
        loop="asyncio",
        env_file=None,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
