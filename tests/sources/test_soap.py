"""A SOAP service: windows, pages and documents arrive whole; what it does wrong is told apart."""

import base64
import re
from datetime import datetime

import pytest
from tests.content.conftest import ROOT
from tests.sources.building import landed, values
from tests.support.services import Export, Service, always, case, document, envelope, fault, times

from leverans.blobs import ContentStore
from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage, Refused
from leverans.sources import Access, Landing, Secret, land, load_connector, open_connector
from leverans.sources.wire import client, opening

DEFINITION = load_connector(ROOT / "connectors" / "byggr_soap", ROOT)
MODES = {
    "as the real service": None,
    "no BatchEnd at all": lambda *_told: None,
    "nil": lambda *_told: "",
    "its own beginning": lambda lower, *_told: lower.isoformat(),
    "long ago": lambda *_told: "2001-01-01T00:00:00",
    "the upper bound where nothing was cut off": lambda lower, upper, items, capped: (
        lower.isoformat() if capped else upper.isoformat()
    ),
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """No test waits for a retry."""
    monkeypatch.setattr(opening.open_wire, "__kwdefaults__", {"pause": lambda _s: None})


def opened(service, options="", secrets=None, **limits):
    access = Access(secrets={name: Secret(text) for name, text in (secrets or {}).items()}, **limits)
    return open_connector("byggr", DEFINITION, service.address + "/ws" + options, ROOT, access)


def ids(connector, stream="svar"):
    return [row["arendeId"] for row in values(connector, stream)]


def many(count):
    return [(when, case(number)) for number, when in enumerate(times(count), start=1)]


@pytest.mark.parametrize("mode", MODES)
def test_every_case_arrives_once_whatever_batch_end_says(mode):
    with Service(Export(many(57), cap=5, end=MODES[mode])) as service, opened(service) as made:
        assert sorted(map(int, ids(made))) == list(range(1, 58))
        assert made.totals("svar").rows == 57


@pytest.mark.parametrize("mode", ["nil", "long ago"])
def test_without_a_count_windows_are_halved(mode, tmp_path):
    text = (ROOT / "connectors/byggr_soap/connector.yaml").read_text().replace("    count: antal\n", "")
    (tmp_path / "connector.yaml").write_text(text)
    definition = load_connector(tmp_path)
    with Service(Export(many(23), cap=5, end=MODES[mode])) as service:
        made = open_connector("byggr", definition, service.address, ROOT)
        assert sorted(map(int, ids(made))) == list(range(1, 24))
        codes = [finding.code for batch in made.read("svar") for finding in batch.findings]
        assert codes == ["SRC183"]


def test_an_inclusive_lower_bound_doubles_nothing():
    export = Export(many(23), cap=5)

    def within(body):  # a service that takes its lower bound in
        lower, upper = (datetime.fromisoformat(one) for one in re.findall("Bound>([^<]+)</", body))
        return lower, upper, [one for one in export.cases if lower <= one[0] <= upper]

    export._within = within
    with Service(export) as service, opened(service) as made:
        assert sorted(map(int, ids(made))) == list(range(1, 24))
        assert "SRC184" in [finding.code for batch in made.read("svar") for finding in batch.findings]


def test_rows_documents_and_lists_land(tmp_path):
    data = bytes(range(256)) * 20_000
    cases = [(when, case(number, [f"d{number}"])) for number, when in enumerate(times(4), start=1)]
    plain = base64.b64encode(data).decode()
    files = {
        "d1": document("d1", plain),
        "d2": document("d2", "&#xD;\n".join(plain[at : at + 76] for at in range(0, 7600, 76)), "å.pdf"),
        "d3": document("d3", "<![CDATA[" + plain[:400] + "]]>"),
    }
    with Service(Export(cases, files)) as service:
        result = landed(tmp_path, opened(service), buckets=2)
        landing = Landing.open(result.folder)
        rows = [row for number in (0, 1) for row in landing.bucket(number)["byggr.dokument_fil"].to_pylist()]
        assert sorted((row["ref"], row["name"], row["size"]) for row in rows) == [
            ("1.1", "beslut.pdf", len(data)),
            ("2.1", "å.pdf", 5700),
            ("3.1", "beslut.pdf", 300),
        ]
        store = ContentStore(tmp_path / "blobs")
        held = next(row for row in rows if row["ref"] == "1.1")
        with store.open(held["sha256"]) as file:
            assert file.read() == data
        texts = [row["document"] for n in (0, 1) for row in landing.bucket(n)["byggr.dokument"].to_pylist()]
        assert all(re.search(r">\d\.1\b", text) and len(text) < 500 for text in texts)
        assert [(finding.code, finding.where) for finding in result.findings if finding.code == "SRC186"]
        assert result.set_aside == 1  # d4: the service has an empty answer
        again = landed(tmp_path / "again", opened(service), buckets=2)
        assert again.landing_id == result.landing_id


def test_what_changes_while_it_is_read_is_set_aside():
    export = Export(many(8), cap=3)
    late = Export([(datetime(2020, 1, 1, 9), case(3, note=" igen")), (datetime(2020, 1, 1, 9), case(99))])  # noqa: DTZ001
    late._within = lambda _body: (datetime(2020, 1, 1), datetime(2020, 1, 1), late.cases)  # noqa: DTZ001
    now = [export]
    with Service(lambda *asked: (export if b"Count" in asked[4] else now[0])(*asked)) as service:
        made = opened(service)
        fetch = made._fetcher.fetch  # the moment between the last page and the second look

        def fetched(*words):
            pages = fetch(*words)
            now[0] = late
            return pages

        made._fetcher.fetch = fetched
        batches = list(made.read("svar"))
        aside = [row for batch in batches for row in batch.set_aside]
        assert [(row.code, row.hint is not None) for row in aside] == [("SRC182", True)]
        assert {row["arendeId"] for b in batches for row in b.rows.to_pylist()} == set("1245678")
        before = made.fingerprint()
        late.cases = [(datetime(2020, 1, 1, 9), case(4, note=" igen"))]  # noqa: DTZ001
        assert made.fingerprint() != before  # seen later: the whole source has moved


def test_every_request_may_be_the_one_that_fails(tmp_path):
    """Whatever is lost on the way begins again and gives the same landing; nothing stays behind."""
    files = {"d1": document("d1", base64.b64encode(b"x" * 99).decode())}
    cases = [(when, case(n, ["d1"] if n == 2 else ())) for n, when in enumerate(times(12), start=1)]
    with Service(Export(cases, files, cap=5)) as service:
        whole = landed(tmp_path / "whole", opened(service)).landing_id
        asked = len(service.asked)
        for number in range(0, asked, 5):
            service.faults = [None] * number + [lambda *_asked: None] * client.ATTEMPTS
            made = opened(service)
            folder = tmp_path / str(number)
            with made:
                result = land(
                    "m/d",
                    [made],
                    root=folder / "o",
                    store=ContentStore(folder / "b"),
                    attempts=2,
                    pause=lambda _s: None,
                )
            assert result.landing_id == whole


BAD = {
    "login": (always(401), AccessDenied, "SRC170"),
    "permission": (always(403), AccessDenied, "SRC171"),
    "wrong address": (
        always(404, b"<html>404</html>", Content_Type="text/html"),
        ConfigurationError,
        "SRC174",
    ),
    "login by fault": (fault("a:FailedAuthentication"), AccessDenied, "SRC170"),
    "permission by fault": (fault("a:AccessDenied"), AccessDenied, "SRC171"),
    "version": (fault("a:ActionNotSupported"), ConfigurationError, "SRC174"),
    "fault": (fault("a:InternalServiceFault"), LeveransError, "SRC185"),
    "another host": (always(302, Location="http://127.0.0.2:1/ws"), Refused, "SRC175"),
    "down": (always(503), Outage, "SRC172"),
    "cut connection": (lambda *_asked: None, Outage, "SRC172"),
    "cut answer": (always(200, b"<a>", Content_Length="999"), Outage, "SRC172"),
    "a page of HTML": (always(200, b"<!DOCTYPE html><html>hej</html>"), LeveransError, "SRC185"),
    "truncated XML": (always(200, b"<a><b>", Content_Type="text/xml"), LeveransError, "SRC185"),
    "entities": (always(200, b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), LeveransError, "SRC185"),
    "too deep": (always(200, b"<a>" * 2000), LeveransError, "SRC185"),
    "no result": (always(200, envelope("<x/>")), LeveransError, "SRC185"),
    "nothing": (always(200, b""), LeveransError, "SRC185"),
}


@pytest.mark.parametrize("name", BAD)
def test_check_tells_apart(name):
    bad, kind, code = BAD[name]
    with Service(bad) as service, opened(service, "?auth=basic", {"password": "h3mligt"}) as made:
        check = made.check()
        assert not check.reachable
        assert check.may_write is None
        assert {problem.code for problem in check.problems} == {code}
        assert all(isinstance(problem, kind) for problem in check.problems)
        assert "h3mligt" not in repr(
            [problem.plain() if hasattr(problem, "plain") else problem for problem in check.problems]
        )


def test_a_right_service_is_reachable():
    with Service(Export(many(3))) as service, opened(service) as made:
        check = made.check()
        assert (check.reachable, check.problems, check.version) == (True, (), "ArendeExport 8")
        assert made.discover() == made.discover()


@pytest.mark.parametrize("times_bad", [1, 2, 3])
def test_what_passes_by_itself_is_tried_again(times_bad):
    bads = [always(503), always(429, Retry_After="0"), lambda *_asked: None, fault(), always(200, b"<a>")]
    for bad in bads:
        with Service(Export(many(4))) as service, opened(service) as made:
            service.faults = [bad] * times_bad
            assert len(ids(made)) == 4


def test_a_broken_case_costs_its_own_second():
    """One window always gives a fault; the service answers the rest: data, not an outage."""
    export = Export(many(9), cap=5)
    broken = export.cases[4][0]

    def answer(*asked):
        if b"GetUpdatedArenden " in asked[4]:
            lower, upper, _ = export._within(asked[4].decode())
            if lower < broken <= upper:
                return fault()(*asked)
        return export(*asked)

    with Service(answer) as service, opened(service) as made:
        batches = list(made.read("svar"))
        assert [row.code for batch in batches for row in batch.set_aside] == ["SRC186"]
        assert sorted(int(row["arendeId"]) for b in batches for row in b.rows.to_pylist()) == [
            1,
            2,
            3,
            4,
            6,
            7,
            8,
            9,
        ]


@pytest.mark.parametrize(
    ("auth", "secret"),
    [("basic", "password"), ("bearer", "token"), ("wss", "password"), ("header&header=X-Key", "token")],
)
def test_secrets_go_to_the_server_and_nowhere_else(auth, secret, caplog):
    caplog.set_level("DEBUG")
    with Service(Export(many(3))) as service:
        address = service.address.replace("//", "//konto@")
        access = Access(secrets={secret: Secret("h3m<ligt")})
        made = open_connector("byggr", DEFINITION, f"{address}/ws?auth={auth}", ROOT, access)
        assert len(ids(made)) == 3
        told = str(service.asked[0][3]) + service.asked[0][4].decode()
        coded = base64.b64encode(b"konto:h3m<ligt").decode()
        assert any(text in told for text in ("h3m<ligt", "h3m&lt;ligt", coded))
        seen = caplog.text + repr(made) + "".join(made.statements()) + repr(vars(made))
        assert not any(text in seen for text in ("h3m", coded, "1990-01-01"))
        assert set(made.statements()) == {"POST arenden"}


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("https://u:p@host/x", "SRC190"),
        ("ftp://host/x", "SRC190"),
        ("https://host/x?auth=basic", "SRC190"),
        ("https://host/x?verify=no", "SRC190"),
        ("http://service.example/x", "SRC191"),
        ("https://[", "SRC190"),
    ],
)
def test_bad_addresses_are_refused(location, code):
    with pytest.raises(ConfigurationError) as caught:
        open_connector("byggr", DEFINITION, location, ROOT)
    assert caught.value.code == code
    assert "p@" not in str(caught.value)


def test_a_service_that_gives_faults_to_everything_is_an_outage():
    export = Export(many(9), cap=5)

    def dying(*asked):
        return (export if len(service.asked) < 3 else fault())(*asked)

    with Service(dying) as service:
        with pytest.raises(Outage) as caught:
            list(opened(service).read("svar"))
        assert caught.value.code == "SRC172"
        assert len(service.asked) < 3 + 2 * client.ATTEMPTS + 1
