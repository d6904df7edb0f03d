"""The SFTP drop: who it is, who may in, and what happens when the line or the disk gives out."""

import asyncssh
import pytest
from tests.sources.carrying_kit import PASSWORD, Hosts, Server

from leverans.errors import AccessDenied, ConfigurationError, IntegrityError, LeveransError, Outage
from leverans.sources.carrying import Access, blocks, open_carrier
from leverans.sources.carrying.ssh import private_key

BIG = 400_000


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    yield made
    made.close()


@pytest.fixture
def hosts(tmp_path, server, monkeypatch):
    monkeypatch.setattr(blocks, "WRITES", 2)
    monkeypatch.setattr(blocks, "READS", 2)
    found = Hosts(tmp_path, documents=200, bound=BIG // 3)
    found.access = server.access()
    return found


def refused(access, kind, code):
    with pytest.raises(LeveransError) as caught:
        open_carrier(access)
    assert (type(caught.value), caught.value.code) == (kind, code)
    return caught.value


def test_a_server_with_another_host_key_is_refused(hosts, server):
    other = "SHA256:" + "A" * 43
    fault = refused(server.access(host_keys=(other,)), IntegrityError, "CAR011")
    assert fault.parameters["found"] == server.fingerprint
    refused(server.access(host_keys=()), IntegrityError, "CAR011")
    open_carrier(server.access(host_keys=(other, server.fingerprint))).close()
    hosts.send()
    server.new_host_key()
    with pytest.raises(IntegrityError) as caught:
        hosts.receive()
    assert caught.value.code == "CAR011"


def test_nothing_is_told_to_a_server_that_is_not_the_one(server, monkeypatch):
    from leverans.sources.carrying import ssh

    monkeypatch.setattr(ssh, "_log_in", lambda *_: pytest.fail("credentials were offered"))
    refused(server.access(host_keys=(), password=PASSWORD), IntegrityError, "CAR011")


def test_a_file_of_known_hosts_will_do(server, tmp_path):
    known = tmp_path / "known_hosts"
    known.write_text(server.known_hosts_line)
    open_carrier(server.access(host_keys=(), known_hosts=known)).close()
    server.new_host_key()
    refused(server.access(host_keys=(), known_hosts=known), IntegrityError, "CAR011")
    missing = server.access(host_keys=(), known_hosts=tmp_path / "none")
    refused(missing, ConfigurationError, "CAR006")


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_every_usual_kind_of_key_opens(server, kind):
    server.client_key = asyncssh.generate_private_key(kind)
    open_carrier(server.access()).close()
    pem = server.client_key.export_private_key("pkcs8-pem").decode()
    open_carrier(server.access(key=pem)).close()


def test_every_key_is_read_however_it_is_padded():
    for _ in range(20):
        key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
        read = private_key(key.export_private_key().decode(), "x")
        assert read.asbytes() == key.public_data


def test_a_password_opens_and_a_wrong_one_does_not(server):
    open_carrier(server.access(key=None, password=PASSWORD)).close()
    fault = refused(server.access(key=None, password="hunter2-secret"), AccessDenied, "CAR012")
    assert "hunter2" not in f"{fault!r} {fault} {fault.parameters} {fault.__cause__} {fault.__context__}"


def test_a_key_the_server_does_not_know_is_refused(server):
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    refused(server.access(key=stranger), AccessDenied, "CAR012")
    refused(server.access(key=None), AccessDenied, "CAR012")


def test_a_key_that_is_none_is_told_without_quoting_it(server):
    fault = refused(
        server.access(key="-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n"), ConfigurationError, "CAR008"
    )
    assert "secret" not in f"{fault!r} {fault} {fault.parameters} {fault.__cause__}"
    locked = server.client_key.export_private_key(passphrase="x").decode()
    refused(server.access(key=locked), ConfigurationError, "CAR008")


def test_an_access_shows_no_secret(server):
    shown = repr(server.access(password=PASSWORD))
    assert PASSWORD not in shown
    assert "PRIVATE KEY" not in shown


def test_a_folder_that_is_not_there_is_told(server):
    refused(server.access(location=server.location("none")), ConfigurationError, "CAR015")


def test_nobody_at_the_address_is_an_outage(server):
    server.close, port = (lambda: None), server.port
    server._do(server._end())
    refused(
        Access(f"sftp://x@127.0.0.1:{port}/drop", ("SHA256:" + "A" * 43,), None, None, "p"), Outage, "CAR010"
    )


@pytest.mark.parametrize("after", [1_000, 120_000, 200_000, 400_000, 550_000])
def test_a_line_that_is_cut_while_sending_goes_on_where_it_was(hosts, server, after):
    server.faults.cut_after = after
    with pytest.raises(Outage) as caught:
        hosts.send()
    assert caught.value.code == "CAR010"
    hosts.assert_sealed()
    parts = {path.name: path.stat().st_size for path in hosts.drop.rglob("*.part")}
    server.faults.begun.clear()
    before = server.faults.moved
    done = hosts.send()
    assert parts
    for name, size in parts.items():
        assert server.faults.begun[name] == max(0, size - 2 * blocks.BLOCK)
    assert server.faults.moved - before <= done.sent_bytes + 1_000
    hosts.receive()
    hosts.assert_arrived()
    hosts.assert_emptied()


def test_a_big_file_is_not_begun_anew(hosts, server):
    server.faults.cut_after = BIG // 2
    with pytest.raises(Outage):
        hosts.send()
    total = sum(path.stat().st_size for path in hosts.drop.rglob("*") if path.is_file())
    assert total >= BIG // 4
    server.faults.moved = 0
    assert hosts.send().sent_bytes < server.faults.moved + total
    hosts.receive()
    hosts.assert_arrived()


@pytest.mark.parametrize("after", [500, 50_000, 200_000, 400_000, 550_000])
def test_a_line_that_is_cut_while_receiving_goes_on_where_it_was(hosts, server, after):
    sent = hosts.send()
    server.faults.moved, server.faults.cut_after = 0, after
    with pytest.raises(Outage) as caught:
        hosts.receive()
    assert caught.value.code == "CAR010"
    assert len(hosts.packs()) == sent.packs + 1
    after_cut = 4 * blocks.BLOCK + 100_000  # blocks on the way, and the index once more
    done = hosts.receive()
    assert server.faults.moved <= sent.sent_bytes + after_cut
    hosts.assert_arrived()
    hosts.assert_emptied()
    assert done.removed == sent.packs + 2


def test_a_full_disk_at_the_drop_is_an_outage_and_nothing_is_lost(hosts, server):
    server.faults.full = True
    with pytest.raises(Outage) as caught:
        hosts.send()
    assert caught.value.code == "CAR014"
    server.faults.full = False
    hosts.send()
    hosts.receive()
    hosts.assert_arrived()


@pytest.mark.parametrize("block", [1, 2, 5, 9, 12])
def test_one_block_that_is_refused_in_the_middle_is_noticed(hosts, server, block):
    server.faults.refuse_block = block
    with pytest.raises(Outage) as caught:
        hosts.send()
    assert caught.value.code == "CAR014"
    server.faults.refuse_block = 0
    hosts.send()
    try:
        hosts.receive()
    except IntegrityError:  # a hole in a half that was gone on with is found by its digest and sent anew
        hosts.send()
        hosts.receive()
    hosts.assert_arrived()


def test_a_drop_that_may_not_be_written_is_told(hosts, server):
    server.faults.denied = True
    with pytest.raises(AccessDenied) as caught:
        hosts.send()
    assert caught.value.code == "CAR013"


def test_paramiko_says_nothing_of_its_own(hosts, server, caplog, capfd):
    server.faults.cut_after = 200_000
    with pytest.raises(Outage):
        hosts.send()
    assert [record for record in caplog.records if not record.name.startswith("asyncssh")] == []
    assert capfd.readouterr() == ("", "")
