"""``leverans quarantine`` and ``leverans approve``."""

import argparse
import sys
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from leverans.cli.asking import ledgers, unknown
from leverans.cli.common import delivery_of, moment_of, person_of, settings_of
from leverans.cli.show import counted, show_json, table
from leverans.delivery.result import RunResult
from leverans.errors import UsageError
from leverans.ledger import Aside, Decision
from leverans.ledger.queries import HELD

if TYPE_CHECKING:
    from leverans.report.guarded import Names
    from leverans.report.ruletexts import Rules

_WORDS = {"accept": "godtaget", "exclude": "undantaget"}
_DONE = {
    "accept": "Godtaget | accepted",
    "exclude": "Undantaget | excluded",
    "retry": "Prövat på nytt | retried",
}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What lies in quarantine of a delivery, with what was decided about it and what may be told of it."""

    delivery: str
    everything: list[tuple[Aside, Decision | None]]
    names: "Names"
    rules: "Rules"
    held: tuple[dict[str, Any], ...] = ()

    def plain(self, aside: Aside, stands: Decision | None, *, reveal: bool = False) -> dict[str, Any]:
        told = {language: self.rules.text(aside.rule, language) for language in ("sv", "en")}
        return {
            **asdict(aside),
            "name": self.names.name(aside),
            "key": aside.key if reveal else self.names.key(aside),
            "reference": self.names.reference(aside),
            "number": aside.number if aside.object is None else None,
            "text": {"sv": aside.text("sv"), "en": aside.text("en")},
            "rule_text": told if any(told.values()) else None,
            "acceptable": _acceptable(aside),
            "decision": stands.plain() if stands is not None else None,
        }


def listed(args: argparse.Namespace) -> int:
    """List what lies in quarantine, with what was decided about it."""
    from leverans.report.guarded import apart

    found = _waiting(args)
    waiting = [
        (aside, stands)
        for aside, stands in found.everything
        if args.code in {None, aside.code}
        and args.rule in {None, aside.rule}
        and not (args.undecided and stands)
    ]
    if args.json:
        show_json(
            {
                "delivery": found.delivery,
                "test": args.test,
                "undecided": sum(1 for _, stands in waiting if stands is None),
                "quarantine": [found.plain(aside, stands) for aside, stands in waiting],
                "held_back": list(found.held),
            }
        )
        return 0
    called = apart(
        [(found.names.name(aside), aside.key if aside.object else None, aside.number) for aside, _ in waiting]
    )
    rows = [
        (
            name,
            aside.code,
            aside.rule or "",
            found.rules.text(aside.rule, "sv") or aside.text("sv"),
            _decided(stands),
        )
        for name, (aside, stands) in zip(called, waiting, strict=True)
    ]
    title = f"Karantän {_title(found.delivery, args)}"
    table(title, ["Objekt eller rad", "Kod", "Regel", "Orsak", "Beslut"], rows)
    _show_held(found.held)
    return 0


def _show_held(held: tuple[dict[str, Any], ...]) -> None:
    """Name what waits with its partition, though nothing is wrong with it and nothing is to be decided."""
    rows = []
    for one in held:
        more = one["objects"] - len(one["names"])
        names = [*one["names"], *([f"… {more}"] if more else [])]
        rows += [(name, one["code"], f"{one['partition']}/{one['route']}") for name in names]
    if rows:
        title = "Hålls tillbaka, inget att besluta | held back by QUA006, nothing to decide"
        table(title, ["Objekt", "Kod", "Del"], rows)


def shown(args: argparse.Namespace) -> int:
    """Show one object that was set aside, with the mapping line, the remedy and the decisions."""
    waiting = _waiting(args)
    found = [(aside, stands) for aside, stands in waiting.everything if aside.goes_by(args.object)]
    if not found:
        raise unknown(args.object)
    if args.reveal:
        _note_revealed(args, waiting.delivery, [aside for aside, _ in found])
    plain = [waiting.plain(aside, stands, reveal=args.reveal) for aside, stands in found]
    if args.json:
        show_json({"delivery": waiting.delivery, "test": args.test, "quarantine": plain})
        return 0
    for (aside, stands), told in zip(found, plain, strict=True):
        rows = [*_sheet(aside, told), ("Beslut", _decided(stands) or "–")]
        if stands is not None:
            rows += [("Beslutat av", stands.person), ("Motivering", stands.reason)]
        table(f"Karantän {_title(waiting.delivery, args)}", ["Vad", "Värde"], rows)
    return 0


def _sheet(aside: Aside, told: dict[str, Any]) -> list[tuple[str, str]]:
    from leverans.findings import catalogue

    kind = catalogue().get(aside.code)
    rule = told["rule_text"] or {"sv": "–", "en": "–"}
    return [
        ("Objekt", aside.object or told["name"]),
        ("Diarienummer", told["reference"] or "–"),
        ("Nyckel i källan", told["key"] or "–"),
        ("Ström", aside.stream or "–"),
        ("Kod", aside.code),
        ("Orsak", told["text"]["sv"]),
        ("Reason", told["text"]["en"]),
        ("Regel", aside.rule or "–"),
        ("Regelns text", rule["sv"] or "–"),
        ("Text of the rule", rule["en"] or "–"),
        ("Plats", aside.where or "–"),
        ("Åtgärd", kind.remedy_sv if kind else "–"),
        ("Remedy", kind.remedy_en if kind else "–"),
        ("Kan godtas", "ja | yes" if told["acceptable"] else "nej | no"),
    ]


def _note_revealed(args: argparse.Namespace, name: str, asides: list[Aside]) -> None:
    """Write down in the audit log, first, who has file names shown."""
    from leverans.clock import SystemClock
    from leverans.delivery.witness import witnessed
    from leverans.ledger.audit import REVEAL

    things = [aside.object or f"{aside.stream} nr {aside.number}" for aside in asides]
    entry = {"tool": "quarantine", "delivery": name, "by": person_of(args), "objects": things}
    with witnessed(settings_of(args), name.partition("/")[0], SystemClock()) as ledger:
        ledger.audit.append(REVEAL, entry)


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
        f"{_title(name, args)}: {_DONE[args.action]}, {_things(done.objects, 'objekt', 'objekt', 'object')}, "
        f"{_things(done.rows, 'rad', 'rader', 'row')} ({done.decision.reference}, {done.decision.person})\n"
    )
    if done.result is not None:
        from leverans.cli.delivering import show_result

        show_result(name, done.result.plain())
    _show_left(done.undecided, settled=done.settled)
    return 0 if complete else 1


def _things(number: int, one: str, many: str, english: str) -> str:
    return f"{counted(number, one, many)} | {english if number == 1 else english + 's'}"


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
                "test_only": dict(done.test_only),
            }
        )
        return 0
    content = done.statement["content"]
    sys.stdout.write(
        f"Godkänd | approved: {name} TEST {args.run}, "
        f"{_things(content['objects'], 'objekt', 'objekt', 'object')}, "
        f"{done.statement['undecided']} obeslutade | undecided\n"
        f"Underskrift | signature    {done.path}\n"
    )
    if done.test_only:
        told = {action: done.test_only.get(action, 0) for action in ("accept", "exclude")}
        sys.stdout.write(
            f"! Bara för TEST | for TEST only: {told['accept']} godtagna | accepted, "
            f"{told['exclude']} undantagna | excluded\n"
            "    Besluten följer inte med till den skarpa körningen: den sätter samma sak i karantän.\n"
            "    The decisions are not carried over: the live run sets the same aside.\n"
        )
    if done.missing:
        sys.stdout.write(f"Godkänns också av | to be approved by, too: {done.missing}\n")
    return 0


def _delivery_of_run(args: argparse.Namespace) -> str:
    """Find the delivery of a run; a lost ledger is told as one, where no other knows the run."""
    from leverans.delivery.traces import refuse_lost

    for ledger in ledgers(args, ""):
        for state in ledger.runs():
            if state.run.id == args.run:
                return state.run.delivery
    settings = settings_of(args)
    for name in sorted(path.name for path in settings.home.glob("*") if path.is_dir()):
        refuse_lost(settings.municipality(name), name)
        for ledger in ledgers(args, name):
            refuse_lost(settings.municipality(name), name, ledger)
    raise UsageError("USE003", given=args.run)


def _waiting(args: argparse.Namespace) -> _Waiting:
    """Read what lies in quarantine, and once for all that is shown what may be told of it."""
    from leverans.report.guarded import Names, masked
    from leverans.report.landed import file_streams
    from leverans.report.parties import read_delivery
    from leverans.report.ruletexts import read_rules

    name, settings = delivery_of(args.delivery), settings_of(args)
    municipality, _, short = name.partition("/")
    for ledger in ledgers(args, municipality):
        if any(state.run.delivery == name for state in ledger.runs()):
            of = ledger.decisions.chain(name, test=args.test)
            made = ledger.checkpoints(of.full.run, "extract").get("landing", {}) if of is not None else {}
            files = file_streams(settings.municipality(municipality), short, str(made.get("id", "")))
            rules = read_rules(settings, read_delivery(settings, name))
            asides = ledger.decisions.asides(name, test=args.test)
            told = ledger.events(of.full.run, HELD) if of is not None else []
            held = tuple(
                {**part, "names": [masked(one) for one in part["names"]]}
                for one in told[-1:]
                for part in one["parts"]
            )
            return _Waiting(name, asides, Names(files), rules, held)
    raise unknown(name)


def _title(name: str, args: argparse.Namespace) -> str:
    return f"{name} TEST" if args.test else name


def _decided(stands: Decision | None) -> str:
    return f"{_WORDS[stands.action]} ({stands.reference})" if stands is not None else ""


def _acceptable(aside: Aside) -> bool:
    from leverans.findings import catalogue

    kind = catalogue().get(aside.code)
    return aside.object is not None and (kind is None or kind.acceptable)


def _show_left(undecided: int, *, settled: bool) -> None:
    told = "reglerad | settled" if settled else f"{undecided} obeslutade | undecided"
    sys.stdout.write(f"Leveransen är nu | the delivery is now: {told}\n")
