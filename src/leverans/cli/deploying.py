"""``leverans deploy``: what municipalities want, brought to a Prefect server.

Prefect itself is imported by ``flows/deploy.py`` alone, which is loaded by its path.
"""

import argparse
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from leverans.cli.common import settings_of
from leverans.cli.show import show_json, table
from leverans.errors import ConfigurationError

FLOWS = "flows"
_DRIFTS = {
    "missing": "saknas | missing",
    "changed": "ändrad | changed",
    "extra": "övertalig | extra",
    "stale": "inaktuell | stale",
}
_KINDS = {
    "pool": "arbetspool",
    "limit": "gräns",
    "deployment": "flöde",
    "schedule": "schema",
    "automation": "automation",
    "file": "fil",
}


def deploy(args: argparse.Namespace) -> int:
    """Render, check or apply; exit 1 when a check finds anything."""
    content = settings_of(args).content
    if args.render:
        return _render(args, content)
    deploying = _loaded(content, "deploy")
    if args.check:
        drifts = [drift.plain() for drift in deploying.check(content)]
        _show(args, "drift", drifts, "Avvikelser | drift", "Servern stämmer med registret. | No drift.")
        return 1 if drifts else 0
    done = [drift.plain() for drift in deploying.apply(content, prune=args.prune)]
    _show(args, "done", done, "Infört på servern | brought to the server", "Inget att göra. | Nothing to do.")
    return 0


def _render(args: argparse.Namespace, content: Path) -> int:
    from leverans.blobs import commit

    desired = _loaded(content, "desired")
    path, text = content / desired.FILE, desired.rendered(content)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        with commit(path.parent) as group:
            group.file(path).write_text(text, encoding="utf-8")
    if args.json:
        show_json({"path": str(path)})
    else:
        sys.stdout.write(f"{path}\n")
    return 0


def _loaded(content: Path, name: str) -> ModuleType:
    """Load a module of the flows by its path: those of the content root, else those of this checkout.

    Raises:
        ConfigurationError: FLW005, there are none.
    """
    places = (content, Path(__file__).resolve().parents[3])
    root = next((place for place in places if (place / FLOWS / f"{name}.py").is_file()), None)
    if root is None:
        raise ConfigurationError("FLW005", "", file=f"{name}.py")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    spec = spec_from_file_location(f"{FLOWS}.{name}", root / FLOWS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ConfigurationError("FLW005", "", file=f"{name}.py")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _show(args: argparse.Namespace, key: str, drifts: list[dict[str, Any]], title: str, nothing: str) -> None:
    if args.json:
        show_json({key: drifts})
    elif not drifts:
        sys.stdout.write(f"{nothing}\n")
    else:
        rows = [
            (drift["name"], _KINDS[drift["kind"]], _DRIFTS[drift["drift"]], ", ".join(drift["fields"]))
            for drift in drifts
        ]
        table(title, ["Namn", "Vad", "Avvikelse", "Fält"], rows)
