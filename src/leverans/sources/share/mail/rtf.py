"""Compressed RTF, the body that Outlook writes (MS-OXRTFCP)."""

from struct import Struct

_HEAD = Struct("<LLLL")
_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_RING = 4096
LARGEST = 64 << 20


def unpacked(raw: bytes) -> bytes | None:
    """Unpack a compressed RTF; None where it is none, or broken."""
    if len(raw) < _HEAD.size:
        return None
    stored, size, kind, _crc = _HEAD.unpack_from(raw)
    data = raw[_HEAD.size : stored + 4]
    if kind == _PLAIN:
        return data[:size]
    if kind != _PACKED or size > LARGEST:
        return None
    made = _expanded(data, size)
    return made if len(made) == size else None


def _expanded(data: bytes, size: int) -> bytes:
    ring = bytearray(_KNOWN.ljust(_RING, b"\0"))
    write, made, at = len(_KNOWN), bytearray(), 0
    while at < len(data) and len(made) <= size:
        control = data[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                piece = data[at : at + 1]
                at += 1
            else:
                token = int.from_bytes(data[at : at + 2], "big")
                at += 2
                if token >> 4 == write % _RING:
                    return bytes(made)
                piece = bytes(0)
                for step in range((token & 15) + 2):
                    sign = ring[((token >> 4) + step) % _RING]
                    ring[write % _RING] = sign
                    made.append(sign)
                    write += 1
            for sign in piece:
                ring[write % _RING] = sign
                made.append(sign)
                write += 1
    return bytes(made)
