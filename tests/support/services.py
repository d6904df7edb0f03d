"""Services that answer over HTTP, made for tests: ByggR's export replayed, pages of JSON, and every way to fail."""

import json
import re
import socket
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SPACE = "www.tekis.se/ServiceContract"
ACTION = "www.tekis.se/ServiceContract/V8/IExportArenden/"


class Service:
    """A server on a port of its own; `answer(method, path, query, headers, body)` gives (status, headers, bytes).

    `faults` holds callables that are asked first, in turn, one per request; None lets the request through.
    """

    def __init__(self, answer, context=None):
        self.answer, self.faults, self.asked = answer, [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _do(self):
                told = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = (self.command, told.path, parse_qs(told.query), dict(self.headers), body)
                outer.asked.append(asked)
                fault = outer.faults.pop(0) if outer.faults else None
                given = fault(*asked) if fault else outer.answer(*asked)
                if given is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                status, headers, data = given
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = self.close_connection or "Content-Length" in headers

            do_GET = do_POST = _do  # noqa: N815

            def log_message(self, *_words):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.scheme = "https" if context else "http"
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self):
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()


def envelope(inner):
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        + inner
        + "</s:Body></s:Envelope>"
    ).encode()


def fault(code="s:Server"):
    text = envelope(f"<s:Fault><faultcode>{code}</faultcode><faultstring>hemligt</faultstring></s:Fault>")
    return lambda *_asked: (500, {"Content-Type": "text/xml; charset=utf-8"}, text)


def always(status, data=b"", **headers):
    return lambda *_asked: (status, {name.replace("_", "-"): value for name, value in headers.items()}, data)


class Export:
    """ArendeExport: `cases` are (time, text of the arende element), `files` base64 by dokId; `end` says BatchEnd.

    Args:
        cap: items in an answer at most.
        end: from (lower, upper, items, capped) the text of BatchEnd; by default that of the last item, and
            2001-01-01 for an empty answer, as the real service does.
    """

    def __init__(self, cases, files=None, *, cap=10, end=None, lists=None, count=True):
        self.cases = sorted(cases, key=lambda case: case[0])
        self.files, self.cap, self.lists, self.count = files or {}, cap, lists or {}, count
        self.end = end or (
            lambda _l, _u, items, _c: items[-1][0].isoformat() if items else "2001-01-01T00:00:00"
        )

    def __call__(self, _method, _path, _query, headers, body):
        operation = headers.get("SOAPAction", "").strip('"').removeprefix(ACTION)
        return (
            200,
            {"Content-Type": "text/xml; charset=utf-8"},
            envelope(getattr(self, operation)(body.decode())),
        )

    def _within(self, body):
        lower, upper = (
            datetime.fromisoformat(re.search(f"<{name}>(.*?)</{name}>", body)[1])
            for name in ("LowerExclusiveBound", "UpperInclusiveBound")
        )
        return lower, upper, [case for case in self.cases if lower < case[0] <= upper]

    def GetUpdatedArendenCount(self, body):  # noqa: N802
        result = "GetUpdatedArendenCount"
        number = len(self._within(body)[2])
        return (
            f'<{result}Response xmlns="{SPACE}"><{result}Result>{number}</{result}Result></{result}Response>'
        )

    def GetUpdatedArenden(self, body):  # noqa: N802
        lower, upper, there = self._within(body)
        items = there[: self.cap]
        end = self.end(lower, upper, items, len(there) > self.cap)
        told = "" if end is None else f"<BatchEnd>{end}</BatchEnd>"
        inner = "".join(text for _, text in items)
        return (
            f'<GetUpdatedArendenResponse xmlns="{SPACE}"><GetUpdatedArendenResult><BatchStart>{lower.isoformat()}'
            f"</BatchStart>{told}<Arenden>{inner}</Arenden></GetUpdatedArendenResult></GetUpdatedArendenResponse>"
        )

    def GetDocument(self, body):  # noqa: N802
        key = re.search("<documentId>(.*?)</documentId>", body)[1]
        return self.files.get(key, f'<GetDocumentResponse xmlns="{SPACE}"/>')

    def GetHandlingTyper(self, _body):  # noqa: N802
        return self.lists.get("HandlingTyper") or _listed("HandlingTyper", "HandlingTyp", "<Typ>ANS</Typ>")

    def GetRoller(self, _body):  # noqa: N802
        return self.lists.get("Roller") or _listed("Roller", "Roll", "<RollKod>SOK</RollKod>")


def _listed(operation, item, inner):
    return (
        f'<Get{operation}Response xmlns="{SPACE}"><Get{operation}Result><{item}>{inner}</{item}>'
        f"</Get{operation}Result></Get{operation}Response>"
    )


def document(key, text, name="beslut.pdf"):
    return (
        f'<GetDocumentResponse xmlns="{SPACE}"><GetDocumentResult dokId="{key}"><namn xmlns="www.tekis.se/arende">'
        f'{name}</namn><fil filAndelse="pdf" xmlns="www.tekis.se/arende"><filBuffer>{text}</filBuffer></fil>'
        "</GetDocumentResult></GetDocumentResponse>"
    )


def case(number, documents=(), note=""):
    inner = "".join(f'<dokument dokId="{key}"><namn>x</namn></dokument>' for key in documents)
    return (
        f'<arende arendeId="{number}"><status xmlns="www.tekis.se/arende">Avslutat{note}</status>'
        f'<handling xmlns="www.tekis.se/arende">{inner}</handling></arende>'
    )


def times(count, start="2020-01-01T08:00:00", step=timedelta(hours=7)):
    return [datetime.fromisoformat(start) + step * number for number in range(count)]


class Pages:
    """JSON pages of lists by path; pages by `style`: cursor, page, offset, link or none."""

    def __init__(self, lists, style="cursor", size=3, key="data"):
        self.lists, self.style, self.size, self.key, self.more = lists, style, size, key, {}
        self.address = ""

    def __call__(self, _method, path, query, _headers, _body):
        if path in self.more:
            return self.more[path]
        if path not in self.lists:
            return 404, {"Content-Type": "text/html"}, b"<html>404</html>"
        items = self.lists[path]
        if "meta.modified.after" in query:
            if "pageToken" in query:
                return 400, {}, b"{}"  # SS 12000: no filter beside a token
            after = datetime.fromisoformat(query["meta.modified.after"][0])
            items = [item for item in items if datetime.fromisoformat(item["meta"]["modified"]) > after]
        at = int((query.get("pageToken") or query.get("page") or query.get("offset") or ["0"])[0])
        if self.style == "page":
            at = (at - 1) * self.size
        part, following = items[at : at + self.size], at + self.size
        answer, headers = {self.key: part}, {"Content-Type": "application/json"}
        if self.style == "cursor":
            answer["pageToken"] = str(following) if following < len(items) else None
        if self.style == "link" and following < len(items):
            headers["Link"] = f'<{path}?offset={following}>; rel="next"'
        return 200, headers, json.dumps(answer, ensure_ascii=False).encode()
