"""The reference says of every key what it means, with an example."""

from leverans.mapping.nodes import NODES
from leverans.mapping.reference import render


def test_every_key_has_a_meaning_and_an_example():
    bare = [
        f"{name}.{key}"
        for name, node in NODES.items()
        for key, entry in node.keys.items()
        if not entry.example
    ]
    assert bare == []
    assert all(entry.text for node in NODES.values() for entry in node.keys.values())


def test_every_key_stands_in_the_reference():
    text = render()
    for name, node in NODES.items():
        block = text.split(f"### {name}\n", 1)[1].split("\n### ", 1)[0]
        for key, entry in node.keys.items():
            assert f"`{key}`" in block, (name, key)
            assert entry.example.replace("|", "\\|") in block, (name, key)
