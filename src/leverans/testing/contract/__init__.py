"""The connector contract: every rule that a connector keeps, tried on sources made for it.

A folder with a ``connector.yaml`` and a ``contract.yaml`` beside it is tried by pytest when the plugin
`leverans.testing.plugin` is loaded. Without pytest::

    for rig in rigs(folder, servers):
        subject = Subject(folder.name, folder / "connector.yaml", Sources(rig, scratch))
        for verdict in verdicts(subject):
            print(verdict)

See ``docs/connector-testing.md``.
"""

from leverans.sources.around import Around
from leverans.testing.contract.declared import Declared, read_declared
from leverans.testing.contract.rigs import rigs
from leverans.testing.contract.rules import Rule, rule, rules, verdicts
from leverans.testing.contract.source import NAMES, VALUES, Files, Planted, Rig, Server, Source, Variant
from leverans.testing.contract.subject import Reading, Sources, Subject
from leverans.testing.contract.verdicts import Broken, NotApplicable, NotHere, Verdict, ensure

__all__ = [
    "NAMES",
    "VALUES",
    "Around",
    "Broken",
    "Declared",
    "Files",
    "NotApplicable",
    "NotHere",
    "Planted",
    "Reading",
    "Rig",
    "Rule",
    "Server",
    "Source",
    "Sources",
    "Subject",
    "Variant",
    "Verdict",
    "ensure",
    "read_declared",
    "rigs",
    "rule",
    "rules",
    "verdicts",
]
