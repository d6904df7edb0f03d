"""``leverans run --dry``: what a run would meet."""

import sys
from typing import TYPE_CHECKING

from leverans.cli.show import show_json, size, table, thousands

if TYPE_CHECKING:
    from leverans.contracts import Finding
    from leverans.delivery import Wish
    from leverans.delivery.foretelling import Counted, Forecast
    from leverans.settings import Settings

_SHOWN = 30
AGAIN = "OPR030"


def show_forecast(settings: "Settings", name: str, wish: "Wish", *, as_json: bool) -> int:
    """Show the forecast of a run; exit 1 when something is known that would stop it."""
    from leverans.delivery.foretelling import foretell

    found = foretell(settings, name, wish)
    if as_json:
        show_json(found.plain())
    else:
        _show(found)
    return 0 if found.possible else 1


def _show(found: "Forecast") -> None:
    seconds = sum(found.seconds.values())
    least, most = found.packages
    rows = [
        ("Objekt", *_counted(found.objects), "objects"),
        ("  nya, minst", thousands(found.fresh), "", "new, at least"),
        ("Dokument", *_counted(found.documents), "documents"),
        ("Deras storlek", size(found.bytes.now), _sized(found.bytes.before), "their size"),
        ("Paket", f"{least}–{most}" if most != least else str(least), "", "packages"),
        ("Tid, ungefär", f"{seconds:.0f} s" if found.seconds else "?", "", "time, about"),
        ("Disk som behövs", size(found.needed), "", "disk needed"),
        ("Disk som är ledig", size(found.free), "", "disk free"),
    ]
    mark = " TEST" if found.test else ""
    title = f"{found.delivery}{mark}: vad en körning skulle möta | what a run would meet"
    table(title, ["Vad", "Nu", "Förra gången", "In English"], rows)
    streams = [
        (name, *_counted(count)) for name, count in sorted(found.streams.items()) if count.now != count.before
    ]
    if streams:
        table("Rader, där de är andra | rows, where they differ", ["Ström", "Nu", "Förra gången"], streams)
    again = [risk for risk in found.risks if risk.code == AGAIN]
    others = [risk for risk in found.risks if risk.code != AGAIN]
    for risk in others[:_SHOWN]:
        sys.stdout.write(f"! {risk.severity:8} {risk.code} {risk.where}\n")
        sys.stdout.write(f"    {risk.text('sv')}\n    {risk.text('en')}\n")
    if len(others) > _SHOWN:
        sys.stdout.write(f"  … {len(others) - _SHOWN} till | more (--json)\n")
    if again:
        _show_again(again)
    word = "Inget skrevs. | Nothing was written.\n"
    sys.stdout.write(word if found.possible else f"KÖRNINGEN SKULLE STOPPAS. | THE RUN WOULD STOP. {word}")


def _show_again(risks: "list[Finding]") -> None:
    """Tell in one table what the last run found and the next will find again."""
    from leverans.report.setaside import kind

    found = [(str(risk.parameters["code"]), int(risk.parameters["count"])) for risk in risks]
    rows = [(code, count, kind(code).sv) for code, count in found]
    table(f"Väntade fynd | findings to expect ({AGAIN})", ["Kod", "Antal", "Vad"], rows)


def _counted(count: "Counted") -> tuple[str, str]:
    return thousands(count.now), "–" if count.before is None else thousands(count.before)


def _sized(number: int | None) -> str:
    return "–" if number is None else size(number)
