"""One validation from the first byte to the report."""

from pathlib import Path

from leverans.errors import LeveransError
from leverans.formats.container import open_container
from leverans.formats.entries import visible
from leverans.validation.cspackage import CsPackage, is_cspackage
from leverans.validation.cspackage.steps import NAME as SIP
from leverans.validation.databases import SUFFIX, form_of, is_siard, validate_siard
from leverans.validation.document import kind_of, validate_document
from leverans.validation.layout import MANIFEST_NAME
from leverans.validation.package import Package
from leverans.validation.profiles import SIARD, fallback, profiles
from leverans.validation.report import Report
from leverans.validation.sink import Sink
from leverans.validation.steps import Progress, Run, plain


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
            forced = profile in profiles()
            package = validate_document(path, _sip(path, kind), sink, chosen, forced=forced)
        else:
            with open_container(path) as container:
                survey = container.survey()
                if MANIFEST_NAME not in survey.index and is_siard(survey, path):
                    sink.levels = (chosen := profiles()[SIARD]).levels
                    found = validate_siard(container, survey, path, sink)
                else:
                    steps = CsPackage if is_cspackage(survey) else Run
                    forced = profile in profiles()
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
