"""``leverans run``."""

import argparse
import sys
from typing import Any

from leverans.cli.common import delivery_of, moment_of, person_of, settings_of
from leverans.cli.show import show_error, show_json, size, table, thousands

_REASONS_SHOWN = 12
_STATES = {
    "supplemented": "Kompletterade",
    "changed": "Ändrade",
    "reopened": "Återöppnade",
    "voided": "Makulerade",
    "vanished": "FÖRSVUNNA UR KÄLLAN",
}
_ANY = {"field": "…", "rule": "…", "check": "…"}


def run(args: argparse.Namespace) -> int:
    """Deliver; exit 0 when complete (quarantines included), 1 when incomplete or refused."""
    from leverans.cli.live import Live
    from leverans.delivery import Wish, deliver
    from leverans.report import attached

    name = delivery_of(args.delivery)
    wish = Wish(
        test=args.test,
        at=moment_of(args.at),
        restart=args.restart,
        by=person_of(args),
        landing=getattr(args, "landing", None),
        here=getattr(args, "here", False),
    )
    if getattr(args, "dry", False):
        from leverans.cli.foretold import show_forecast

        return show_forecast(settings_of(args), name, wish, as_json=args.json)
    with Live(quiet=args.json) as live:
        result = deliver(settings_of(args), name, wish, progress=live)
    result, warning = attached(settings_of(args), name, result)
    plain = result.plain()
    if warning is not None:
        show_error(warning, as_json=False)
    if args.json:
        show_json(plain)
    else:
        show_result(name, plain)
    return 0 if result.status == "complete" else 1


def show_result(name: str, plain: dict[str, Any]) -> None:
    """Print the closing table and where to look next."""
    words = {"complete": "fullständig", "incomplete": "OFULLSTÄNDIG", "refused": "NEKAD"}
    objects, documents = plain["objects"], plain["documents"]
    mark = " TEST" if plain["test"] else ""
    rows: list[tuple[str, object, str]] = [
        ("Funna", objects["found"], "found"),
        ("Arkiverade nu", objects["archived"], "archived"),
        ("  varav skyddad väg", objects["archived_protected"], "of which protected"),
        ("Oförändrade", objects["unchanged"], "unchanged"),
        ("I karantän", objects["quarantined"], "quarantined"),
        ("Undantagna av regel", objects["excluded"], "excluded by rule"),
        *_held(objects),
        ("Dokument, funna eller registrerade", documents["listed"], "documents, found or registered"),
        ("  i arkivet", documents["archived"], "archived"),
        ("  i karantän", documents["quarantined"], "quarantined"),
        ("  undantagna", documents["excluded"], "excluded"),
        *_held(documents, "  hålls tillbaka"),
        *resumed_rows(plain["resumed"]),
        ("Paket", plain["packages"], "packages"),
        ("Byte i paketens dokument", size(documents["bytes"]), "bytes"),
        ("Sekunder", f"{plain['seconds']:.1f}".replace(".", ","), "seconds"),
    ]
    title = f"Leverans {name}{mark}: {words[plain['status']]} ({plain['status']})"
    if plain["status"] == "refused":
        sys.stdout.write(f"{title}\n")
    else:
        table(title, ["Vad", "Antal", "In English"], [(sv, _cell(value), en) for sv, value, en in rows])
    _show_states(objects["by_state"])
    _show_approval(plain["approval"])
    _show_reasons("Karantän efter orsak | quarantined by reason", plain["quarantined"])
    _show_rules(plain["excluded"])
    for problem in plain["problems"][:_REASONS_SHOWN]:
        sys.stdout.write(f"! {problem['where']}: {problem['code']} {problem['text']['sv']}\n")
        sys.stdout.write(f"    {problem['text']['en']}\n")
        if remedy := problem.get("remedy"):
            sys.stdout.write(f"  → {remedy['sv']}\n    {remedy['en']}\n")
    _show_next(name, plain)


def _held(counts: dict[str, Any], label: str = "Hålls tillbaka") -> list[tuple[str, object, str]]:
    """Tell what waits with its partition, though nothing is wrong with it."""
    number = counts["held_back"]
    return [(label, number, "held back by QUA006")] if number else []


def resumed_rows(rows: dict[str, int]) -> list[tuple[str, object, str]]:
    """Tell how much of the extract an interrupted one had brought already."""
    return (
        [("Rader ur ett avbrutet uttag", sum(rows.values()), "rows of an interrupted extract")]
        if rows
        else []
    )


def _show_states(states: dict[str, int]) -> None:
    """Tell what is not simply new or unchanged; what vanished from the source is told loudest."""
    rows = [
        (f"{_STATES[name]} | {name}", number) for name, number in states.items() if number and name in _STATES
    ]
    if rows:
        table("Mot arkivet | against the archive", ["Läge", "Antal"], rows)


def _show_approval(approval: dict[str, Any] | None) -> None:
    """Tell which approved test the run rests on, and what is not as it was then."""
    if approval is None:
        return
    sys.stdout.write(f"Godkänt prov | approved test  {approval['run']}\n")
    if any((approval.get("difference") or {}).values()):
        from leverans.findings import describe

        told = {**approval["difference"], "run": approval["run"]}
        kind = describe("APV008")
        sys.stdout.write(f"! APV008 {kind.text('sv', told)}\n    {kind.text('en', told)}\n")


def _cell(value: object) -> str:
    return thousands(value) if isinstance(value, int) else str(value)


def _show_reasons(title: str, reasons: dict[str, int]) -> None:
    from leverans.findings import catalogue

    if not reasons:
        return
    known = catalogue()
    rows = [
        (code, _cell(number), known[code].text("sv", _ANY) if code in known else "")
        for code, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    ]
    table(title, ["Kod", "Antal", "Orsak"], rows)


def _show_rules(rules: dict[str, int]) -> None:
    if rules:
        rows = [(rule, _cell(number)) for rule, number in sorted(rules.items())]
        table("Undantagna efter regel | excluded by rule", ["Regel", "Antal"], rows)


def _show_next(name: str, plain: dict[str, Any]) -> None:
    lines = [("Kvitto | receipt", plain["receipt"] or "–"), ("Rapport | report", plain["report"] or "–")]
    test = " --test" if plain["test"] else ""
    if plain["undecided"]:
        lines.append(("Obeslutade | undecided", str(plain["undecided"])))
    if plain["quarantined"] or plain["objects"]["held_back"]:
        lines.append(("Karantän | quarantine", f"leverans quarantine list {name}{test}"))
    if plain["objects"]["archived"] or plain["objects"]["unchanged"]:
        municipality = name.split("/", maxsplit=1)[0]
        lines.append(("Arkivet | the archive", f"leverans archive list {municipality}{test}"))
        lines.append(("Varje byte | every byte", f"leverans archive verify {municipality}{test}"))
    for label, value in lines:
        sys.stdout.write(f"{label:24} {value}\n")
