"""Every file is a true file of its kind and says whose it is."""

import email
import email.policy
import hashlib
import io
import re
import shutil
import struct
import subprocess
import xml.etree.ElementTree as ET
import zipfile
import zlib

import pytest

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"


def true_files(world, suffix):
    left_out = {*world.dirt["empty_file"], *world.dirt["wrong_extension"]}
    found = [
        (path, (world.share / path).read_bytes())
        for path in sorted(world.files - left_out)
        if path.endswith(suffix)
    ]
    assert found
    return found


def reference(path):
    return re.search(r"ALK-\d{4}-\d{5}|$", path)[0]


def test_pdf_cross_references_point_at_their_objects(world):
    for path, data in true_files(world, ".pdf"):
        start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", data)[1])
        head, *entries = re.findall(rb"(?:\d{10}) (?:\d{5}) [fn] \n", data[start:])
        assert head == b"0000000000 65535 f \n"
        assert (
            f"xref\n0 {len(entries) + 1}\n".encode()
            == data[start : start + len(f"xref\n0 {len(entries) + 1}\n")]
        )
        for number, entry in enumerate(entries, start=1):
            assert data[int(entry[:10]) :].startswith(b"%d 0 obj\n" % number)
        for length, body in re.findall(rb"<< /Length (\d+) >>\nstream\n(.*?)\nendstream", data, re.DOTALL):
            assert int(length) == len(body)
        assert reference(path) in data.decode("cp1252", "replace")
        assert "Serveringsställe" in data.decode("cp1252", "replace")


def test_docx_is_a_whole_package(world):
    for path, data in true_files(world, ".docx"):
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            assert package.testzip() is None
            assert package.namelist() == ["[Content_Types].xml", "_rels/.rels", "word/document.xml"]
            parts = [ET.fromstring(package.read(name)) for name in package.namelist()]
        assert reference(path) in "".join(node.text or "" for node in parts[2].iter(WORD))


def test_png_chunks_and_points(world):
    for path, data in true_files(world, ".png"):
        at, chunks = 8, {}
        while at < len(data):
            (size,) = struct.unpack(">I", data[at : at + 4])
            kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
            assert struct.unpack(">I", data[at + 8 + size : at + 12 + size]) == (zlib.crc32(kind + body),)
            chunks[kind] = body
            at += 12 + size
        width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
        assert len(zlib.decompress(chunks[b"IDAT"])) == height * (width + 1)
        assert reference(path) in chunks[b"tEXt"].decode("latin-1")


def jpeg_levels(data):
    """Decodes the blocks of one of our JPEG files by its own tables; gives the mean of every block."""
    at, tables, scan = 2, {}, None
    while scan is None:
        marker, size = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        body = data[at + 4 : at + 2 + size]
        if marker == 0xC4:
            tables[body[0]] = codes(body[1:17], body[17:])
        elif marker == 0xC0:
            height, width = struct.unpack(">HH", body[1:5])
        elif marker == 0xDB:
            step = body[1]
        elif marker == 0xDA:
            scan = data[at + 2 + size : -2].replace(b"\xff\0", b"\xff")
        at += 2 + size
    bits = iter("".join(f"{byte:08b}" for byte in scan))
    level, levels = 0, []
    for _ in range(width * height // 64):
        level += amount(bits, symbol(bits, tables[0]))
        levels.append(128 + level * step / 8)
        place = 1
        while place < 64:
            run_size = symbol(bits, tables[0x10])
            if run_size == 0:
                break
            place += (run_size >> 4) + 1
            amount(bits, run_size & 15)
        assert place <= 64
    return width, height, levels, "".join(bits)


def codes(counts, symbols):
    found, code, values = {}, 0, iter(symbols)
    for length, count in enumerate(counts, start=1):
        for _ in range(count):
            found[f"{code:0{length}b}"] = next(values)
            code += 1
        code <<= 1
    return found


def symbol(bits, table):
    text = ""
    while text not in table:
        text += next(bits)
    return table[text]


def amount(bits, size):
    if not size:
        return 0
    text = "".join(next(bits) for _ in range(size))
    return int(text, 2) if text[0] == "1" else int(text, 2) - (1 << size) + 1


def test_jpeg_scans_hold_every_block_of_the_picture(world):
    for path, data in true_files(world, ".jpg"):
        assert data.endswith(b"\xff\xd9")
        assert reference(path).encode() in data[:200]
    for _, data in true_files(world, ".jpg")[:12]:
        width, height, levels, rest = jpeg_levels(data)
        assert len(rest) < 8 and set(rest) <= {"1"}
        assert all(-10 < level < 265 for level in levels)
        assert len(levels) == width * height // 64
        blank, lettered = levels[0], levels[width // 8 + 1]
        assert blank > 220 > lettered


def test_xml_is_well_formed(world):
    for path, data in true_files(world, ".xml"):
        root = ET.fromstring(data)
        assert reference(path) in "".join(root.itertext())


def test_eml_has_a_text_and_an_attachment(world):
    for path, data in true_files(world, ".eml"):
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert not message.defects
        text, attachment = message.iter_parts()
        assert reference(path) in text.get_content()
        assert "Serveringsställe" in text.get_content()
        assert attachment.get_filename() == "bilaga.txt"
        assert reference(path) in message["Subject"]
        assert message["Date"].datetime.year >= 1996


def test_txt_is_windows_1252_and_not_utf_8(world):
    for path, data in true_files(world, ".txt"):
        assert reference(path) in data.decode("cp1252")
        with pytest.raises(UnicodeDecodeError):
            data.decode()


def test_no_two_files_are_the_same(world):
    digests = [
        hashlib.sha256((world.share / path).read_bytes()).digest()
        for path in world.files - set(world.dirt["empty_file"])
    ]
    assert len(digests) == len(set(digests))


def test_all_kinds_of_file_are_there_in_about_their_shares(world):
    suffixes = [path.rpartition(".")[2] for path in world.files]
    assert set(suffixes) == {"pdf", "docx", "jpg", "png", "xml", "eml", "txt"}
    assert suffixes.count("pdf") == max(map(suffixes.count, set(suffixes)))
    sizes = sorted((world.share / path).stat().st_size for path in world.files)
    assert sizes[len(sizes) // 50] > 500
    assert 2_000 < sizes[len(sizes) // 2] < 20_000
    assert sizes[-1] < 60_000


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_a_reader_of_pdf_reads_swedish(world):
    path, _ = true_files(world, ".pdf")[0]
    shown = subprocess.run(["pdftotext", world.share / path, "-"], capture_output=True, check=True)
    assert not shown.stderr
    assert "Serveringsställe" in shown.stdout.decode()


def test_pronom_knows_the_files(world):
    pygfried = pytest.importorskip("pygfried")
    wanted = {
        ".pdf": "fmt/18",
        ".docx": "fmt/412",
        ".jpg": "fmt/43",
        ".png": "fmt/11",
        ".xml": "fmt/101",
        ".eml": "fmt/950",
        ".txt": "x-fmt/111",
    }
    for suffix, name in wanted.items():
        for path, _ in true_files(world, suffix)[:3]:
            assert pygfried.identify(str(world.share / path)) == name
