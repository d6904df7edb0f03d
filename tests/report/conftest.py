from dataclasses import replace

import pytest
from tests.support.worlds import delivered, fresh  # noqa: F401

from leverans.report.facts import RunFacts
from leverans.report.parts import (
    AgreementFacts,
    AsideFacts,
    Change,
    CodeFacts,
    ColumnFacts,
    Comparison,
    Cut,
    DecisionFacts,
    DocumentCounts,
    ExcludedFacts,
    FormatFacts,
    ObjectCounts,
    PackageFacts,
    PackageTotals,
    Parties,
    ProblemFacts,
    ProofFacts,
    SignatureFacts,
    StreamFacts,
)

AGREEMENT = AgreementFacts(
    id="MORA-LÖ-1",
    system="alkt",
    information_type="serveringstillstand",
    period="1996-01-01/2025-12-31",
    valid="2020-01-01/..",
    checksum="SHA-256",
    custody="slutarkiv",
    transferred=True,
    signed_by="Ordföranden",
    signed_on="2019-12-10",
    retention=("SN 2019 § 112",),
    secrecy=("SN 2019 § 113",),
)
DECISION = DecisionFacts(
    id="d00001-aa",
    at="2026-07-02T08:15:00Z",
    person="Anna Svensson",
    action="exclude",
    reason="Arbetskopior",
    reference="SN 2026/140",
    run="00002-bb",
    items=1,
    codes=(("MAP123", 1),),
)


def kind(code="MAP105", severity="quarantine", count=3):
    return CodeFacts(code, severity, "koden saknas", "no such code", "Lägg till den.", "Add it.", count)


def made(**more):
    facts = RunFacts(
        run="00002-bb",
        delivery="mora/alkt",
        test=False,
        status="complete",
        reference_time="2026-06-30T12:00:00Z",
        started="2026-07-01T08:00:00Z",
        ended="2026-07-01T08:04:00Z",
        written="2026-07-03T09:00:00Z",
        by="anna",
        code="0.1.0",
        balanced=True,
        settled=False,
        undecided=4,
        parties=Parties(
            municipality="Mora kommun",
            number="212000-2213",
            producer="Socialnämnden",
            authority="Kommunstyrelsen",
            keeper="E-arkivcentrum",
            keeper_number="212000-2172",
            creators=(("Socialnämnden", "2007-01-01/2030-12-31"),),
        ),
        agreement=AGREEMENT,
        objects=ObjectCounts(300, 283, 0, 15, 2, 3, (("new", 283),)),
        documents=DocumentCounts(1465, 1463, 1390, 71, 4, 9_887_875),
        streams=Cut(
            (
                StreamFacts("db.Klartext", 69, 0, 0, 69, 0, 0),
                StreamFacts("db.Ärende", 300, 283, 0, 0, 15, 2),
                StreamFacts("db.Beslut", 282, 0, 264, 0, 15, 3),
            ),
            3,
        ),
        asides=(
            AsideFacts(
                "quarantined",
                kind(),
                ("case.type",),
                3,
                11,
                0,
                1,
                ("mappings/a/b.yaml:58:7",),
                Cut(("A-1", "A-2"), 2),
            ),
            AsideFacts(
                "quarantined",
                kind("MAP123", count=1),
                ("unregistered",),
                0,
                0,
                1,
                0,
                (),
                Cut(("share.share nr 3",), 1),
            ),
        ),
        excluded=Cut((ExcludedFacts("makulerat-arende", "MAP141", 2, 4, 0, ("mappings/a/b.yaml:51:7",)),), 1),
        findings=(kind(), kind("MAP123", count=1), kind("FMT001", "warning", 2)),
        packages=Cut((PackageFacts("419bbccc", "1996", "open", "NEW", "7609" * 16, 692_513, 12, 49),), 1),
        package_totals=(
            PackageTotals("open", 27, 280, 1365, 18_000_000),
            PackageTotals("protected", 3, 3, 25, 464_700),
        ),
        columns=Cut(
            (
                ColumnFacts("db.Ärende", "ArendeTyp", "mapped", ("case.type",), "", "mappings/a/b.yaml:58:7"),
                ColumnFacts(
                    "db.Ärende", "AndradDatum", "dropped", (), "technical: ändrad", "mappings/a/b.yaml:60:7"
                ),
                ColumnFacts("db.Logg", "Text", "left", (), "working: logg", "mappings/a/b.yaml:61:7"),
            ),
            3,
        ),
        columns_file="runs/alkt/00002-bb/column-ledger.csv",
        formats=Cut((FormatFacts("fmt/18", "PDF 1.4", 514, 2_500_000), FormatFacts("", "", 2, 0)), 2),
        decisions=Cut((DECISION,), 1),
        approval=replace(DECISION, id="d00002-bb", action="approve", run="00001-aa", codes=(), items=0),
        comparison=Comparison(
            run="00001-aa",
            reference_time="2025-06-30T12:00:00Z",
            status="complete",
            changes=(Change("Objekt funna", "Objects found", 310, 300),),
            new_codes=("MAP105",),
            gone_codes=("MAP110",),
            new_columns=Cut(("db.Ärende.Nytt",), 1),
            gone_columns=Cut(),
            same_mapping=False,
        ),
        proof=ProofFacts(
            receipt="receipts/alkt/00002-bb.json",
            sha256="ab" * 32,
            signatures=(SignatureFacts("centre", "receipt", "0123456789abcdef", "2026-07-01T08:04:00Z", ""),),
            audit_size=12,
            audit_root="cd" * 32,
            landing="ef" * 32,
            mapping="01" * 32,
        ),
    )
    return replace(facts, **more)


@pytest.fixture
def facts():
    return made()


def broken():
    """An incomplete run: a stream does not balance."""
    problem = ProblemFacts(
        "DLV002", "db.Beslut", "Räkningen går inte ihop.", "It does not balance.", "Anmäl.", "Report it."
    )
    return made(
        status="incomplete",
        balanced=False,
        streams=Cut((StreamFacts("db.Beslut", 282, 0, 264, 0, 10, 3),), 1),
        problems=Cut((problem,), 1),
    )


def bare(status="refused", **more):
    """A run that never counted anything."""
    return RunFacts(
        run="00003-cc",
        delivery="mora/alkt",
        test=False,
        status=status,
        reference_time="2026-06-30T12:00:00Z",
        started="2026-07-01T08:00:00Z",
        written="2026-07-03T09:00:00Z",
        by="anna",
        code="0.1.0",
        agreement=AgreementFacts(id="MORA-LÖ-1"),
        **more,
    )
