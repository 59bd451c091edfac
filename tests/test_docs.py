"""The documentation says what the code does: every setting, command and dependency is looked up in it, both ways."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from cogapp import Cog

from bot import docs
from bot.config.settings import Settings
from bot.i18n.translator import translator
from bot.model.lifecycle import TRANSITIONS, State

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def variables() -> set[str]:
    return {str(field.alias) for field in Settings.model_fields.values()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_generated_parts_are_current(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Cog().main(["cog", "--check", str(page)]) == 0, "write them again with `make docs`"


def test_generated_files_are_current() -> None:
    for path, text in docs.whole_files().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: write it again with `make docs`"


def test_every_setting_is_in_the_table_and_nothing_else_is() -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", read("docs/configuration.md"), re.MULTILINE)) == variables()


def test_every_setting_is_in_the_example_once_and_commented_out() -> None:
    assert sorted(re.findall(r"^#([A-Z_]+)=\S", read(".env.example"), re.MULTILINE)) == sorted(variables())
    assert not re.findall(r"^[^#\n]", read(".env.example"), re.MULTILINE)


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_no_page_names_a_setting_that_does_not_exist(page: Path) -> None:
    named = set(re.findall(r"\b(?:SLACK|EMAILDOMAIN|GENESYSCLOUD)_[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8")))
    assert named <= variables()


def test_the_layers_of_the_documentation_are_those_that_are_held() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    held = next(contract["layers"] for contract in contracts if contract["id"] == "layers")
    rows = re.findall(r"^\| ((?:`[\w.]+`(?:, )?)+) \|", read("docs/architecture.md"), re.MULTILINE)
    assert [set(re.findall(r"`([\w.]+)`", row)) for row in rows] == [set(layer.split(" | ")) for layer in held]


def test_every_default_that_is_a_text_is_shown() -> None:
    rows = {row.name: row.default for row in docs.settings()}
    for field in Settings.model_fields.values():
        if isinstance(field.default, str) and field.default and not field.title:
            assert rows[str(field.alias)] == f"`{field.default}`"


def test_every_subcommand_of_the_command_line_is_described() -> None:
    operations = read("docs/operations.md")
    for name, command in docs.cli_commands():
        assert f"`emaildomain {name}`" in operations
        assert command.get_short_help_str(), f"emaildomain {name} has no help"


def test_every_command_in_slack_is_in_the_readme() -> None:
    readme = read("README.md")
    for command in docs.typed_commands():
        assert f"| `{command.usage}` |" in readme
        assert docs.summary(command) in readme


def test_every_command_its_aliases_and_its_buttons_are_in_the_reference() -> None:
    reference = read("docs/commands.md")
    for command in docs.typed_commands():
        assert f"## `{command.usage}`" in reference
        assert all(f"`{alias}`" in reference for alias in command.aliases)
    labels = {key: text for key, text in translator("en").texts.items() if key.startswith("button.")}
    elsewhere = {"button.cancel", "button.admin"}  # of every form; a link, where the platform has an admin page
    for key, text in labels.items():
        assert key in elsewhere or f"| {re.sub(r'{.*}', '…', text)} |" in reference, f"{key} belongs to no command"


def test_the_life_cycle_is_drawn_whole() -> None:
    page = read("docs/lifecycle.md")
    for (before, event), edge in TRANSITIONS.items():
        drawn = f"{before} --> {edge.to}: {event}" in page
        assert drawn or re.search(rf"^Not in the picture.*`{event}`", page, re.MULTILINE)
    assert all(f"| `{state}` | " in page for state in State)


def test_every_runtime_dependency_is_argued_and_nothing_else_is() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    needed = [re.split(r"[^A-Za-z0-9-]", line)[0] for line in project["dependencies"]]
    argued = re.findall(r"^\| `([a-z0-9-]+)` \|", read("docs/decisions/0001-runtime-dependencies.md"), re.MULTILINE)
    assert sorted(argued) == sorted(needed)


def test_every_dependency_is_locked_with_hashes_and_without_addresses() -> None:
    lock = read("requirements.lock")
    project = tomllib.loads(read("pyproject.toml"))["project"]
    for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        name = re.split(r"[^A-Za-z0-9-]", line)[0]
        assert re.search(rf"^{name}==\S+ \\\n    --hash=sha256:", lock, re.MULTILINE), name
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links|--trusted-host| @ ", lock)


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_make_has_what_the_readme_promises() -> None:
    makefile = read("Makefile")
    for page in TEXTS:
        for target in re.findall(
            r"`?\bmake ([a-z-]+)",
            "\n".join(re.findall(r"`make [a-z-]+|^ *make [a-z-]+$", page.read_text(encoding="utf-8"), re.MULTILINE)),
        ):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target} in {page.name}"


def test_the_pictures_of_the_readme_are_there_and_load_quickly() -> None:
    named = set(re.findall(r"docs/images/\w+\.png", read("README.md")))
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "images").iterdir()} == named
    assert all((ROOT / name).stat().st_size < 150_000 for name in named)
