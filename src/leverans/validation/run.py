"""One validation from the first byte to the report."""

from pathlib import Path

from leverans.errors import LeveransError
from leverans.formats.container import open_container
from leverans.formats.entries import Survey, visible
from leverans.validation.cspackage import CsPackage, has_sip
from leverans.validation.cspackage.steps import NAME as SIP
from leverans.validation.databases import SUFFIX, form_of, is_siard, validate_siard
from leverans.validation.document import kind_of, validate_document
from leverans.validation.layout import MANIFEST_NAME
from leverans.validation.package import Package
from leverans.validation.profiles import CSIP, CSPACKAGE, SIARD, RuleProfile, fallback, profiles
from leverans.validation.report import Report
from leverans.validation.sink import Sink
from leverans.validation.steps import Progress, Run, plain

_DOCUMENTS = {"sip": CSPACKAGE, "cases": CSPACKAGE, "siard": SIARD}


def validate(path: Path, *, profile: str | None = None, progress: Progress | None = None) -> Report:
    """Validate one package: a folder, a zip or a tar.

    Args:
        path: the package.
        profile: name of a rule profile (see ``profiles.toml``); found from ``mets/@PROFILE`` when not given.
        progress: called with (bytes read, bytes in all) as the files are read.

    Returns:
        The report. Nothing is ever raised: whatever comes becomes a finding.
    """
    return examine(path, profile=profile, progress=progress)


def examine(
    path: Path,
    *,
    profile: str | None = None,
    progress: Progress | None = None,
    without: frozenset[str] = frozenset(),
) -> Report:
    """Validate as `validate` does, with the rules `without` switched off (for the tests of the rules)."""
    chosen = profiles().get(profile or "", fallback())
    sink = Sink(chosen.levels, without)
    found: dict[str, int] = {}
    if profile is not None and profile not in profiles():
        sink.report("VAL005", profile, value=", ".join(profiles()))
    package: Package | None = None
    try:
        kind = kind_of(path)
        if kind:
            kind = _sip(path, kind)
            chosen, forced = _fitting(profile, (_DOCUMENTS.get(kind, CSIP),), path, sink)
            package = validate_document(path, kind, sink, chosen, forced=forced)
        else:
            with open_container(path) as container:
                survey = container.survey()
                forms = _forms(survey, path)
                chosen, forced = _fitting(profile, forms, path, sink)
                form = chosen.form if forced else next(iter(forms), CSIP)
                if form == SIARD:
                    sink.levels = (chosen := profiles()[SIARD]).levels
                    found = validate_siard(container, survey, path, sink)
                else:
                    steps = CsPackage if form == CSPACKAGE else Run
                    run = steps(container, survey, sink, chosen, forced=forced, progress=progress)
                    package = run.package
                    run.all()
    except LeveransError as fault:
        if path.suffix.casefold() == SUFFIX and fault.code in {"VAL002", "ZIP001"}:
            sink.levels = (chosen := profiles()[SIARD]).levels
            sink.report("G_4.1-1", visible(path.name), value=_form(path))
        else:
            sink.report(fault.code, fault.where, **plain(fault))
    except Exception as fault:  # noqa: BLE001 - whatever comes becomes a finding
        sink.report("VAL004", visible(path.name), value=type(fault).__name__)
    counts = (dict(package.counts) if package else found) | sink.counts
    return Report(
        package=visible(_name(path)),
        valid=not sink.counts["errors"],
        profile=package.profile.name if package else chosen.name,
        findings=sink.close(),
        counts=counts,
    )


def _forms(survey: Survey, path: Path) -> tuple[str, ...]:
    """Name all that what was opened can be by what it holds, the likeliest first."""
    siard, manifest = is_siard(survey, path), MANIFEST_NAME in survey.index
    seen = ((SIARD, siard and not manifest), (CSIP, manifest), (SIARD, siard), (CSPACKAGE, has_sip(survey)))
    return tuple(form for form, there in seen if there)


def _fitting(name: str | None, forms: tuple[str, ...], path: Path, sink: Sink) -> tuple[RuleProfile, bool]:
    """Give the profile to begin with, and whether it was asked for; one of another kind is told (VAL009).

    What is of no kind at all lacks its METS.xml (CSIPSTR4), which only profiles of METS packages say.
    """
    asked = profiles().get(name or "")
    if asked is None:
        return fallback(), False
    if asked.form in (forms or (CSIP,)):
        return asked, True
    sink.report("VAL009", visible(_name(path)), value=forms[0] if forms else "–", name=asked.name)
    sink.levels = fallback().levels
    return fallback(), False


def _name(path: Path) -> str:
    """Name the package; the folder one stands in has a name, too, which ``.`` does not say."""
    try:
        return path.name or path.absolute().name
    except OSError:
        return path.name


def _sip(path: Path, kind: str) -> str:
    return "sip" if kind == "mets" and path.name.casefold() == SIP else kind


def _form(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return form_of(file.read(8))
    except OSError:
        return "?"
