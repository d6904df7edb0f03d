"""A server that speaks TDS 7.4 ([MS-TDS]) and knows the few statements that Leverans sends; rows lie in memory.

It proves drivers, types, privileges and faults. It is no SQL Server: that T-SQL means what we think it does is not
proved here, and the documentation says so.
"""

import re
import socketserver
import struct
import threading
import zlib

COLLATION = b"\x09\x04\xd0\x00\x34"
LOGIN, BATCH, RPC, PRELOGIN, TRANSACTION, ATTENTION = 0x10, 0x01, 0x03, 0x12, 0x0E, 0x06


def wide(text):
    return text.encode("utf-16-le")


def long(kind, value):
    if value is None:
        return b"\xff" * 8
    data = value if kind == "bytes" else wide(value)
    chunk = struct.pack("<I", len(data)) + data if data else b""
    return struct.pack("<Q", len(data)) + chunk + struct.pack("<I", 0)


def fixed(form):
    return lambda value: (
        b"\x00" if value is None else bytes([struct.calcsize(form)]) + struct.pack(form, value)
    )


KINDS = {
    "int": (b"\x26\x08", fixed("<q")),
    "float": (b"\x6d\x08", fixed("<d")),
    "bit": (b"\x68\x01", fixed("<?")),
    "bytes": (b"\xa5\xff\xff", lambda value: long("bytes", value)),
    "text": (b"\xe7\xff\xff" + COLLATION, lambda value: long("text", value)),
}
"""Result type → TYPE_INFO and how a value is written ([MS-TDS] 2.2.5)."""


def done(rows=None, status=0):
    return struct.pack("<BHHQ", 0xFD, status | (0 if rows is None else 0x10), 0xC1, rows or 0)


def failure(number, text, level=16):
    body = (
        struct.pack("<IBB", number, 1, level)
        + struct.pack("<H", len(text))
        + wide(text)
        + b"\0\0"
        + struct.pack("<I", 1)
    )
    return b"\xaa" + struct.pack("<H", len(body)) + body + done(status=2)


def changed(kind, new, old=b"\0"):
    body = bytes([kind]) + new + old
    return b"\xe3" + struct.pack("<H", len(body)) + body


def counted(text):
    return bytes([len(text)]) + wide(text)


class Fault(Exception):
    """Answers with an error of the server: number and text."""


class Cut(Exception):
    """Ends the connection in the middle."""


class _Session(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while (packet := self.packet()) is not None:
                self.reply(self.answer(*packet))
        except (ConnectionError, Cut):
            pass

    def exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.request.recv(size - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    def packet(self):
        body = b""
        while True:
            kind, status, size = struct.unpack(">BBH", self.exactly(8)[:4])
            body += self.exactly(size - 8)
            if status & 1:
                return kind, body

    def reply(self, data):
        parts = [data[at : at + 4088] for at in range(0, len(data), 4088)] or [b""]
        for number, part in enumerate(parts, 1):
            last = number == len(parts)
            self.request.sendall(struct.pack(">BBHHBB", 4, last, len(part) + 8, 0, number % 256, 0) + part)

    def answer(self, kind, body):
        server = self.server.owner
        if kind == PRELOGIN:
            options = [
                (0, struct.pack(">BBHH", server.major, 0, 4153, 0)),
                (1, b"\x02"),
                (2, b"\0"),
                (3, b""),
                (4, b"\0"),
            ]
            place, head, data = 5 * len(options) + 1, b"", b""
            for option, value in options:
                head += struct.pack(">BHH", option, place + len(data), len(value))
                data += value
            return head + b"\xff" + data
        if kind == LOGIN:
            fields = {
                name: struct.unpack("<HH", body[at : at + 4])
                for name, at in [("user", 40), ("password", 44), ("database", 68)]
            }
            told = {name: body[at : at + 2 * size] for name, (at, size) in fields.items()}
            plain = bytes(((one ^ 0xA5) << 4 | (one ^ 0xA5) >> 4) & 0xFF for one in told["password"])
            user, password = told["user"].decode("utf-16-le"), plain.decode("utf-16-le")
            if server.users.get(user) != password:
                return failure(18456, f"Login failed for user '{user}'.", 14)
            server.closed = user == "nobody"
            if told["database"].decode("utf-16-le") != server.database:
                return failure(4060, "Cannot open database requested by the login.", 11)
            name = wide("Microsoft SQL Server")
            ack = b"\x01" + struct.pack(">I", 0x74000004) + bytes([len(name) // 2]) + name
            ack += struct.pack(">BBH", server.major, 0, 4153)
            return (
                changed(1, counted(server.database)) + changed(7, bytes([5]) + COLLATION) + changed(2, counted("us_english"))
                + b"\xad" + struct.pack("<H", len(ack)) + ack + changed(4, counted("4096")) + done()
            )  # fmt: skip
        if kind == BATCH:
            start = struct.unpack("<I", body[:4])[0]
            return self.batch(body[start:].decode("utf-16-le"))
        if kind == RPC:
            return struct.pack("<BI", 0x79, 0) + struct.pack("<BHHQ", 0xFE, 0, 0xE0, 0)
        return done(status=0x20 if kind == ATTENTION else 0)

    def batch(self, text):
        try:
            found = self.server.owner.run(text)
        except Fault as fault:
            return failure(*fault.args)
        if found is None:
            return done()
        kinds, rows = found
        data = b"\x81" + struct.pack("<H", len(kinds))
        data += b"".join(struct.pack("<IH", 0, 9) + KINDS[kind][0] + counted("") for kind in kinds)
        out = [data]
        for number, row in enumerate(rows):
            if self.server.owner.cut_after is not None and number >= self.server.owner.cut_after:
                self.reply(b"".join(out))
                raise Cut
            out.append(
                b"\xd1" + b"".join(KINDS[kind][1](value) for kind, value in zip(kinds, row, strict=True))
            )
        return b"".join([*out, done(len(rows))])


COLUMN = r"\[((?:[^\]]|\]\])+)\]"
NUMBER = {"tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}


class SqlServer:
    """Tables in memory: `tables[name] = (columns, key, rows)`, a column is (name, type), rows hold what a cell gives.

    Args:
        snapshot: whether the database allows snapshot isolation.
        rights: what `fn_my_permissions` gives of the database, and of tables by name.
    """

    def __init__(self, tables, *, snapshot=True, rights=("CONNECT", "SELECT"), objects=(), owner=0, major=15):
        self.tables, self.snapshot, self.rights, self.objects = tables, snapshot, rights, objects
        self.owner, self.major, self.database = owner, major, "diarium"
        self.users, self.asked, self.references = {}, [], []
        self.cut_after = self.fail = None
        self.closed = False
        self._frozen = None
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self._server.daemon_threads, self._server.owner = True, self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()

    def run(self, text):
        text = " ".join(text.split())
        self.asked.append(text)
        for words, answer in self._known():
            if words in text:
                return answer
        if not text.startswith("SELECT "):
            if text == "BEGIN TRANSACTION":
                self._frozen = {
                    name: (columns, key, list(rows)) for name, (columns, key, rows) in self.tables.items()
                }
            return None
        return self._select(text)

    def _known(self):
        columns = [
            (table, 1, name, re.match(r"\w+", kind)[0], *self._size(kind), 1, "")
            for table, (told, _key, _rows) in sorted(self.tables.items())
            for name, kind in told
        ]
        keys = [(table, part) for table, (_c, key, _r) in sorted(self.tables.items()) for part in key]
        return [
            ("ProductMajorVersion", (["text"], [(str(self.major),)])),
            ("ProductVersion", (["text"], [(f"{self.major}.0.4153.1",)])),
            ("snapshot_isolation_state", (["int", "int"], [(1 if "N'dbo'" in self.asked[-1] else 0, int(self.snapshot))])),
            ("sys.foreign_key_columns", (["text"] * 4, self.references)),
            ("is_primary_key", (["text"] * 2, keys)),
            ("FROM sys.objects o JOIN sys.columns", (["text", "int", "text", "text", "int", "int", "int", "int", "text"], columns)),
            ("SUSER_SNAME", (["text", "int", "int", "text"], [("reader", self.owner, 0, "READ_WRITE")])),
            ("fn_my_permissions(NULL", (["text"], [(one,) for one in self.rights])),
            ("fn_my_permissions(QUOTENAME", (["text"] * 2, list(self.objects))),
            ("HAS_PERMS_BY_NAME", (["int", "int"], [(0 if self.closed or "[Hemlig]" in self.asked[-1] else 1, 1)])),
        ]  # fmt: skip

    @staticmethod
    def _size(kind):
        size = re.search(r"\((\w+)(?:,(\d+))?\)", kind)
        first = -1 if size is None or size[1] == "max" else int(size[1]) * (2 if kind.startswith("n") else 1)
        return first, first if size else 0, int(size[2] or first) if size else 0

    def _select(self, text):
        form = (
            rf"SELECT (?P<told>.*) FROM \[dbo\]\.{COLUMN}(?: WHERE (?P<where>.*?))?(?: ORDER BY (?P<order>.*?))?"
            r"(?: OFFSET (?P<skip>\d+) ROWS(?: FETCH NEXT (?P<page>\d+) ROWS ONLY)?)?"
        )
        match = re.fullmatch(form, text)
        name = match and match[2].replace("]]", "]")
        if self.fail:
            raise Fault(*self.fail)
        if not match or name not in self.tables:
            raise Fault(208, "Invalid object name.")
        columns, _key, rows = (self._frozen or self.tables)[name]
        names = [column for column, _ in columns]
        rows = [dict(zip(names, row, strict=True)) for row in rows]
        if match["where"]:
            wanted = [
                (column.replace("]]", "]"), value.removeprefix("N'").removesuffix("'").replace("''", "'"))
                for column, value in re.findall(COLUMN + r" = (N'(?:[^']|'')*'|\w+)", match["where"])
            ]
            rows = [row for row in rows if all(str(row[column]) == value for column, value in wanted)]
        if match["order"] and match["order"] != "(SELECT NULL)":
            order = [column.replace("]]", "]") for column in re.findall(COLUMN, match["order"])]
            rows = sorted(rows, key=lambda row: [(row[column] is not None, row[column]) for column in order])
        skip = int(match["skip"] or 0)
        rows = rows[skip : skip + int(match["page"] or len(rows))]
        cells = [self._cell(one, dict(columns)) for one in self._parts(match["told"])]
        if match["told"].startswith("COUNT_BIG"):
            return [kind for kind, _ in cells], [tuple(give(rows) for _, give in cells)]
        return [kind for kind, _ in cells], [tuple(give(row) for _, give in cells) for row in rows]

    @staticmethod
    def _parts(told):
        depth, parts, inside = 0, [""], False
        for one in told:
            inside = (inside or one == "[") and one != "]"
            depth += 0 if inside else (one == "(") - (one == ")")
            if one == "," and not depth and not inside:
                parts.append("")
            else:
                parts[-1] += one
        return [part.strip() for part in parts]

    def _cell(self, text, kinds):
        if text == "COUNT_BIG(*)":
            return "int", len
        if text == "CHECKSUM_AGG(BINARY_CHECKSUM(*))":
            return "int", lambda rows: zlib.crc32(repr(rows).encode())
        column = re.search(COLUMN, text)[1].replace("]]", "]")
        if text.startswith("COUNT_BIG"):
            return "int", lambda rows: sum(row[column] is not None for row in rows)
        if text.startswith("CASE WHEN"):
            return "int", lambda row: int(row[column] is not None)
        binary = kinds[column].startswith(("varbinary", "image", "binary", "timestamp"))

        def data(row):
            value = row[column]
            return value if value is None or binary else wide(value)

        if text.startswith("SUBSTRING"):
            start, size = map(int, re.search(r", (\d+), (\d+)\)$", text).groups())
            return "bytes", lambda row: data(row)[start - 1 : start - 1 + size]
        if "DATALENGTH" in text:
            return "int", lambda row: len(data(row))
        if "AS varbinary(max)" in text:
            return "bytes", data
        kind = next(
            (
                kind
                for words, kind in [("AS bigint", "int"), ("AS float", "float"), ("CONVERT", "text")]
                if words in text
            ),
            "bit",
        )
        return ("text" if text.endswith("ToString()") else kind), lambda row: row[column]
