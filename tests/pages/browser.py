"""A browser without a network: shows, prints and photographs one page, and tells what it complained of."""

import shutil
import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WORDS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
NO_NETWORK = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
)


@dataclass
class Browser:
    """One profile per use, below a folder that is thrown away."""

    folder: Path
    used: int = 0

    def start(self, page, *words, network=False):
        """Open a page; give what was written to standard error."""
        self.used += 1
        profile = self.folder / f"profile{self.used}"
        done = subprocess.run(
            [
                PROGRAM,
                *WORDS,
                *(() if network else NO_NETWORK),
                f"--user-data-dir={profile}",
                "--enable-logging=stderr",
                "--v=0",
                *words,
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        shutil.rmtree(profile, ignore_errors=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stderr, done.stdout

    def picture(self, page, *, width=1280, height=1600, network=False):
        """Photograph the top of a page; give pixels and what the page complained of."""
        target = self.folder / f"picture{self.used}.png"
        told, _ = self.start(
            page, f"--window-size={width},{height}", f"--screenshot={target}", network=network
        )
        return pixels(target.read_bytes()), console(told)

    def paper(self, page):
        """Print a page; give the bytes of the PDF and what the page complained of."""
        target = self.folder / f"paper{self.used}.pdf"
        told, _ = self.start(page, f"--print-to-pdf={target}", "--no-pdf-header-footer")
        return target.read_bytes(), console(told)

    def shown(self, page):
        """Give the page as the browser understood it."""
        return self.start(page, "--dump-dom")[1]


def console(told):
    """Give the lines that the page itself wrote: errors, warnings, refused loads."""
    return [line for line in told.splitlines() if "CONSOLE" in line]


@dataclass
class Picture:
    """Rows of red, green and blue bytes."""

    width: int
    height: int
    rows: list

    def colours(self):
        """Give the set of colours."""
        return {row[at : at + 3] for row in self.rows for at in range(0, len(row), 3)}

    def margin(self, side):
        """Whether the outermost columns of a side hold nothing but paper."""
        cut = (lambda row: row[:24]) if side == "left" else (lambda row: row[-24:])
        return all(set(cut(row)) == {255} for row in self.rows)


def pixels(data):
    """Read an 8-bit PNG without interlace, as the browser writes them."""
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, data[28]) == (8, 0)
    size = {2: 3, 6: 4}[kind]
    packed, at = b"", 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
    raw, stride = zlib.decompress(packed), width * size
    rows, before = [], bytearray(stride)
    for number in range(height):
        start = number * (stride + 1)
        row = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), before, size)
        rows.append(bytes(row) if size == 3 else bytes(part for at, part in enumerate(row) if at % 4 != 3))
        before = row
    return Picture(width, height, rows)


def unfiltered(kind, row, before, size):
    for at in range(len(row) if kind else 0):
        left = row[at - size] if at >= size else 0
        up = before[at]
        corner = before[at - size] if at >= size else 0
        row[at] = (row[at] + (left, up, (left + up) // 2, paeth(left, up, corner))[kind - 1]) & 255
    return row


def paeth(left, up, corner):
    guess = left + up - corner
    by = abs(guess - left), abs(guess - up), abs(guess - corner)
    return (left, up, corner)[by.index(min(by))]
