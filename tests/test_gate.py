"""Who is let in to the page, and what a page may name; the same in Chromium is in test_browser."""

import asyncio
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from potluck.browser.gate import Gate
from potluck.browser.session import GameSession
from potluck.components import Registry, import_object
from potluck.data.datasets import load_dataset
from potluck.data.ratings_files import load_ratings
from potluck.data.regression import load_regression
from potluck.mechanisms import MECHANISMS
from potluck.models.games.privacy.table import TableBenefit
from potluck.permissions import Permissions, granted, local_file
from potluck.training.classifiers import build_classifier

TOKEN = "a-token"
ROUTES = [
    "/",
    "/?x=1",
    "/readyz",
    "/resourcez",
    "/static/main.js",
    "/_solara/api/close/1",
    "/jupyter/api/kernels/1",
    "/any/where",
]


async def inside(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})
    else:
        await send({"type": "websocket.accept"})


def ask(kind="http", path="/", client="127.0.0.1", method="GET", gate=None, **headers):
    """Return the first message that a gate answers a request with; headers are written with underscores."""
    headers = {"host": "127.0.0.1:8765", "cookie": f"potluck-8765={TOKEN}", **headers}
    if kind == "websocket":
        headers.setdefault("origin", "http://127.0.0.1:8765")
    path, _, query = path.partition("?")
    scope = {
        "type": kind,
        "path": path,
        "query_string": query.encode(),
        "method": method,
        "client": (client, 5000),
        "server": ("127.0.0.1", 8765),
        "headers": [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in headers.items() if v is not None],
    }
    sent = []

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(message):
        sent.append(message)

    asyncio.run((gate or Gate(inside, TOKEN))(scope, receive, send))
    return sent[0]


def let_in(answer):
    return answer.get("status") == 200 or answer["type"] == "websocket.accept"


def refused(answer):
    return answer.get("status") == 403 or (answer["type"] == "websocket.close" and answer["code"] == 1008)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("path", ROUTES)
def test_the_page_itself_is_let_in_everywhere(kind, path):
    assert let_in(ask(kind, path))
    assert let_in(ask(kind, path, host="localhost:9000", origin="http://localhost:9000"))
    assert let_in(ask(kind, path, host="[::1]:8765", origin="http://[::1]:8765"))


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "wrong",
    [
        {"client": "192.168.1.7"},
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:8765"},
        {"host": "127.0.0.1@evil.example"},
        {"host": ""},
        {"host": None},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1:87650"},
        {"origin": "null"},
        {"cookie": None},
        {"cookie": "potluck-8765="},
        {"cookie": "potluck-8765=another"},
        {"cookie": f"potluck-9999={TOKEN}"},
        {"cookie": "potluck-8765=\u00fc"},
    ],
    ids=str,
)
def test_anybody_else_is_refused_everywhere(kind, path, wrong):
    assert refused(ask(kind, path, **wrong))


def test_a_websocket_says_where_it_comes_from_and_other_pages_get_no_image_or_script():
    assert refused(ask("websocket", origin=None))
    assert refused(ask(sec_fetch_site="cross-site", sec_fetch_mode="no-cors"))
    assert refused(ask(sec_fetch_site="same-site", sec_fetch_mode="no-cors"))
    assert let_in(ask(sec_fetch_site="same-origin", sec_fetch_mode="no-cors"))


def test_the_token_in_the_address_becomes_a_cookie_that_no_script_reads():
    answer = ask(path=f"/?scenario=x&token={TOKEN}", cookie=None)
    headers = {name: value.decode() for name, value in answer["headers"]}
    assert answer["status"] == 303
    assert headers[b"location"] == "/?scenario=x"
    assert headers[b"set-cookie"] == f"potluck-8765={TOKEN}; Path=/; HttpOnly; SameSite=Lax"
    assert refused(ask(path="/?token=wrong"))
    assert refused(ask(path="/?token="))
    assert dict(ask(path=f"//evil.example/?token={TOKEN}")["headers"])[b"location"] == b"/evil.example/"


def test_no_more_tabs_than_there_may_be():
    gate = Gate(inside, TOKEN, sessions=1)
    gate._open = 1
    assert refused(ask("websocket", gate=gate))
    gate._open = 0
    assert let_in(ask("websocket", gate=gate))
    assert gate._open == 0


# what a page may name


@pytest.fixture
def page():
    with granted(Permissions(imports=False, folders=())):
        yield


def trap(tmp_path, monkeypatch, body):
    """Put a module where imports find it, which leaves a mark when it runs."""
    ran = tmp_path / "ran"
    (tmp_path / "foreign_module.py").write_text(f"open({str(ran)!r}, 'w').close()\n{body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "foreign_module", raising=False)
    return ran


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("text", ["foreign_module:Any", "foreign_module.Any", "foreign_module:Any(1)", "os:system(touch)"])
def test_a_page_names_no_import_path(tmp_path, monkeypatch, text):
    ran = trap(tmp_path, monkeypatch, "Any = print")
    for build in (MECHANISMS.build, lambda text: build_classifier(text, 0), lambda text: import_object(text)):
        with pytest.raises((ValueError, ImportError), match=r"import paths are not followed here|cannot read"):
            build(text)
    assert not ran.exists()


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("parameter", ["classifier", "dataset", "mechanism", "strategy"])
@pytest.mark.parametrize("text", ["os:system('touch {mark}')", "{secret}", "http://127.0.0.1:9/x.csv", "foreign_module:Any"])
def test_a_page_reaches_nothing_through_a_parameter(tmp_path, monkeypatch, parameter, text):
    ran = trap(tmp_path, monkeypatch, "Any = print")
    secret = tmp_path / "secret.csv"
    secret.write_text("hidden:x:0:0\nfor your eyes only\n")
    session = GameSession()
    session.open("replication-attack", {parameter: text.format(mark=ran, secret=secret)})
    session.wait()
    assert session.state.error
    assert "eyes" not in session.state.error
    assert "hidden" not in session.state.error
    assert not ran.exists()
    session.close()


LOADERS = [
    load_dataset,
    load_regression,
    lambda path: load_ratings(path, None),
    TableBenefit.read,
    local_file,
]


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize(
    "what", ["/etc/passwd", "/etc/no-such-file", "../secret.csv", "link.csv", "~/x.csv", "http://127.0.0.1:9/x.csv"]
)
def test_a_page_reads_the_folders_it_was_given_and_no_other(tmp_path, load, what):
    given = tmp_path / "given"
    given.mkdir()
    for path in (tmp_path / "secret.csv", given / "mine.csv"):
        path.write_text("p_own,user,item,rating,label\n1,1,1,3,0\n2,2,1,4,1\n")
    (given / "link.csv").symlink_to(tmp_path / "secret.csv")
    with granted(Permissions(False, (given,))):
        assert local_file("mine.csv") == local_file(given / "mine.csv") == given / "mine.csv"
        assert len(load_dataset("mine.csv").features) == 2
        with pytest.raises(ValueError, match=r"not in the folders|address"):
            load(what)


@pytest.mark.parametrize("load", LOADERS)
def test_files_are_regular_files_of_this_machine(tmp_path, load):
    os.mkfifo(tmp_path / "pipe.csv")
    for text in ("http://127.0.0.1:9/x.csv", "s3://bucket/x.csv", "file:///etc/passwd", "ftp://x/y.csv"):
        with pytest.raises(ValueError, match="is an address"):
            load(text)
    for path in (tmp_path / "pipe.csv", Path("/dev/zero"), tmp_path):
        with pytest.raises(ValueError, match="is not a file"):
            load(str(path))


# foreign code on the command line


@pytest.mark.parametrize(
    "body",
    ["def Any(*a, **k): open(MARK, 'w').close()", "class Any:\n    def __init__(self, *a): open(MARK, 'w')", "Any = 3"],
)
def test_nothing_is_called_before_it_is_known_to_be_what_is_asked(tmp_path, monkeypatch, body):
    trap(tmp_path, monkeypatch, f"MARK = {str(tmp_path / 'called')!r}\n{body}")
    for build in (MECHANISMS.build, lambda text: build_classifier(text, 0)):
        with pytest.raises(ValueError, match="must be a subclass of"):
            build("foreign_module:Any(1)")
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize("raised", ["SystemExit(0)", "KeyboardInterrupt", "RuntimeError('x')", "GeneratorExit", "MemoryError"])
def test_what_foreign_code_raises_is_its_own_error(tmp_path, monkeypatch, raised):
    trap(tmp_path, monkeypatch, f"raise {raised}")
    for build in (MECHANISMS.build, lambda text: build_classifier(text, 0)):
        with pytest.raises(ValueError, match=raised.split("(")[0]):
            build("foreign_module:Any")
    trap(
        tmp_path,
        monkeypatch,
        "from sklearn.base import ClassifierMixin, BaseEstimator\n"
        f"class Any(ClassifierMixin, BaseEstimator):\n    def __init__(self): raise {raised}",
    )
    with pytest.raises(ValueError, match="classifier = 'foreign_module:Any'"):
        build_classifier("foreign_module:Any", 0)


def test_an_own_classifier_and_a_named_one_still_work(tmp_path, monkeypatch):
    trap(tmp_path, monkeypatch, "from sklearn.tree import DecisionTreeClassifier as Any")
    assert build_classifier("foreign_module:Any(max_depth=2)", 3).get_params()["random_state"] == 3
    assert build_classifier("1-nn(n_neighbors=2)", 0).n_neighbors == 2
    with pytest.raises(ValueError, match="classifier = '1-nn"):
        build_classifier("1-nn(self=1)", 0)
    assert isinstance(MECHANISMS, Registry)


# the server itself


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    pytest.importorskip("solara", reason="needs the extra browser")
    folder = tmp_path_factory.mktemp("here")
    as_installed = "import pathlib\ndef load_dotenv(*_):\n    pathlib.Path('read').touch()\n"
    (folder / "dotenv.py").write_text(as_installed)
    command = [sys.executable, "-c", "from potluck.__main__ import main; main()", "serve", "hiding-dynamics", "--port", "0"]
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONPATH": path}
    one = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    line = one.stdout.readline()
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]{43})  \(Ctrl-C ends it\)\n", line)
    assert found, line
    one.port, one.token, one.folder = int(found[1]), found[2], folder
    yield one
    one.send_signal(signal.SIGTERM)
    one.wait(20)
    one.stdout.close()


def answer(server, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    said = response.status, response.read().decode(errors="replace"), dict(response.getheaders())
    connection.close()
    return said


def test_the_server_answers_its_page_and_nobody_else(server):
    cookie = f"potluck-{server.port}={server.token}"
    for path in ROUTES:
        assert answer(server, path)[0] == 403
        assert answer(server, path, method="POST")[0] == 403
        assert answer(server, f"{path.partition('?')[0]}?token=wrong")[0] == 403
        assert answer(server, path, cookie=cookie, host="evil.example")[0] == 403
        assert answer(server, path, cookie=cookie, origin="http://evil.example")[0] == 403
    assert answer(server, f"/?token={server.token}")[0] == 303
    status, page, headers = answer(server, "/", cookie=cookie)
    assert status == 200, page
    assert not (server.folder / "read").exists()  # no .env is asked for
    assert headers["x-frame-options"] == "DENY"
    assert json.loads(answer(server, "/resourcez", cookie=cookie)[1])["kernels"]["total"] == 0


def test_the_servers_websocket_is_opened_by_its_page_only(server):
    client = pytest.importorskip("websockets.sync.client")
    exceptions = pytest.importorskip("websockets.exceptions")
    address = f"ws://127.0.0.1:{server.port}/jupyter/api/kernels/some-kernel/channels?session_id=page"
    cookie = f"potluck-{server.port}={server.token}"
    own = f"http://127.0.0.1:{server.port}"
    with client.connect(address, origin=own, additional_headers={"Cookie": cookie}):
        pass
    for origin, headers in [(own, {}), ("http://evil.example", {"Cookie": cookie}), (None, {"Cookie": cookie})]:
        with pytest.raises(exceptions.InvalidStatus, match="403"):
            client.connect(address, origin=origin, additional_headers=headers)


def test_a_busy_port_is_one_line(server):
    command = [sys.executable, "-c", "from potluck.__main__ import main; main()", "serve", "--port", str(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert re.fullmatch(r"potluck: port \d+ on 127\.0\.0\.1 cannot be used: [^\n]+\n", done.stderr)
    assert done.stdout == ""


def test_the_server_listens_on_this_machine_only(server):
    other = "127.0.0.2"  # where a server on every address of this machine answers too
    with pytest.raises(OSError), contextlib.closing(socket.create_connection((other, server.port), timeout=2)):
        time.sleep(0)
