"""The section ``transfer:`` of a municipality: by reference, pinned, and every fault with its place."""

import pytest

from leverans.errors import ConfigurationError
from leverans.registry import EnvironmentReference, FileReference, Transfer, load_municipality

RECIPIENT = "age1" + "q" * 58
PRINT = "SHA256:" + "A" * 43
SFTP = f"""
transfer:
  kind: sftp
  location: sftp://leverans@host.example:2222/drop
  recipient: {RECIPIENT}
  host_key: {PRINT}
  key: {{file: transfer_ssh}}
"""


@pytest.fixture
def put(content):
    """Add a section to the municipality."""

    def added(text):
        path = content / "municipalities/fictiva/municipality.yaml"
        path.write_text(path.read_text() + text)
        return content

    return added


def faults(content):
    with pytest.raises(ConfigurationError) as caught:
        load_municipality(content, "fictiva")
    return [(fault.code, fault.where.rsplit("/", 1)[-1]) for fault in caught.value.problems]


def test_without_it_everything_stays_on_one_host(content):
    assert load_municipality(content, "fictiva").transfer is None


def test_sftp(put):
    found = load_municipality(put(SFTP), "fictiva").transfer
    assert found == Transfer(
        kind="sftp",
        location="sftp://leverans@host.example:2222/drop",
        recipient=RECIPIENT,
        host_keys=(PRINT,),
        key=FileReference("transfer_ssh", found.key.where),
        where=found.where,
    )


def test_a_folder_and_references_to_variables(put):
    text = f"transfer: {{kind: folder, location: {{env: DROP}}, recipient: {RECIPIENT}}}\n"
    found = load_municipality(put(text), "fictiva").transfer
    assert isinstance(found.location, EnvironmentReference)
    assert found.location.resolve({"DROP": "/x"}) == "/x"


def test_several_fingerprints_or_a_file(put):
    text = SFTP.replace(PRINT, f"[{PRINT}, {PRINT[:-1]}B]").replace(
        "key: {file", "password: {env: P}\n  key: {file"
    )
    found = load_municipality(put(text), "fictiva").transfer
    assert len(found.host_keys) == 2
    assert found.password.variable == "P"


def test_known_hosts(put):
    found = load_municipality(put(SFTP.replace(PRINT, "{file: known_hosts}")), "fictiva").transfer
    assert (found.host_keys, found.known_hosts) == ((), "known_hosts")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (RECIPIENT, "age1short", "CAR003"),
        (RECIPIENT, "AGE-SECRET-KEY-1" + "Q" * 58, "CAR003"),
        (PRINT, "SHA256:short", "CAR005"),
        (PRINT, "[]", "CAR005"),
        ("  key: {file: transfer_ssh}\n", "", "CAR004"),
        ("{file: transfer_ssh}", "hunter2", "REG012"),
        ("{file: transfer_ssh}", "{path: x}", "REG002"),
        ("sftp://leverans@", "sftp://leverans:hunter2@", "REG012"),
        ("sftp://leverans@", "sftp://", "CAR002"),
        ("sftp://leverans@host.example:2222/drop", "/drop", "CAR002"),
        (":2222", ":99999", "CAR002"),
        ("sftp://", "ftp://", "CAR002"),
        (f"  host_key: {PRINT}\n", "", "REG002"),
        ("kind: sftp", "kind: s3", "REG004"),
        ("kind: sftp", "kind: folder", "CAR002"),
    ],
)
def test_a_fault_is_told_with_its_place(put, old, new, code):
    assert old in SFTP
    found = faults(put(SFTP.replace(old, new)))
    assert code in [known for known, _ in found]
    assert all(place.startswith("municipality.yaml:") for _, place in found)


def test_no_secret_is_quoted(put):
    with pytest.raises(ConfigurationError) as caught:
        load_municipality(put(SFTP.replace("{file: transfer_ssh}", "hunter2")), "fictiva")
    told = [problem.text(language) for problem in caught.value.problems for language in ("sv", "en")]
    assert not any("hunter2" in text for text in told)
