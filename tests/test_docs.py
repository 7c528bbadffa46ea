"""What README, CONTRIBUTING, CHANGELOG and docs say is true: code runs, lists are complete, links lead somewhere."""

import doctest
import importlib
import pkgutil
import re
import runpy
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import potluck
from potluck import papers
from potluck.__main__ import main
from potluck.agents.platform_strategies import PLATFORM_STRATEGIES
from potluck.agents.strategies import STRATEGIES
from potluck.attacks import ATTACKS
from potluck.components import Registry
from potluck.data.splits import SPLITS
from potluck.mechanisms import MECHANISMS
from potluck.models import GAMES, REVISIONS, TASKS, VALUATIONS
from potluck.models.games.privacy import PRIVACY_LOSSES
from potluck.scenarios import SCENARIOS, ReplicationAttack

ROOT = Path(__file__).parent.parent
TOP = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
PAGES = [*TOP, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)]
REGISTRIES = {
    "attack": ATTACKS,
    "mechanism": MECHANISMS,
    "strategy": STRATEGIES,
    "task": TASKS,
    "textbook game": GAMES,
    "split": SPLITS,
    "scenario": SCENARIOS,
    "revision protocol": REVISIONS,
    "valuation": VALUATIONS,
    "privacy loss": PRIVACY_LOSSES,
    "platform strategy": PLATFORM_STRATEGIES,
}
PAGES_OF_THE_BROWSER = {"potluck.app", *(f"potluck.browser.{name}" for name in ("inputs", "page", "stage"))}  # import solara
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
EXIT_STATUS = re.compile(r"# exit status (\d+)$")


@dataclass(frozen=True)
class Block:
    language: str
    runs: bool
    text: str
    line: int


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    found = []
    text = text_of(page)
    for match in FENCE.finditer(text):
        language, _, flags = match["info"].strip().partition(" ")
        found.append(Block(language, "no-run" not in flags, match["body"], text[: match.start()].count("\n") + 2))
    return found


def prose(page: str) -> str:
    return FENCE.sub("", text_of(page))


def run_python(block: Block, names: dict, page: str) -> None:
    if not block.text.lstrip().startswith(">>>"):
        exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), names)
        if match := re.match(r"# (\w+\.py)\n", block.text):
            Path(match[1]).write_text(block.text, encoding="utf-8")
        for name in re.findall(r"^(?:class|def) (\w+)", block.text, re.MULTILINE):
            run_examples(names[name].__doc__ or "", names, f"{page}, {name}", 0)
        return
    run_examples(block.text, names, page, block.line - 1)


def run_examples(text: str, names: dict, where: str, line: int) -> None:
    test = doctest.DocTestParser().get_doctest(text, {}, where, where, line)
    test.globs = names
    problems: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=problems.append, clear_globs=False)
    assert not problems, "".join(problems)


def run_shell(block: Block, capsys: pytest.CaptureFixture[str]) -> str:
    said = ""
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            assert re.search(rf"^{words[1]}:", text_of("Makefile"), re.MULTILINE), f"no such target: {line}"
            continue
        assert words[:1] == ["potluck"], f"mark this block `shell no-run`: {line}"
        expected = int(match[1]) if (match := EXIT_STATUS.search(line)) else 0
        with pytest.raises(SystemExit) as end:
            main(words[1:])
        output = capsys.readouterr()
        assert end.value.code == expected, f"{line}\n{output.out}{output.err}"
        said += output.out
    return said


def squeeze(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own; forget what the pages import and register."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POTLUCK_MEASUREMENTS", str(tmp_path / "measurements"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for registry in REGISTRIES.values():
        monkeypatch.setattr(registry, "_classes", dict(registry._classes))
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("clean")
def test_code_on_the_page_runs(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict = {"__name__": "__main__"}
    said = ""
    for block in blocks(page):
        if not block.runs:
            continue
        if block.language == "python":
            run_python(block, names, page)
        elif block.language == "shell":
            said = run_shell(block, capsys)
        elif block.language == "text":
            for line in block.text.splitlines():
                assert squeeze(line) in squeeze(said), f"{page}: the command above does not print {line!r}"


@pytest.mark.parametrize("page", PAGES)
def test_blocks_are_of_a_kind_that_is_run(page: str) -> None:
    for block in blocks(page):
        assert block.language in {"python", "shell", "text", "toml", "{toctree}", "{eval-rst}"}, f"{page}:{block.line}"


def singular(heading: str) -> str | None:
    word = heading.strip().lower()
    return next((kind for kind in REGISTRIES if word in {kind, kind + "s", kind[:-1] + "ies"}), None)


def listed(page: str) -> list[tuple[str, list[str]]]:
    """Return what the page lists as all mechanisms, all strategies ...: rows and sentences that name the kind, and columns."""
    found = []
    for line in prose(page).splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 2 and (kind := singular(cells[0])):
            found.append((kind, re.findall(r"`([\w-]+)`", cells[1])))
    for kind, names in re.findall(r"(Mechanisms|Strategies|Tasks|Splits|Scenarios): ((?:`[\w-]+`(?:,\s+)?)+)", prose(page)):
        found.append((singular(kind), re.findall(r"`([\w-]+)`", names)))
    # a table headed by a kind, or a list whose entries begin with names of one kind
    for chunk in re.split(r"\n\s*\n", prose(page)):
        if (head := re.match(r"\| ([a-z ]+) \|", chunk)) and (kind := singular(head[1])):
            found.append((kind, re.findall(r"^\| `([\w-]+)` \|", chunk, re.MULTILINE)))
        entries = re.findall(r"^- `([\w-]+)[^`]*`", chunk, re.MULTILINE)
        for kind, registry in REGISTRIES.items():
            if len(set(entries) & set(registry.names())) > 1:
                found.append((kind, entries))
    return found


@pytest.mark.parametrize("page", [page for page in PAGES if page != "CHANGELOG.md"])  # which is history
def test_lists_of_what_is_registered_are_complete(page: str) -> None:
    for kind, names in listed(page):
        assert sorted(set(names)) == sorted(REGISTRIES[kind].names()), f"{page} lists other {kind} names than are registered"


def test_the_readme_lists_mechanisms_strategies_tasks_and_scenarios() -> None:
    assert {"mechanism", "strategy", "task", "scenario"} <= {kind for kind, _ in listed("README.md")}


def test_the_catalogue_shows_every_registry() -> None:
    shown = re.findall(r"^\.\. catalogue:: ([\w.]+):(\w+)$", text_of("docs/reference/catalogue.md"), re.MULTILINE)
    registries = {id(getattr(importlib.import_module(module), name)) for module, name in shown}
    names = [
        entry.name for entry in pkgutil.walk_packages(potluck.__path__, "potluck.") if entry.name not in PAGES_OF_THE_BROWSER
    ]
    known = {id(thing) for name in names for thing in vars(importlib.import_module(name)).values() if isinstance(thing, Registry)}
    assert registries == known


def test_the_numbers_in_the_readme_are_those_of_the_run() -> None:
    rules = ReplicationAttack().run(0).tables["rules"].set_index("mechanism")
    rows = re.findall(r"^\| `(\w+)` \| ([\d.-]+) \| ([\d.-]+) \|$", text_of("README.md"), re.MULTILINE)
    assert len(rows) >= 5
    for name, copies, gain in rows:
        assert copies == f"{rules.loc[name, 'mean_copies']:.3g}"
        assert gain == f"{rules.loc[name, 'best_gain_from_copying']:.3g}"


def test_the_result_format_is_made_from_declarations() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "result_format.py"))["made"]
    text = text_of("docs/reference/result-format.md")
    assert text == made(text), "run python docs/result_format.py"
    document = ReplicationAttack.example().run(0).document()
    assert set(document) | set(document["checks"][0]) <= set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))


@pytest.mark.parametrize("name", SCENARIOS.names())
def test_tables_have_the_columns_that_are_declared(name: str) -> None:
    scenario = SCENARIOS.find(name)
    tables = scenario.example().run(0).tables
    assert set(tables) == set(scenario.declared_tables)
    for file, table in tables.items():
        declared = scenario.declared_tables[file]
        assert declared.describes(table), f"{file}: {list(table.columns)} beside {list(declared.columns)}"
        assert declared.row
        assert all(declared.columns.values())


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_and_images_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        place = (ROOT / page).parent / path if path else ROOT / page
        assert place.exists(), f"{page}: {target}"
        assert not anchor or anchor in anchors(place), f"{page}: {target}"


def test_every_page_is_in_a_table_of_contents() -> None:
    entries = {
        line.strip()
        for block in blocks("docs/index.md")
        if block.language == "{toctree}"
        for line in block.text.splitlines()
        if line and not line.startswith(":")
    }
    assert entries == {page.removeprefix("docs/").removesuffix(".md") for page in PAGES if page.startswith("docs/")} - {"index"}


def test_the_citation_names_the_five_papers() -> None:
    yaml = pytest.importorskip("yaml", reason="yaml comes with the extra docs")
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    known = {paper.title: paper for paper in vars(papers).values() if isinstance(paper, papers.Paper)}
    assert len(known) == 5
    assert {reference["title"] for reference in citation["references"]} == set(known)
    for reference in citation["references"]:
        paper = known[reference["title"]]
        assert reference["type"]
        assert reference["year"] == paper.year
        assert [author["family-names"] for author in reference["authors"]] == re.split(r", | & ", paper.authors)


@pytest.mark.parametrize("page", [*PAGES, "CITATION.cff", "Makefile", ".ci/run"])
def test_no_path_of_a_machine_is_named(page: str) -> None:
    text = text_of(page).removeprefix("#!/usr/bin/env bash")
    assert not re.search(r"(?<![\w.])(/home|/root|/Users|/tmp|/work|/opt|/usr)/|[A-Z]:\\", text)


def test_every_make_target_is_explained() -> None:
    makefile = text_of("Makefile")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()
    explained = re.findall(r"^([\w-]+):.*?## \S", makefile, re.MULTILINE)
    assert sorted(phony) == sorted(explained)
    assert {
        "run",
        "test",
        "test-random",
        "test-browser",
        "chromium",
        "fuzz",
        "mutants",
        "lint",
        "bench",
        "reproduce",
        "screenshots",
        "serve",
        "docs",
        "help",
        "clean",
    } == set(phony)
