from pathlib import Path

import pytest

from leverans.settings import Settings


def test_words_come_before_the_environment_and_that_before_the_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = {"LEVERANS_CONTENT": "/c", "LEVERANS_HOME": "/h", "LEVERANS_SOURCES": "/s"}
    assert Settings.load(environment=environment) == Settings(Path("/c"), Path("/h"), Path("/s"))
    assert Settings.load("/x", "/y", environment) == Settings(Path("/x"), Path("/y"), Path("/s"))
    assert Settings.load(environment={}) == Settings(
        tmp_path, tmp_path / "var", tmp_path / "var" / "demo" / "sources"
    )


def test_the_processs_own_environment_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("LEVERANS_HOME", str(tmp_path / "elsewhere"))
    assert Settings.load().home == tmp_path / "elsewhere"


def test_official_schemas_are_carried_only_where_the_centre_says_where_they_are(tmp_path):
    assert Settings.load(environment={}).schemas is None
    assert Settings.load(environment={"LEVERANS_SCHEMAS": str(tmp_path)}).schemas == tmp_path


def test_a_content_root_may_carry_its_own_sources(tmp_path):
    (tmp_path / "sources").mkdir()
    assert Settings.load(tmp_path, environment={}).sources == tmp_path / "sources"


def test_relative_words_start_at_the_present_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Settings.load("c", "h", {}) == Settings(
        tmp_path / "c", tmp_path / "h", tmp_path / "h/demo/sources"
    )


def test_no_folder_of_one_municipality_lies_in_another(tmp_path):
    settings = Settings.load(tmp_path, tmp_path, {})
    mora, orsa = settings.municipality("mora"), settings.municipality("orsa")
    assert mora.root != orsa.root
    for path in (
        mora.ledger,
        mora.keys,
        mora.blobs,
        mora.formats,
        mora.outbox("d"),
        mora.landings("d"),
        mora.mapped("d"),
        mora.packages("d", "open"),
        mora.archive("open"),
        mora.receipts("d"),
        mora.lock("d"),
    ):
        assert path.is_relative_to(mora.root)


@pytest.mark.parametrize("test", [False, True])
def test_routes_and_test_deliveries_have_storage_roots_of_their_own(tmp_path, test):
    mora = Settings.load(tmp_path, tmp_path, {}).municipality("mora")
    assert mora.packages("d", "open") != mora.packages("d", "protected")
    roots = {mora.archive(route, test=kind) for route in ("open", "protected") for kind in (False, True)}
    assert len(roots) == 4
    assert mora.archive("open", test=test) in roots
