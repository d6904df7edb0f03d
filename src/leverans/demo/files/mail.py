"""EML: a message with a text part and one small attachment (RFC 5322, RFC 2045-2047)."""

import unicodedata
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from random import Random

from leverans.demo.files import plain
from leverans.demo.things import Letter

_OFFICE = ("Tillståndsenheten", "tillstand@mora.example")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _encoded(text: str) -> str:
    return f"=?utf-8?B?{b64encode(text.encode()).decode()}?="


def _address(name: str) -> str:
    bare = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode().lower()
    return ".".join("".join(c for c in word if c.isalnum()) for word in bare.split()[:2]) + "@krog.example"


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _headers(letter: Letter, tag: str) -> list[str]:
    sender, receiver = (letter.counterpart, _address(letter.counterpart)), _OFFICE
    if letter.outgoing:
        sender, receiver = receiver, sender
    return [
        f"Return-Path: <{sender[1]}>",
        f"From: {_encoded(sender[0])} <{sender[1]}>",
        f"To: {_encoded(receiver[0])} <{receiver[1]}>",
        f"Subject: {_encoded(letter.title)}",
        f" {_encoded(f' {letter.reference}')}",
        f"Date: {letter.at:%d} {_MONTHS[letter.at.month - 1]} {letter.at:%Y %H:%M:%S} +0100",
        f"Message-ID: <{tag}@krog.example>",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{tag}"',
    ]


def render(letter: Letter, chance: Random) -> bytes:
    """The letter as an EML file; half of its text travels as an attachment."""
    tag = f"{letter.reference}.{letter.number}.{chance.getrandbits(48):012x}"
    text = "\n\n".join((*letter.head, *letter.paragraphs)) + "\n"
    parts = [
        "\r\n".join(_headers(letter, tag)).encode(),
        b"",
        f"--{tag}".encode(),
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: quoted-printable",
        b"",
        _crlf(b2a_qp(text.encode())),
        f"--{tag}".encode(),
        b'Content-Type: text/plain; charset=windows-1252; name="bilaga.txt"',
        b'Content-Disposition: attachment; filename="bilaga.txt"',
        b"Content-Transfer-Encoding: base64",
        b"",
        _crlf(encodebytes(plain.render(letter)[:2000])),
        f"--{tag}--".encode(),
        b"",
    ]
    return b"\r\n".join(parts)
