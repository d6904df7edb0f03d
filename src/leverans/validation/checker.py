"""Holds one XML document against a grammar while it streams by, and keeps the way to each element."""

from collections.abc import Callable
from typing import BinaryIO

from leverans.errors import IntegrityError
from leverans.formats.digestindex import DigestIndex
from leverans.formats.xmlstream import CHUNK, Scanner, XmlFault, scan
from leverans.validation.grammar import Attribute, Child, Grammar, Type
from leverans.validation.sink import Sink

_XSI = "http://www.w3.org/2001/XMLSchema-instance "
_HINTS = frozenset({f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation"})
_OPEN = Type("", any=True, foreign=True, mixed=True)
_MORE = "…"


class Frame:
    """One open element: its type, its way from the parent, what it held so far."""

    __slots__ = ("attributes", "group", "index", "line", "name", "order", "seen", "type")

    def __init__(self) -> None:
        self.type = _OPEN
        self.name = ""
        self.index = 1
        self.line = 0
        self.order = 0
        self.group: Child | None = None
        self.seen: dict[str, int] = {}
        self.attributes: dict[str, str] = {}


PENDING = 10_000


class Checker:
    """Checks one document; a subclass adds the rules that no grammar can hold.

    A method ``open_<type>(frame)`` is called when an element of that type starts, ``close_<type>(frame)``
    when it ends, ``text_<type>(frame, text)`` when an element of that type with text ends.

    Args:
        grammar: what may stand where.
        sink: takes the findings.
        document: package-relative path of the document, the first part of every place.

    Attributes:
        ok: the document could be read to its end and is of the kind expected.
        quotes: findings may quote values; false where a value may be about a person.
    """

    quotes = True

    def __init__(self, grammar: Grammar, sink: Sink, document: str) -> None:
        self.grammar = grammar
        self.sink = sink
        self.document = document
        self.depth = 0
        self.frames = [Frame() for _ in range(32)]
        self.ok = True
        top = self.frames[0]
        top.type = Type(
            "", {grammar.root: Child(grammar.root, grammar.type.name, grammar.type, 1, 1, 1, None, 0)}
        )
        self._text = ""
        self._ids = DigestIndex()
        self._pending: list[tuple[str, str]] = []
        self._scanner = Scanner(self._start, self._end, self._data)
        self._opens = self._hooks("open_")
        self._closes = self._hooks("close_")
        self._texts = self._hooks("text_")

    def read(self, stream: BinaryIO) -> bool:
        """Read the whole document; False when it could not be read to its end."""
        try:
            for _ in scan(stream, self._scanner):
                pass
            for value, place in self._pending:
                if not self.knows(value):
                    self.sink.report("REF001", place, value=self._shown(value))
        except XmlFault as fault:
            self.fault(fault)
            self.ok = False
        except IntegrityError as fault:
            reason = str(fault.parameters.get("reason", ""))
            self.sink.report(fault.code, self.document, reason=reason)
            self.ok = False
        return self.ok

    def fault(self, fault: XmlFault) -> None:
        """Report why the document cannot be read on."""
        self.sink.report(fault.code, f"{self.document}:{fault.line}", reason=fault.reason)

    def wrong_root(self, frame: Frame) -> None:
        """Report a document of another kind (XML004)."""
        self.finding("XML004", frame, value=frame.name)
        self.ok = False

    def where(self, frame: Frame | None = None, tail: str = "") -> str:
        """Give ``document:line /path/to/element`` of an open element, with `tail` at the end."""
        depth = self.frames.index(frame) if frame is not None else self.depth
        steps = [self._step(self.frames[level]) for level in range(1, depth + 1)]
        line = self.frames[depth].line or self._scanner.line
        return f"{self.document}:{line} /{'/'.join(steps)}{tail}"

    def finding(self, code: str, frame: Frame | None = None, tail: str = "", **parameters: str | int) -> None:
        """Report a finding at an open element."""
        if not self.sink.passed_over(code) and self.sink.level(code) is not None:
            self.sink.report(code, self.where(frame, tail), **parameters)

    def link(self, frame: Frame, rule: Attribute, value: str) -> None:
        """Number each ID and look up each reference to one (REF001, REF002)."""
        if rule.link == "ID":
            if not self._ids.add(value)[1]:
                self.finding("REF002", frame, f"/@{rule.label}", value=self._shown(value))
            return
        for name in value.split():
            if not self.knows(name) and len(self._pending) < PENDING:
                self._pending.append((name, self.where(frame, f"/@{rule.label}")))

    def knows(self, identifier: str) -> bool:
        """Tell whether the document has shown an ID so far."""
        return identifier in self._ids

    def _shown(self, value: str) -> str:
        return (value if self.quotes or not value else "…") or "–"

    def _step(self, frame: Frame) -> str:
        local = frame.name.rpartition(" ")[2]
        return f"{local}[{frame.index}]" if frame.index > 1 or local in self.grammar.repeated else local

    def _hooks(self, prefix: str) -> dict[str, Callable[..., None]]:
        return {
            name.removeprefix(prefix): getattr(self, name)
            for name in dir(type(self))
            if name.startswith(prefix)
        }

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self.frames[self.depth]
        if self._text:
            self._loose_text(parent)
        self.depth += 1
        if self.depth >= len(self.frames):
            self._deeper()
        frame = self.frames[self.depth]
        seen = parent.seen
        count = seen[name] = seen.get(name, 0) + 1
        frame.name = name
        frame.index = count
        frame.line = self._scanner.parser.CurrentLineNumber
        frame.order = 0
        frame.group = None
        frame.seen = {}
        frame.attributes = attributes
        child = parent.type.children.get(name)
        if child is None:
            self._stranger(parent, frame)
            return
        frame.type = kind = child.type
        if child.order < parent.order or count > child.most or child.group:
            self._misplaced(parent, frame, child, count)
        parent.order = child.order
        if attributes or kind.demanded:
            self._attributes(frame, kind, attributes)
        hook = self._opens.get(kind.name)
        if hook is not None:
            hook(frame)

    def _attributes(self, frame: Frame, kind: Type, attributes: dict[str, str]) -> None:
        known = kind.attributes
        for key, value in attributes.items():
            rule = known.get(key)
            if rule is None:
                self._unknown_attribute(frame, key)
            elif rule.check is not None and not rule.check(value):
                self._wrong_value(frame, rule, value)
            elif rule.link:
                self.link(frame, rule, value)
        for key, rule in kind.demanded:
            if key not in attributes:
                self._report("SCH004", rule.requirement, frame, f"/@{rule.label}")
        for condition in kind.together:
            self._condition(frame, condition)

    def _end(self, _: str) -> None:
        frame = self.frames[self.depth]
        kind = frame.type
        text, self._text = self._text, ""
        if kind.text_kind:
            if kind.text is not None and not kind.text(text.strip()):
                self._wrong_text(frame, text)
            hook = self._texts.get(kind.name)
            if hook is not None:
                hook(frame, text)
        elif text and not kind.mixed and not kind.any and not text.isspace():
            self._report("SCH007", None, frame)
        for child in kind.required:
            if child.name not in frame.seen:
                self._report("SCH002", child.requirement, frame, f"/{child.label}")
        for children in kind.one_of:
            if not any(child.name in frame.seen for child in children):
                self._report("SCH002", None, frame, f"/{'|'.join(child.label for child in children)}")
        closing = self._closes.get(kind.name)
        if closing is not None:
            closing(frame)
        self.depth -= 1

    def _data(self, text: str) -> None:
        if len(self._text) < CHUNK:
            self._text += text
        elif self._text[-1] != _MORE and not text.isspace():
            self._text += _MORE  # longer than what is kept: no word of a list, no blank, no number

    def _loose_text(self, parent: Frame) -> None:
        text, self._text = self._text, ""
        kind = parent.type
        if not kind.mixed and not kind.any and not text.isspace():
            self._report("SCH007", None, parent)

    def _deeper(self) -> None:
        self._scanner.guard(self.depth)
        self.frames.append(Frame())

    def _report(
        self, code: str, requirement: str | None, frame: Frame, tail: str = "", value: str = ""
    ) -> None:
        self.finding(
            requirement or code, frame, tail, value=self._shown(value), name=tail.lstrip("/@") or "–"
        )

    def _stranger(self, parent: Frame, frame: Frame) -> None:
        frame.type = _OPEN
        if self.depth == 1:
            self.wrong_root(frame)
        elif not parent.type.any:
            self._report("SCH001", None, frame)

    def _misplaced(self, parent: Frame, frame: Frame, child: Child, count: int) -> None:
        if child.order < parent.order:
            self._report("SCH006", None, frame)
        elif count > child.most:
            strict = child.requirement and self.sink.levels.get(child.requirement) == "error"
            self._report("SCH008", child.requirement if strict else None, frame)
        elif child.group:
            if parent.group is not None and parent.group is not child and parent.group.group == child.group:
                self._report("SCH009", None, frame)
            parent.group = child

    def _unknown_attribute(self, frame: Frame, key: str) -> None:
        kind = frame.type
        if key in _HINTS or (kind.any if key.startswith(_XSI) else " " in key and kind.foreign):
            return
        self._report("SCH003", None, frame, f"/@{self.label(key)}")

    def label(self, key: str) -> str:
        """Write an attribute's name as people do: ``csip:NOTETYPE``."""
        namespace, space, local = key.rpartition(" ")
        prefix = self.grammar.prefixes.get(namespace, "*")
        return f"{prefix}:{local}" if space else local

    def _wrong_value(self, frame: Frame, rule: Attribute, value: str) -> None:
        if not value.strip() and rule.kind == "nonempty":
            self._report("SCH004", rule.requirement, frame, f"/@{rule.label}")
        else:
            self._report("SCH005", rule.requirement, frame, f"/@{rule.label}", value)

    def _wrong_text(self, frame: Frame, text: str) -> None:
        parent = self.frames[self.depth - 1].type.children.get(frame.name)
        requirement = frame.type.requirement or (parent.requirement if parent else None)
        self._report("SCH005", requirement, frame, value=text.strip())

    def _condition(self, frame: Frame, condition: tuple[str, str, str, str]) -> None:
        attribute, value, other, requirement = condition
        if frame.attributes.get(attribute) == value and not frame.attributes.get(other, "").strip():
            self._report("SCH004", requirement, frame, f"/@{other}")
