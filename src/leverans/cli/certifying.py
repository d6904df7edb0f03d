"""``leverans source certify``: the contract's rules at a real source, signed; and a certificate verified."""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leverans.cli.common import delivery_of, person_of, settings_of
from leverans.cli.show import show_json, table
from leverans.errors import UsageError

_CHECKS = {
    "form": "Intygets form | form of the certificate",
    "signature": "Underskriften | the signature",
    "key": "Nyckeln gällde då | the key was valid then",
    "delivery": "Intyget gäller leveransen | it is about the delivery",
    "connector": "Kopplingen är densamma | the connector is the same",
}
_VERDICTS = {
    "kept": "hålls | kept",
    "broken": "BRUTEN | BROKEN",
    "not applicable": "gäller inte | not applicable",
    "not run": "ej prövad | not tried",
}
_COUNTED = {
    "kept": "{} hålls | kept",
    "broken": "{} BRUTNA | BROKEN",
    "not applicable": "{} gäller inte | not applicable",
    "not run": "{} ej prövade | not tried",
}
_BOUNDED, _STOPPED = "CRT042", "CRT041"
_RULES = {
    "check-healthy": "Källan kan läsas",
    "account-reads-only": "Kontot får bara läsa",
    "discover-twice": "Samma katalog varje gång",
    "discover-all": "Allt som läses finns",
    "keys": "Nycklar skiljer rader åt",
    "schema": "Kolumner och typer som katalogen",
    "read-twice": "Samma rader igen",
    "totals": "Räkningen stämmer före och efter",
    "memory": "Läser i begränsade delar",
    "documents": "Dokument ger samma byte igen",
    "path-traversal": "Inget utanför källan öppnas",
    "only-reading": "Bara läsning skickas",
    "source-untouched": "Källan är orörd",
    "no-secret": "Ingen hemlighet syns",
    "closed-on-cancel": "Avbruten läsning stänger",
    "close-twice": "Går att stänga två gånger",
}


def certify(args: argparse.Namespace) -> int:
    """Try and sign (exit 1: a rule is broken, 3: the source was closed); or verify (1: anything fails)."""
    from leverans.clock import SystemClock
    from leverans.delivery.certifying import certify as tried

    if args.verify:
        return _verified(args)
    if args.delivery is None or args.trust:
        raise UsageError("CRT034", "")
    made, path = tried(
        settings_of(args),
        delivery_of(args.delivery),
        by=person_of(args),
        clock=SystemClock(),
        to=Path(args.to) if args.to else None,
    )
    if args.json:
        show_json({"certificate": str(path), "kept": made.kept, **made.body})
        return _status(made.body, kept=made.kept)
    for source in made.body["sources"]:
        rows = [
            (one["rule"], _RULES[one["rule"]], _VERDICTS[one["verdict"]], _reason(one))
            for one in source["rules"]
        ]
        title = f"{source['source']}: {source['connector']} ({source['kind']} {source['version']})".rstrip()
        table(title, ["Regel", "Vad den kräver", "Utfall", "Varför"], rows)
    signature = made.signatures[0]
    sys.stdout.write(f"Undertecknat av | signed by {signature.owner}, {signature.at}: {path}\n")
    sys.stdout.write(f"{_counted(made.body)}\n")
    return _status(made.body, kept=made.kept)


def _status(body: Mapping[str, Any], *, kept: bool) -> int:
    """Give the exit status: 1 a rule is broken, 3 an outage, a stop or the hours left some untried."""
    stopped = any(one.get("code") == _STOPPED for source in body["sources"] for one in source["rules"])
    return 1 if not kept else 3 if stopped else 0


def _counted(body: Mapping[str, Any]) -> str:
    """Say how many rules were seen to hold, and what was not seen."""
    rules = [one for source in body["sources"] for one in source["rules"]]
    number = Counter(one["verdict"] for one in rules)
    told = [text.format(number[state]) for state, text in _COUNTED.items() if number[state]]
    if any(one.get("code") == _BOUNDED for one in rules):
        most = max(source["bound"] for source in body["sources"])
        told.append(
            f"stora tabeller: bara de första raderna, minst {most} | large tables: only the first rows"
        )
    return f"{len(rules)} regler | rules: " + "; ".join(told)


def _reason(one: dict[str, dict[str, str]]) -> str:
    return f"{one['text']['sv']}\n{one['text']['en']}" if "text" in one else ""


def _verified(args: argparse.Namespace) -> int:
    from leverans.cli.trusting import show_checks
    from leverans.delivery.certifying import Certificate, verify_certificate
    from leverans.delivery.verifying import failing
    from leverans.trust import Trust

    settings, path = settings_of(args), Path(args.verify)
    trust = Trust.load(Path(args.trust)) if args.trust else Trust.of_home(settings.home)
    name = delivery_of(args.delivery) if args.delivery else ""
    if not path.is_file():
        raise UsageError("CRT034", path.name)
    checks = verify_certificate(path, trust, settings=settings, name=name)
    valid = not failing(checks)
    told = Certificate.read(path.read_bytes(), path.name) if checks[0].verdict == "holds" else None
    believed = told is not None and all(
        check.verdict == "holds" for check in checks if check.name in {"form", "signature", "key"}
    )
    about = {"delivery": told.delivery, "kept": told.kept} if told is not None and believed else {}
    if args.json:
        plain = [check.plain() for check in checks]
        show_json({"certificate": path.name, "valid": valid, **about, "checks": plain})
        return 0 if valid else 1
    show_checks(f"Källintyg | certificate {path.name}", checks, _CHECKS)
    if told is not None and believed:
        sys.stdout.write(f"{told.delivery}, {told.body['at']}, {told.body['by']}: {_counted(told.body)}\n")
    else:
        sys.stdout.write("Intyget är inte att lita på; inget utfall visas | not to be believed; no verdict\n")
    if not args.trust:
        sys.stdout.write(
            "Nycklarna är arbetsrotens egna; --trust DIR håller intyget mot nycklar som du litar på.\n"
            "    The keys are those of the work root; --trust DIR holds it to keys that you trust.\n"
        )
    return 0 if valid else 1
