"""The connector contract as a pytest plugin: ``-p leverans.testing.plugin``.

Every folder with ``connector.yaml`` and ``contract.yaml`` is tried: one item for each rule and engine. At
the end stands a table of rules and engines, also written to ``var/contract/matrix.md``. Servers come from the
hook `pytest_leverans_server`. In CI (``LEVERANS_CI``) a rule that is not run fails.
"""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import pytest

from leverans.testing import matrix
from leverans.testing.contract.declared import CONTRACT_FILE
from leverans.testing.contract.rigs import rigs
from leverans.testing.contract.rules import Rule, rules
from leverans.testing.contract.source import Server
from leverans.testing.contract.subject import Sources, Subject

_PROPERTY = "leverans_contract"


class Hooks:
    """What a project can tell the plugin."""

    @pytest.hookspec(firstresult=True)
    def pytest_leverans_server(self, config: pytest.Config, engine: str) -> Server | None:
        """Give the server of an engine (``postgresql``, ``firebird`` …), or None where it is missing."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hook known."""
    pluginmanager.add_hookspecs(Hooks)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ContractFile | None":
    """Take every ``contract.yaml`` beside a ``connector.yaml``."""
    if file_path.name == CONTRACT_FILE and file_path.with_name("connector.yaml").is_file():
        return ContractFile.from_parent(parent, path=file_path)
    return None


class ContractFile(pytest.File):
    """One connector."""

    def collect(self) -> Iterator["ContractItem"]:
        """Give one item for each rule and engine; sources are made when the first of them runs."""
        folder = self.path.parent
        for rig in rigs(folder, partial(_server, self.config)):
            scratch = Scratch(self, Subject(folder.name, folder / "connector.yaml", Sources(rig, Path())))
            for rule in rules():
                name = f"{rule.id}[{rig.engine}]"
                yield ContractItem.from_parent(self, name=name, rule=rule, scratch=scratch)


class Scratch:
    """A subject whose sources lie in a folder that goes with the last of its items."""

    def __init__(self, owner: ContractFile, subject: Subject) -> None:
        self.owner = owner
        self.subject = subject
        self._folder: TemporaryDirectory[str] | None = None

    def ready(self) -> Subject:
        """Give the subject, with a folder for its sources."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="leverans-contract-", ignore_cleanup_errors=True)
            Path(self._folder.name).chmod(0o755)
            old = self.subject
            sources = Sources(old.sources.rig, Path(self._folder.name))
            self.subject = Subject(old.name, old.connector, sources)
        return self.subject

    def close(self) -> None:
        """Take the sources away."""
        self.subject.sources.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._folder = None


class ContractItem(pytest.Item):
    """One rule for one connector on one engine."""

    def __init__(self, *, rule: Rule, scratch: Scratch, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]  # pytest's own
        self.rule = rule
        self.scratch = scratch

    def runtest(self) -> None:
        """Try the rule."""
        subject = self.scratch.ready()
        told = self.rule.judge(subject)
        self.user_properties.append(
            (_PROPERTY, [subject.name, subject.sources.rig.engine, told.rule, told.state, told.reason])
        )
        if told.state == "not run":
            not_run(told.reason)
        if told.state == "broken":
            pytest.fail(f"{subject.name}: {told.reason}\n{self.rule.id}: {self.rule.text}", pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Tell where it stands."""
        return self.path, 0, f"{self.path.parent.name}: {self.name}"


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Take the sources of a connector away after its last rule."""
    if isinstance(item, ContractItem):
        following = nextitem.scratch if isinstance(nextitem, ContractItem) else None
        if following is not item.scratch:
            item.scratch.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of rules and engines."""
    found = [
        matrix.Cell(*value)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == _PROPERTY and report.when == "call"
    ]
    if not found:
        return
    text = matrix.table(found, [rule.id for rule in rules()])
    terminalreporter.section("connector contract: rules × engines")
    terminalreporter.write(text)
    target = config.rootpath / "var" / "contract" / "matrix.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def not_run(reason: str) -> NoReturn:
    """Skip a rule whose server or program is missing; in CI (``LEVERANS_CI``) that fails."""
    if os.environ.get("LEVERANS_CI"):
        pytest.fail(f"may not be skipped in CI: {reason}", pytrace=False)
    pytest.skip(reason)


def _server(config: pytest.Config, engine: str) -> Server | None:
    found: Server | None = config.hook.pytest_leverans_server(config=config, engine=engine)
    return found
