"""A REST service: every style of pages, encodings that lie, documents by address, and faults told apart."""

import json
import logging
import ssl
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from tests.content.conftest import ROOT
from tests.sources.building import definition, landed, values
from tests.support.services import Pages, Service, always

from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage, Refused
from leverans.sources import Access, Landing, Limits, load_connector, open_connector
from leverans.sources.wire import client, opening

STREAMS = """
  people:
    ask: people
    each: data
    columns: {id: id}
    key: [id]
    root: {by: [id]}
"""
STYLES = {
    "cursor": "{style: cursor, parameter: pageToken, next: pageToken}",
    "page": "{style: page, parameter: page}",
    "offset": "{style: offset, parameter: offset}",
    "link": "{style: link}",
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """No test waits for a retry."""
    monkeypatch.setattr(opening.open_wire, "__kwdefaults__", {"pause": lambda _s: None})


def opened(tmp, service, ask, streams=STREAMS, more="", access=None, options=""):
    text = f"connector: 1\nsystem: t\nsystem_name: T\nkind: rest\nasks:\n  people: {ask}\n{more}streams:{streams}"
    (tmp / "connector.yaml").write_text(text, encoding="utf-8")
    return open_connector("api", load_connector(tmp), service.address + options, tmp, access)


def people(count):
    day = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        {"id": str(n), "name": "Åsa", "meta": {"modified": (day + timedelta(days=n)).isoformat()}}
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_every_page_is_read_once(tmp_path, style, count):
    with Service(Pages({"/p": people(count)}, style)) as service:
        made = opened(tmp_path, service, f"{{path: /p, paging: {STYLES[style]}}}")
        assert [row["id"] for row in values(made, "people")] == [str(n) for n in range(1, count + 1)]
        assert made.totals("people").rows == count


def test_pages_that_go_round_are_refused(tmp_path):
    new = iter(range(9))

    def answer(*_asked):
        return 200, {}, json.dumps({"data": [{"id": str(next(new))}], "pageToken": "1"}).encode()

    with Service(answer) as service:
        made = opened(tmp_path, service, f"{{path: /p, paging: {STYLES['cursor']}}}")
        with pytest.raises(LeveransError) as caught:
            list(made.read("people"))
        assert caught.value.code == "SRC185"


SAME = {
    "page": lambda _query: {"data": people(2)},
    "offset": lambda _query: {"data": people(2)},
    "cursor": lambda query: {"data": people(2), "pageToken": query.get("pageToken", ["0"])[0] + "0"},
    "two by turns": lambda query: {"data": people(1 + int(query["page"][0]) % 2)},
}


@pytest.mark.parametrize("style", SAME)
def test_a_service_that_does_not_turn_pages_is_refused(tmp_path, style):
    def answer(_method, _path, query, *_rest):
        return 200, {}, json.dumps(SAME[style](query)).encode()

    with Service(answer) as service:
        paging = STYLES.get(style, STYLES["page"])
        made = opened(tmp_path, service, f"{{path: /p, paging: {paging}}}")
        with pytest.raises(LeveransError) as caught:
            list(made.read("people"))
        assert (caught.value.code, len(service.asked) <= 3) == ("SRC193", True)


@pytest.mark.parametrize("token", [{"token": "3"}, False, True, ["3"], "", None, "gone"])
def test_a_token_is_text_or_number_or_the_pages_do_not_end(tmp_path, token):
    answer = {"data": people(1)} | ({} if token == "gone" else {"pageToken": token})
    with Service(always(200, json.dumps(answer).encode())) as service:
        made = opened(tmp_path, service, f"{{path: /p, paging: {STYLES['cursor']}}}")
        if token in ("gone", "", None):
            assert len(values(made, "people")) == 1
            return
        with pytest.raises(LeveransError) as caught:
            list(made.read("people"))
        assert caught.value.code == "SRC185"
        assert "pageToken" in str(caught.value)


def test_pages_that_overlap_land_each_item_once_and_are_told(tmp_path):
    def answer(_method, _path, query, *_rest):
        at = int(query["page"][0]) * 2 - 2
        data = people(9)[at : at + 3]  # one item more than the page is long
        return 200, {}, json.dumps({"data": data}).encode()

    with Service(answer) as service:
        made = opened(tmp_path, service, f"{{path: /p, paging: {STYLES['page']}}}")
        batches = list(made.read("people"))
        assert [row["id"] for b in batches for row in b.rows.to_pylist()] == list("123456789")
        told = [(one.code, one.where, one.parameters) for b in batches for one in b.findings]
        assert told == [("SRC184", "api.people", {"count": 4})]
        assert made.totals("people").rows == 9


def test_a_key_that_comes_again_with_other_content_is_landed_and_told(tmp_path):
    pages = [people(3), [people(2)[1] | {"name": "Ny"}, *people(4)[3:]], []]

    def answer(_method, _path, query, *_rest):
        return 200, {}, json.dumps({"data": pages[int(query["page"][0]) - 1]}).encode()

    with Service(answer) as service:
        batches = list(opened(tmp_path, service, f"{{path: /p, paging: {STYLES['page']}}}").read("people"))
        assert [row["id"] for b in batches for row in b.rows.to_pylist()] == list("12324")
        assert [(one.code, one.parameters) for b in batches for one in b.findings] == [
            ("SRC194", {"count": 1})
        ]


def test_what_was_changed_while_it_was_read_is_set_aside(tmp_path):
    pages = Pages({"/p": people(7)})
    with Service(pages) as service:
        made = opened(
            tmp_path, service, f"{{path: /p, paging: {STYLES['cursor']}, again: meta.modified.after}}"
        )

        def change(*asked):
            answer = pages(*asked)
            now = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
            for number in (1, 2, 3, 4):  # more than one page of changes
                pages.lists["/p"][number] = {"id": str(number + 1), "name": "Ny", "meta": {"modified": now}}
            return answer

        service.faults = [None, None, change]
        batches = list(made.read("people"))
        assert [row.code for batch in batches for row in batch.set_aside] == ["SRC182"] * 4
        assert {row["id"] for b in batches for row in b.rows.to_pylist()} == {"1", "6", "7"}
        assert made.totals("people").rows == 7


ENCODINGS = {
    "declared UTF-8": ("utf-8", "application/json; charset=utf-8", "", []),
    "nothing declared": ("utf-8", "application/json", "", []),
    "Windows-1252 undeclared": ("cp1252", "application/json", "cp1252", ["SRC180"]),
    "Windows-1252 called UTF-8": ("cp1252", "application/json; charset=utf-8", "cp1252", ["SRC180"]),
    "UTF-8 called Latin-1": ("utf-8", "application/json; charset=iso-8859-1", "", ["SRC180"]),
    "Latin-1 declared": ("iso-8859-1", "application/json; charset=iso-8859-1", "", []),
    "with a mark": ("utf-8-sig", "application/json", "", []),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings_that_lie_are_told_and_mended(tmp_path, name):
    encoding, declared, fallback, codes = ENCODINGS[name]
    data = json.dumps({"data": people(2)}, ensure_ascii=False).encode(encoding)
    with Service(always(200, data, Content_Type=declared)) as service:
        made = opened(tmp_path, service, f'{{path: /p, encoding: "{fallback}"}}')
        batches = list(made.read("people"))
        assert [finding.code for batch in batches for finding in batch.findings] == codes
        assert all("Åsa" in row["document"] for batch in batches for row in batch.rows.to_pylist())


def test_an_encoding_that_nobody_told_is_no_guess(tmp_path):
    data = json.dumps({"data": people(2)}, ensure_ascii=False).encode("cp1252")
    with Service(always(200, data)) as service:
        assert [p.code for p in opened(tmp_path, service, "{path: /p}").check().problems] == ["SRC185"]


@pytest.mark.parametrize("sign", ["\ufffd", "\\ufffd"])
def test_destroyed_text_is_told(tmp_path, sign):
    data = b'{"data": [{"id": "1", "name": "%s"}]}' % sign.encode()
    with Service(always(200, data)) as service:
        batches = list(opened(tmp_path, service, "{path: /p}").read("people"))
        assert [finding.code for batch in batches for finding in batch.findings] == ["SRC181"]


BAD = {
    "login": (always(401), AccessDenied, "SRC170"),
    "permission": (always(403), AccessDenied, "SRC171"),
    "not there": (always(404, b"<html>"), ConfigurationError, "SRC174"),
    "bad request": (always(400, b"{}"), ConfigurationError, "SRC174"),
    "server error": (always(500), Outage, "SRC172"),
    "too many": (always(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), Outage, "SRC172"),
    "another host": (always(307, Location="https://other.example/"), Refused, "SRC175"),
    "a page as data": (
        always(200, b"<html>404</html>", Content_Type="application/json"),
        LeveransError,
        "SRC185",
    ),
    "cut off": (always(200, b'{"data": [{"id": '), LeveransError, "SRC185"),
    "empty": (always(200), LeveransError, "SRC185"),
    "a part": (always(206, b'{"data": []}', Content_Range="bytes 0-11/99"), LeveransError, "SRC185"),
    "too deep": (always(200, b"[" * 100_000), LeveransError, "SRC185"),
}


@pytest.mark.parametrize("name", BAD)
def test_check_tells_apart(tmp_path, name):
    bad, kind, code = BAD[name]
    with Service(bad) as service:
        check = opened(tmp_path, service, "{path: /p}").check()
        assert [(type(one), one.code) for one in check.problems] == [(check.problems[0].__class__, code)]
        assert isinstance(check.problems[0], kind)
        assert not check.reachable


def test_json_of_another_shape_is_not_an_empty_list(tmp_path):
    with Service(always(200, b'{"error": "login"}')) as service:
        with pytest.raises(LeveransError) as caught:
            list(opened(tmp_path, service, "{path: /p}").read("people"))
        assert caught.value.code == "SRC185"


def test_an_answer_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(
        client.Client.__init__, "__kwdefaults__", {**client.Client.__init__.__kwdefaults__, "largest": 999}
    )
    with Service(Pages({"/p": people(50)}, size=50)) as service:
        with pytest.raises(LeveransError) as caught:
            list(opened(tmp_path, service, "{path: /p}").read("people"))
        assert "SRC178" in str(caught.value)


DOCUMENTS = """
  people:
    ask: people
    each: data
    columns: {id: id}
    key: [id]
    root: {by: [id]}
    documents: [{ask: fil, within: files, column: url, name: name, stream: filer}]
"""


def test_documents_are_fetched_by_address(tmp_path):
    pages = Pages({"/p": people(2)})
    pages.more = {
        "/f/1": (200, {"Content-Type": "application/pdf"}, b"%PDF" + b"x" * 3_000_000),
        "/f/2": (200, {"Content-Type": "text/html"}, b"<html>404</html>"),
        "/f/4": (200, {"Content-Type": "text/html"}, b"<html>sida</html>"),
    }
    with Service(pages) as service:
        pages.lists["/p"][0]["files"] = [
            {"url": service.address + "/f/1", "name": "a.pdf"},
            {"url": "/f/2", "name": "b.pdf"},
            {"url": "/f/3", "name": "c.pdf"},
            {"url": "/f/4", "name": "d.html"},
            {"url": "https://other.example/f", "name": "e.pdf"},
        ]
        more = '  fil: {path: "{value}", format: bytes}\n'
        made = opened(tmp_path, service, "{path: /p}", DOCUMENTS, more)
        assert made.totals("filer").rows == 5
        result = landed(tmp_path, made)
        rows = Landing.open(result.folder).bucket(0)["api.filer"].to_pylist()
        assert [(row["name"], row["status"]) for row in rows] == [
            ("a.pdf", "landed"),
            ("b.pdf", "unreadable"),
            ("c.pdf", "missing"),
            ("d.html", "landed"),
            ("e.pdf", "refused"),
        ]
        assert {f.code for f in result.findings} == {"SRC188", "SRC189", "SRC192"}


def test_certificates_are_verified_and_an_own_authority_is_named(tmp_path):
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            "key.pem",
            "-out",
            "ca.pem",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.pem", tmp_path / "key.pem")
    with Service(Pages({"/p": people(2)}), context) as service:
        check = opened(tmp_path, service, "{path: /p}").check()
        assert [problem.code for problem in check.problems] == ["SRC173"]
        assert len(values(opened(tmp_path, service, "{path: /p}", options="?ca=ca.pem"), "people")) == 2


def test_a_stop_holds_at_every_page(tmp_path):
    stop = tmp_path / "stop"
    pages = Pages({"/p": people(9)})

    def halt(*asked):
        stop.touch()
        return pages(*asked)

    with Service(pages) as service:
        access = Access(limits=Limits(stops=(stop,)))
        made = opened(tmp_path, service, f"{{path: /p, paging: {STYLES['cursor']}}}", access=access)
        service.faults = [None, halt]
        with pytest.raises(Outage) as caught:
            list(made.read("people"))
        assert caught.value.code == "SRC161"
        assert len(service.asked) == 2


def test_no_value_is_logged(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with Service(Pages({"/p": people(7)})) as service:
        made = opened(
            tmp_path, service, f"{{path: /p, query: {{q: '189001019802'}}, paging: {STYLES['cursor']}}}"
        )
        values(made, "people")
        assert made.statements() == ("GET people?q", "GET people?q&pageToken")
        assert "189001019802" not in caplog.text


@pytest.mark.parametrize(
    "fault",
    [
        "asks:\n  people: {path: /p, paging: {style: cursor}}\nstreams:" + STREAMS,
        "asks:\n  others: {path: /p}\nstreams:" + STREAMS,
        "asks:\n  people: {path: /p, per: people.id}\nstreams:" + STREAMS,
        "asks:\n  people: {path: /p, count: nobody}\nstreams:" + STREAMS,
        "asks:\n  people: {path: /p, windows: {from: yesterday, days: 0}}\nstreams:" + STREAMS,
        "asks: []\nstreams:" + STREAMS,
        "streams:" + STREAMS,
    ],
)
def test_faults_of_the_file_are_told(tmp_path, fault):
    (tmp_path / "connector.yaml").write_text("connector: 1\nsystem: t\nsystem_name: T\nkind: rest\n" + fault)
    with pytest.raises(ConfigurationError) as caught:
        load_connector(tmp_path)
    assert caught.value.code == "SRC001"


def test_other_kinds_ask_nothing(tmp_path):
    with pytest.raises(ConfigurationError):
        definition(tmp_path, "sql", "  t: {shared: true}\nasks: {a: {path: /p}}\n")


def test_open_eplatform_is_read_as_it_answers(shared, tmp_path):
    folder = shared / "data" / "openeplatform"
    one = (folder / "case.xml").read_bytes()
    known = {
        "/api/v1/getflows/json": (folder / "api-oep-get-flows.json", "application/json"),
        "/api/instanceapi/getinstances": (folder / "flow-instances.xml", "text/xml"),
    }

    def answer(_method, path, *_rest):
        if path in known:
            file, kind = known[path]
            return 200, {"Content-Type": kind}, file.read_bytes()
        return 200, {"Content-Type": "text/xml"}, one

    with Service(answer) as service:
        made = open_connector(
            "api", load_connector(ROOT / "connectors" / "openeplatform_api"), service.address, ROOT
        )
        assert made.check().problems == ()
        flows = values(made, "tjanst")
        assert len(flows) == 161
        assert "Ansökan om tillgodoräknande" in flows[0]["document"]
        result = landed(tmp_path, made)
        assert {finding.code for finding in result.findings} == {"SRC180"}
        cases = Landing.open(result.folder).bucket(0)
        assert cases["api.lista"].num_rows == cases["api.arende"].num_rows > 0
        assert "Anmälan om sjukfrånvaro" in cases["api.arende"]["document"][0].as_py()


def test_ss12000_asks_what_the_description_knows(shared):
    yaml = pytest.importorskip("ruamel.yaml").YAML(typ="safe")
    told = yaml.load((shared / "data/ss12000/openapi.yml").read_text(encoding="utf-8"))
    made = load_connector(ROOT / "connectors" / "ss12000_rest")
    for ask in made.asks.values():
        known = {one["name"] for one in told["paths"][ask.path]["get"]["parameters"] if "name" in one}
        assert {name for name, _ in ask.query} | {ask.paging.parameter} | ({ask.again} - {""}) <= known
