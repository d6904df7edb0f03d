"""Builds small records from a stream: one open element at a time, nothing kept of what has ended."""

from dataclasses import dataclass, field

_LONGEST = 1 << 20


@dataclass(slots=True)
class Node:
    """A small element read whole: local name, attributes, text, children."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: "list[Node]" = field(default_factory=list)

    def first(self, *names: str) -> "Node | None":
        """Give the first child at the path of local names."""
        node: Node | None = self
        for name in names:
            node = next((child for child in node.children if child.name == name), None) if node else None
        return node

    def each(self, *names: str) -> "list[Node]":
        """Give all descendants at the path of local names."""
        found = [self]
        for name in names:
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def value(self, *names: str) -> str | None:
        """Give the text at the path of local names, None when it is not there or empty."""
        node = self.first(*names)
        return (node.text.strip() or None) if node else None


class NodeBuilder:
    """Turns events into nodes; a caller takes a finished node out of its parent as soon as it wants it."""

    def __init__(self) -> None:
        self.stack: list[Node] = [Node("", {})]

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self.stack) - 1

    def start(self, name: str, attributes: dict[str, str]) -> Node:
        """Open an element; its attributes go by local name."""
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = Node(name.rpartition(" ")[2], local)
        self.stack[-1].children.append(node)
        self.stack.append(node)
        return node

    def end(self) -> Node:
        """Close the open element and give it."""
        return self.stack.pop()

    def data(self, text: str) -> None:
        """Add text to the open element; past a million characters no more is kept."""
        node = self.stack[-1]
        if len(node.text) < _LONGEST:
            node.text += text

    def drop(self, node: Node) -> None:
        """Forget a node that has been used."""
        parent = self.stack[-1]
        if parent.children and parent.children[-1] is node:
            parent.children.pop()
