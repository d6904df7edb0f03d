"""``leverans quarantine`` and ``leverans approve``."""

import argparse
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, cast

from leverans.cli.asking import ledgers, unknown
from leverans.cli.common import delivery_of, moment_of, person_of, settings_of
from leverans.cli.show import show_json, table
from leverans.delivery.result import RunResult
from leverans.errors import UsageError
from leverans.ledger import Aside, Decision

if TYPE_CHECKING:
    from leverans.report.ruletexts import Rules

_WORDS = {"accept": "godtaget", "exclude": "undantaget"}
_DONE = {
    "accept": "Godtaget | accepted",
    "exclude": "Undantaget | excluded",
    "retry": "Prövat på nytt | retried",
}


def listed(args: argparse.Namespace) -> int:
    """List what lies in quarantine, with what was decided about it."""
    name, everything = _waiting(args)
    waiting = [
        (aside, stands)
        for aside, stands in everything
        if args.code in {None, aside.code}
        and args.rule in {None, aside.rule}
        and not (args.undecided and stands)
    ]
    rules = _rules(args, name)
    if args.json:
        show_json(
            {
                "delivery": name,
                "test": args.test,
                "undecided": sum(1 for _, stands in waiting if stands is None),
                "quarantine": [_plain(aside, stands, rules) for aside, stands in waiting],
            }
        )
        return 0
    rows = [
        (
            _called(aside),
            aside.code,
            aside.rule or "",
            rules.text(aside.rule, "sv") or aside.text("sv"),
            _decided(stands),
        )
        for aside, stands in waiting
    ]
    table(f"Karantän {_title(name, args)}", ["Objekt eller rad", "Kod", "Regel", "Orsak", "Beslut"], rows)
    return 0


def shown(args: argparse.Namespace) -> int:
    """Show one object that was set aside, with the mapping line, the remedy and the decisions."""
    from leverans.findings import catalogue

    name, everything = _waiting(args)
    found = [
        (aside, stands)
        for aside, stands in everything
        if args.object in {aside.object, aside.key, aside.reference}
    ]
    if not found:
        raise unknown(args.object)
    rules = _rules(args, name)
    if args.json:
        plain = [_plain(aside, stands, rules) for aside, stands in found]
        show_json({"delivery": name, "test": args.test, "quarantine": plain})
        return 0
    for aside, stands in found:
        kind = catalogue().get(aside.code)
        rows = [
            ("Objekt", aside.object or "–"),
            ("Diarienummer", aside.reference or "–"),
            ("Nyckel i källan", aside.key or "–"),
            ("Ström", aside.stream or "–"),
            ("Kod", aside.code),
            ("Orsak", aside.text("sv")),
            ("Reason", aside.text("en")),
            ("Regel", aside.rule or "–"),
            ("Regelns text", rules.text(aside.rule, "sv") or "–"),
            ("Text of the rule", rules.text(aside.rule, "en") or "–"),
            ("Plats", aside.where or "–"),
            ("Åtgärd", kind.remedy_sv if kind else "–"),
            ("Remedy", kind.remedy_en if kind else "–"),
            ("Kan godtas", "ja | yes" if _acceptable(aside) else "nej | no"),
            ("Beslut", _decided(stands) or "–"),
        ]
        if stands is not None:
            rows += [("Beslutat av", stands.person), ("Motivering", stands.reason)]
        table(f"Karantän {_title(name, args)}", ["Vad", "Värde"], rows)
    return 0


def decided(args: argparse.Namespace) -> int:
    """Decide, and carry the decision out; exit 1 when its run was refused or incomplete."""
    from leverans.cli.live import Live
    from leverans.delivery.deciding import Asked, Verdict, decide

    name = delivery_of(args.delivery)
    asked = Asked(
        action=cast("Verdict", args.action),
        person=person_of(args),
        reason=args.reason,
        reference=args.decision,
        object=args.object,
        code=args.code,
        rule=args.rule,
        test=args.test,
        record_only=getattr(args, "record_only", False),
        from_source=getattr(args, "from_source", False),
        at=moment_of(getattr(args, "at", None)),
    )
    with Live(quiet=args.json) as live:
        done = decide(settings_of(args), name, asked, progress=live)
    if done.result is not None:
        done = replace(done, result=_reported(args, name, done.result))
    complete = done.result is None or done.result.status == "complete"
    if args.json:
        show_json(done.plain())
        return 0 if complete else 1
    sys.stdout.write(
        f"{_title(name, args)}: {_DONE[args.action]}, {done.objects} objekt | objects, "
        f"{done.rows} rader | rows ({done.decision.reference}, {done.decision.person})\n"
    )
    if done.result is not None:
        from leverans.cli.delivering import show_result

        show_result(name, done.result.plain())
    _show_left(done.undecided, settled=done.settled)
    return 0 if complete else 1


def _reported(args: argparse.Namespace, name: str, result: RunResult) -> RunResult:
    """Write the report of the run that carried the decision out."""
    from leverans.cli.show import show_error
    from leverans.report import attached

    result, warning = attached(settings_of(args), name, result)
    if warning is not None:
        show_error(warning, as_json=False)
    return result


def approve(args: argparse.Namespace) -> int:
    """Approve a test run."""
    from leverans.delivery.approving import approve as sign

    name = _delivery_of_run(args)
    done = sign(
        settings_of(args),
        name,
        args.run,
        person=person_of(args),
        role=args.role,
        reason=args.reason,
        reference=args.decision,
    )
    if args.json:
        show_json(
            {
                "delivery": name,
                "run": args.run,
                "decision": done.decision.plain(),
                "statement": dict(done.statement),
                "file": str(done.path),
                "missing": done.missing,
            }
        )
        return 0
    content = done.statement["content"]
    sys.stdout.write(
        f"Godkänd | approved: {name} TEST {args.run}, {content['objects']} objekt | objects, "
        f"{done.statement['undecided']} obeslutade | undecided\n"
        f"Underskrift | signature    {done.path}\n"
    )
    if done.missing:
        sys.stdout.write(f"Godkänns också av | to be approved by, too: {done.missing}\n")
    return 0


def _delivery_of_run(args: argparse.Namespace) -> str:
    for ledger in ledgers(args, ""):
        for state in ledger.runs():
            if state.run.id == args.run:
                return state.run.delivery
    raise UsageError("USE003", given=args.run)


def _waiting(args: argparse.Namespace) -> tuple[str, list[tuple[Aside, Decision | None]]]:
    """Give the delivery's name and what lies in its quarantine, with what was decided about it."""
    name = delivery_of(args.delivery)
    for ledger in ledgers(args, name.split("/", maxsplit=1)[0]):
        if any(state.run.delivery == name for state in ledger.runs()):
            return name, ledger.decisions.asides(name, test=args.test)
    raise unknown(name)


def _title(name: str, args: argparse.Namespace) -> str:
    return f"{name} TEST" if args.test else name


def _called(aside: Aside) -> str:
    """Give what a person knows the object by; for a row or document its stream and key."""
    if aside.object is None:
        return f"{aside.stream}: {aside.key or '–'}"
    return aside.reference or aside.key or aside.object


def _decided(stands: Decision | None) -> str:
    return f"{_WORDS[stands.action]} ({stands.reference})" if stands is not None else ""


def _acceptable(aside: Aside) -> bool:
    from leverans.findings import catalogue

    kind = catalogue().get(aside.code)
    return aside.object is not None and (kind is None or kind.acceptable)


def _rules(args: argparse.Namespace, name: str) -> "Rules":
    """Read what the rules of the delivery say, once for all that is shown."""
    from leverans.report.parties import read_delivery
    from leverans.report.ruletexts import read_rules

    settings = settings_of(args)
    return read_rules(settings, read_delivery(settings, name))


def _plain(aside: Aside, stands: Decision | None, rules: "Rules") -> dict[str, Any]:
    told = {language: rules.text(aside.rule, language) for language in ("sv", "en")}
    return {
        **asdict(aside),
        "text": {"sv": aside.text("sv"), "en": aside.text("en")},
        "rule_text": told if any(told.values()) else None,
        "acceptable": _acceptable(aside),
        "decision": stands.plain() if stands is not None else None,
    }


def _show_left(undecided: int, *, settled: bool) -> None:
    told = "reglerad | settled" if settled else f"{undecided} obeslutade | undecided"
    sys.stdout.write(f"Leveransen är nu | the delivery is now: {told}\n")
