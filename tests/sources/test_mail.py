"""Mail in a share: headers as rows, bodies and attachments as documents, what is broken told."""

import base64
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.building import definition, landed
from tests.support.outlook import attachment, compound, properties, raw, text, winmail

from leverans.errors import ConfigurationError
from leverans.sources import Landing, open_connector
from leverans.sources.share.mail import letters, rows
from leverans.sources.share.mail.eml import take_apart
from leverans.sources.share.mail.headers import plain
from leverans.sources.share.mail.msg import take_apart as take_msg_apart
from leverans.sources.share.mail.rtf import unpacked

STREAMS = """
  share: {root: {by: [ref]}}
  mails: {holds: mails, root: {via: share, on: {ref: ref}}}
  parts:
    holds: parts
    root: {via: share, on: {ref: ref}}
    documents: [{column: content, name: name, stream: attachment}]
"""
HEAD = b"From: Prov Person <prov@example.com>\r\nTo: a@example.com\r\nSubject: Hej\r\nDate: Sun, 1 Jan 2017 12:30:00 +0100\r\n"


def mail(body=b"hej\r\n", *headers):
    return HEAD + b"".join(line + b"\r\n" for line in headers) + b"\r\n" + body


def mixed(*parts, boundary=b"xyz", kind=b"mixed"):
    inside = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return mail(
        inside + b"--" + boundary + b"--\r\n",
        b"MIME-Version: 1.0",
        b"Content-Type: multipart/%s; boundary=%s" % (kind, boundary),
    )


def part(kind, data, *headers, name=b""):
    told = [b"Content-Type: " + kind, b"Content-Transfer-Encoding: base64", *headers]
    told += [b'Content-Disposition: attachment; filename="%s"' % name] if name else []
    return b"\r\n".join(told) + b"\r\n\r\n" + base64.encodebytes(data).replace(b"\n", b"\r\n")


def share_of(tmp_path, **files):
    folder = tmp_path / "post"
    folder.mkdir()
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    return open_connector("p", definition(tmp_path / "c", "share", STREAMS), "post", tmp_path)


def seen(connector, stream):
    batches = list(connector.read(stream))
    found = [row for batch in batches for row in batch.rows.to_pylist()]
    aside = [(row.place, row.code, row.detail) for batch in batches for row in batch.set_aside]
    assert connector.totals(stream).rows == len(found) + len(aside)
    return (
        found,
        aside,
        [(one.code, one.where, one.parameters) for batch in batches for one in batch.findings],
    )


def contents(connector):
    listed = list(connector.documents("attachment"))
    assert connector.totals("attachment").rows == len(listed)
    return {one.ref: (one.name, one.status, connector.open(one).read()) for one in listed}


def parts_of(data):
    return [(one.place, one.name, one.content()) for one in take_apart(data).parts]


def test_headers_are_a_row(tmp_path):
    made = share_of(
        tmp_path,
        a__eml=mail(b"hej", b"Cc: b@example.com", b"CC: c@example.com", b"X-Annat: =?utf-8?q?=C3=A5?="),
        b__txt=b"",
    )
    ((row,), aside, told) = seen(made, "mails")
    assert (aside, told) == ([], [])
    assert row.pop("headers").splitlines()[-1] == "X-Annat: å"
    assert {name: value for name, value in row.items() if value is not None} == {
        "id": "a.eml", "ref": "a.eml", "sent": "2017-01-01T12:30:00+01:00", "from": "Prov Person <prov@example.com>",
        "date": "Sun, 1 Jan 2017 12:30:00 +0100", "to": "a@example.com", "cc": "b@example.com, c@example.com", "subject": "Hej",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "text", "damaged"),
    [
        ("=?iso-8859-1?q?=C4rende_1?=", "Ärende 1", False), ("Re: =?utf-8?B?w4Q=?= x", "Re: Ä x", False),
        ("=?utf-8?b?w4Q?=", "Ä", False), ("=?utf-8?q?=C3?=\r\n =?utf-8?q?=84?=", "Ä", False), ("=?utf-8*sv?q?=C3=84?=", "Ä", False),
        ("=?utf-8?q?a?= =?iso-8859-1?q?=E5?= b", "aå b", False), ("=?okänd?q?=E5?=", "å", True), ("=?utf-8?q?=E5?=", "å", True),
        ("=?utf-8?b?*?=", "=?utf-8?b?*?=", True), ("r\udcc3\udca5d", "råd", True), ("r\udce5d", "råd", True), ("lång\r\n rad", "lång rad", False),
    ],
)  # fmt: skip
def test_encoded_words(written, text, damaged):
    damage = set()
    assert (plain(written, damage), bool(damage)) == (text, damaged)


def test_attachments_are_the_bytes_that_were_attached(tmp_path):
    data = bytes(range(256)) * 3
    eight = b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nR\xe4tt\r\nsv\xe5r\n\r\r\n"
    made = share_of(
        tmp_path,
        a__eml=mixed(eight, part(b"application/pdf", data, name=b"rapport.pdf")),
        b__eml=mail("å\r\n".encode()),
    )
    found, _, _ = seen(made, "parts")
    assert [(row["id"], row["mail"], row["type"], row["charset"], row["disposition"]) for row in found] == [
        ("a.eml!/1", "a.eml", "text/plain", "iso-8859-1", None), ("a.eml!/2", "a.eml", "application/pdf", None, "attachment"),
        ("b.eml!/1", "b.eml", "text/plain", None, None),
    ]  # fmt: skip
    assert contents(made) == {
        "a.eml!/1": ("1.txt", "landed", b"R\xe4tt\r\nsv\xe5r\n\r\r\n"), "a.eml!/2": ("rapport.pdf", "landed", data),
        "b.eml!/1": ("1.txt", "landed", "å\r\n".encode()),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b'attachment; filename="..\\..\\evil.exe"', "..\\..\\evil.exe"), (b"attachment; filename*=utf-8''%C3%A5%20b.txt", "å b.txt"),
        (b"attachment; filename*0*=utf-8''%C3%A5; filename*1=\"b.txt\"", "åb.txt"), (b'attachment; filename="r\xe5d.txt"', "råd.txt"),
        (b'attachment; filename="=?utf-8?q?r=C3=A5d?="', "råd"), (b'attachment; filename="/etc/passwd"', "/etc/passwd"),
        (b"inline", None), (b'attachment; filename=""', None),
    ],
)  # fmt: skip
def test_names_are_kept_exactly(header, name):
    ((_, found, _),) = parts_of(
        mixed(part(b"application/octet-stream", b"x", b"Content-Disposition: " + header))
    )
    assert found == name


def test_mails_inside_mails(tmp_path):
    inner = mixed(part(b"text/plain", b"djupt", name=b"d.txt"), boundary=b"inre")
    nested = b"Content-Type: message/rfc822\r\n\r\n" + inner
    made = share_of(tmp_path, a__eml=mixed(part(b"text/plain", b"ytan"), nested))
    assert [(row["id"], row["inside"], row["subject"]) for row in seen(made, "mails")[0]] == [
        ("a.eml", None, "Hej"), ("a.eml!/2", "a.eml", "Hej"),
    ]  # fmt: skip
    assert [(row["id"], row["mail"]) for row in seen(made, "parts")[0]] == [
        ("a.eml!/1", "a.eml"),
        ("a.eml!/2.1", "a.eml!/2"),
    ]
    assert contents(made)["a.eml!/2.1"] == ("d.txt", "landed", b"djupt")


def test_winmail_dat_is_opened_and_kept(tmp_path):
    inside = winmail(("Årsrapport lång.docx", b"PK-rapport"), ("b.txt", b""))
    made = share_of(tmp_path, a__eml=mixed(part(b"application/ms-tnef", inside, name=b"winmail.dat")))
    assert contents(made) == {
        "a.eml!/1": ("winmail.dat", "landed", inside), "a.eml!/1.1": ("Årsrapport lång.docx", "landed", b"PK-rapport"),
        "a.eml!/1.2": ("b.txt", "landed", b""),
    }  # fmt: skip
    assert not seen(made, "mails")[2]
    assert take_apart(mixed(part(b"application/ms-tnef", inside[:-20], name=b"winmail.dat"))).damage == {
        "winmail.dat"
    }


def test_what_is_broken_is_told_with_its_place_and_what_is_no_mail_set_aside(tmp_path):
    cut = mixed(part(b"application/pdf", b"x" * 60, name=b"a.pdf"))[:-12]
    made = share_of(
        tmp_path, a__eml=b"", b__eml=b"<html>\n<h1>404</h1></html>", c__eml=cut, d__EML=mail(), e__msg=b"\xd0\xcf\x11\xe0", f__eml=b"Not: a mail\n\n",
        g__eml=mixed(b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n####"),
        h__eml=mail(b"", b"Content-Type: application/pkcs7-mime"),
    )  # fmt: skip
    found, aside, told = seen(made, "mails")
    assert [row["ref"] for row in found] == ["c.eml", "d.EML", "g.eml", "h.eml"]
    assert aside == [
        ("#1", "SRC140", "no header"), ("#2", "SRC140", "no header"), ("#5", "SRC140", "NotOleFileError"), ("#6", "SRC140", "no header"),
    ]  # fmt: skip
    assert told == [
        ("SRC240", "p.mails[3]", {"damage": "CloseBoundaryNotFoundDefect"}), ("SRC240", "p.mails[7]", {"damage": "InvalidBase64CharactersDefect"}),
        ("SRC242", "p.mails[8]", {"count": 1}),
    ]  # fmt: skip
    assert len(seen(made, "parts")[0]) == 4


def test_only_a_link_is_missing(tmp_path):
    made = share_of(
        tmp_path,
        a__eml=mixed(
            b'Content-Type: message/external-body; access-type=URL; URL="http://127.0.0.1:9/x"\r\n\r\n'
        ),
    )
    ((name, status, data),) = contents(made).values()
    assert (name, status, data) == ("1", "missing", b"")
    report = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nStatus: 5.0.0\r\n"
    assert parts_of(mixed(report)) == [("1", None, b"Reporting-MTA: dns; x\r\n\r\nStatus: 5.0.0\r\n")]


def test_too_large_and_too_deep_mails_are_set_aside(tmp_path, monkeypatch):
    deep = mail()
    for _ in range(letters.DEEPEST + 2):
        deep = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + deep
    monkeypatch.setattr(rows, "LARGEST", 100_000)
    made = share_of(tmp_path, a__eml=mail(b"x" * 100_000), b__eml=deep)
    assert seen(made, "mails")[1] == [("#1", "SRC104", ""), ("#2", "SRC140", "too deep")]


def test_a_mail_that_vanishes_is_told(tmp_path):
    made = share_of(tmp_path, a__eml=mail(), b__eml=mail())
    (tmp_path / "post" / "c.eml").symlink_to("borta")
    read = made.read("mails")
    assert seen(made, "mails")[1] == [("#3", "SRC114", "")]
    assert made.totals("parts").rows == 2
    (tmp_path / "post" / "b.eml").unlink()
    assert made.totals("parts").rows == 1
    del read


def outlook(**more):
    inner = {
        "__properties_version1.0": properties(24, {0x0E060040: struct.pack("<Q", 131_277_510_000_000_000)}),
        **text(0x0037, "Inre"),
        **text(0x1000, "djupt"),
    }
    tree = {
        "__properties_version1.0": properties(32, {0x00390040: struct.pack("<Q", 131_277_510_000_000_000), 0x3FFD0003: struct.pack("<Q", 1252)}),
        **text(0x0037, "Ämne 😀"), **text(0x0C1A, "Prov Person"), **text(0x5D01, "prov@example.com"), **text(0x0E04, "A; B"),
        **raw(0x1000, b"R\xe4tt", "001E"), **raw(0x1013, b"<p>"),
        "__attach_version1.0_#00000000": attachment("å lång.pdf", b"%PDF" * 2000),
        "__attach_version1.0_#00000001": attachment("inre", mail=inner),
        "__attach_version1.0_#00000002": attachment("objekt", mail={"CONTENTS": b"ole"}),
        "__attach_version1.0_#00000003": attachment("länk"),
        **more,
    }  # fmt: skip
    return compound(tree)


def test_outlook_files(tmp_path):
    made = share_of(tmp_path, a__msg=outlook())
    found, aside, told = seen(made, "mails")
    assert (aside, told) == ([], [])
    first, second = ({name: value for name, value in row.items() if value is not None} for row in found)
    assert first.pop("headers").splitlines()[-1] == "From: Prov Person <prov@example.com>"
    assert first == {
        "id": "a.msg", "ref": "a.msg", "sent": "2017-01-01T13:30:00+00:00", "from": "Prov Person <prov@example.com>", "to": "A; B",
        "subject": "Ämne 😀",
    }  # fmt: skip
    assert (second["id"], second["inside"], second["subject"], second["sent"][:4]) == (
        "a.msg!/4",
        "a.msg",
        "Inre",
        "2017",
    )
    assert contents(made) == {
        "a.msg!/1": ("1.txt", "landed", b"R\xe4tt"), "a.msg!/2": ("2.html", "landed", b"<p>"),
        "a.msg!/3": ("å lång.pdf", "landed", b"%PDF" * 2000), "a.msg!/4.1": ("4.1.txt", "landed", b"djupt"),
        "a.msg!/5": ("objekt", "unreadable", b""), "a.msg!/6": ("länk", "missing", b""),
    }  # fmt: skip
    assert [row["charset"] for row in seen(made, "parts")[0]] == ["cp1252", None, None, "utf-8", None, None]


def test_outlook_files_that_came_over_the_wire_have_their_headers():
    letter = take_msg_apart(
        io.BytesIO(outlook(**text(0x007D, "From: =?utf-8?q?=C3=A5?= <a@example.com>\r\nSubject: å\r\n\r\n")))
    )
    assert letter.mails[0].headers["from"] == "å <a@example.com>"
    assert letter.mails[0].headers["sent"] == "2017-01-01T13:30:00+00:00"
    assert not letter.damage


def test_compressed_rtf():
    sample = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpacked(sample) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked(sample[:-8]) is None
    assert unpacked(b"x") is None
    assert unpacked(struct.pack("<LLLL", 15, 3, 0x414C454D, 0) + b"abc") == b"abc"


def test_it_all_lands_where_its_file_belongs(tmp_path):
    made = share_of(
        tmp_path, a__eml=mixed(part(b"text/plain", b"bilaga", name=b"b.txt")), b__eml=mail(), c__pdf=b"%PDF"
    )
    landing = Landing.open(landed(tmp_path, made, buckets=3).folder)
    found = {stream.name: stream.rows for stream in landing.manifest.streams}
    assert found == {"p.share": 3, "p.mails": 2, "p.parts": 2, "p.attachment": 2}
    for number in range(3):
        bucket = landing.bucket(number)
        refs = {name: set(bucket[name]["ref"].to_pylist()) for name in ("p.share", "p.mails", "p.parts")}
        assert refs["p.mails"] == refs["p.parts"] == {ref for ref in refs["p.share"] if ref.endswith("eml")}
        assert len(bucket["p.attachment"]) == len(bucket["p.parts"])


def test_what_a_stream_holds_must_be_known(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        definition(tmp_path, "share", "  s: {holds: brev, root: {by: [ref]}}\n")
    assert [one.code for one in caught.value.problems] == ["SRC004"]
    made = definition(tmp_path, "share", "  s: {holds: mails, root: {by: [nej]}}\n")
    assert [one.code for one in open_connector("p", made, ".", tmp_path).check().problems] == ["SRC011"]


@given(st.lists(st.sampled_from([b"From: x\n", b"Content-Type: multipart/mixed; boundary=a\n", b"Content-Type: message/rfc822\n", b"\n", b"--a\n", b"--a--\n",
                                 b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n", b"=?u?b?=?=\n", b"\xff\xe5: \x00\n",
                                 b"Content-Type: text/plain; charset*0*=''%E5; name*=x'y'%\n", b"Content-Disposition: attachment; filename*1='\xe5\n"]), max_size=14))  # fmt: skip
def test_no_mail_makes_it_fall(lines):
    try:
        letter = take_apart(b"".join(lines))
    except letters.Unreadable:
        return
    assert letter.mails
    assert len({one.place for one in letter.parts}) == len(letter.parts)
    for one in letter.parts:
        one.content()


def test_real_mails(shared, tmp_path):
    folder = shared / "data" / "files"
    made = open_connector("p", definition(tmp_path, "share", STREAMS), "mail", folder)
    assert [(row["sent"], row["from"].partition(" <")[0]) for row in seen(made, "mails")[0]] == [
        ("2017-01-01T12:30:00+01:00", "Ola Nordmann"), ("2017-01-02T09:00:00+01:00", "Bob-Jonny Nordmann"),
    ]  # fmt: skip
    made = open_connector("p", definition(tmp_path, "share", STREAMS), "siegfried_benchmark", folder)
    ((row,), aside, told) = seen(made, "mails")
    assert (row["ref"], aside, told) == ("Benchmark.msg", [], [])
    kinds = [row["type"] for row in seen(made, "parts")[0]]
    assert kinds == ["text/plain", "application/rtf"]
    assert contents(made)["Benchmark.msg!/2"][2].startswith(b"{\\rtf1")
