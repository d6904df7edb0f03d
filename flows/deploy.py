"""Brings the registry's deployments to a Prefect server, and tells what is otherwise there.

The command line loads this module by its path: nothing in ``src/`` imports Prefect.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
from flows.automating import automation
from flows.desired import FILE, TAG, rendered
from flows.wanting import OWNED, QUEUE, Key, Present, Things, wanted
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import (
    DeploymentScheduleCreate,
    DeploymentUpdate,
    GlobalConcurrencyLimitUpdate,
    WorkPoolCreate,
    WorkPoolUpdate,
)
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.client.schemas.schedules import CronSchedule
from prefect.settings import get_current_settings

from leverans.errors import ConfigurationError, Outage

__all__ = ["Drift", "apply", "check", "rendered"]

FLOWS = Path(__file__).parent
_ORDER = ("pool", "limit", "deployment", "schedule", "automation", "file")


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that is otherwise on the server than the registry says.

    Attributes:
        drift: ``missing``, ``changed``, ``extra`` (ours, and wanted no more) or ``stale`` (a schedule that
            the registry does not know).
        kind: ``pool``, ``limit``, ``deployment``, ``schedule``, ``automation`` or ``file``.
        name: what it is called.
        fields: what differs, as ``field: [wanted, found]``.
    """

    drift: Literal["missing", "changed", "extra", "stale"]
    kind: str
    name: str
    fields: dict[str, list[Any]]

    def plain(self) -> dict[str, Any]:
        """Give it as ``leverans deploy --check --json`` prints it."""
        return asdict(self)


def check(content: Path) -> list[Drift]:
    """Hold the server against the registry; nothing is changed.

    Raises:
        ConfigurationError: a delivery's files are wrong, FLW007 no server is named, FLW008 a wrong schedule.
        Outage: FLW006, the server does not answer.
    """
    should = _wanted(content)
    with _server() as client:
        found = Present(client, _flows(should))
    return [*_differences(should, found), *_file(content)]


def apply(content: Path, *, prune: bool = False) -> list[Drift]:
    """Bring the server to what the registry says; give what was done.

    Stale schedules of wanted deployments go always: they would start something. What else is ours and wanted
    no more goes with `prune` only. ``prefect.yaml`` is left to ``leverans deploy --render``.

    Raises:
        ConfigurationError: as `check`.
        Outage: FLW006, the server does not answer.
    """
    should = _wanted(content)
    done: list[Drift] = []
    with _server() as client:
        for kind in _ORDER:
            found = Present(client, _flows(should))
            drifts = [drift for drift in _differences(should, found) if drift.kind == kind]
            done += [one for one in drifts if _brought(client, one, should, found, prune=prune)]
    return done


def _wanted(content: Path) -> Things:
    should = wanted(content, FLOWS)
    for (kind, name), fields in should.items():
        if kind == "schedule":
            _cron(name.split()[0], fields)
    return should


def _cron(delivery: str, fields: dict[str, Any]) -> CronSchedule:
    try:
        return CronSchedule(cron=fields["cron"], timezone=fields["zone"])
    except ValueError as fault:
        raise ConfigurationError("FLW008", delivery, delivery=delivery, cron=fields["cron"]) from fault


def _flows(should: Things) -> set[str]:
    return {name.split("/", maxsplit=1)[0] for kind, name in should if kind == "deployment"}


@contextmanager
def _server() -> Iterator[SyncPrefectClient]:
    address = get_current_settings().api.url
    if not address:
        raise ConfigurationError("FLW007")
    try:
        with get_client(sync_client=True) as client:
            client.raise_for_api_version_mismatch()
            yield client
    except (httpx.TransportError, RuntimeError) as fault:
        raise Outage("FLW006", address=address) from fault


def _differences(should: Things, found: Present) -> list[Drift]:
    drifts: list[Drift] = []
    for key, fields in should.items():
        there = found.things.get(key)
        if there is None:
            drifts.append(Drift("missing", *key, {}))
        elif there != fields:
            differing = {
                name: [fields[name], there.get(name)] for name in fields if fields[name] != there.get(name)
            }
            drifts.append(Drift("changed", *key, differing))
    for key in found.things.keys() - should.keys():
        if key[0] == "schedule":
            title = key[1].split(maxsplit=1)[0]
            if ("deployment", title) in should:
                drifts.append(Drift("stale", *key, {"cron": [None, found.things[key]["cron"]]}))
        elif key[0] != "pool" or found.ids[key]:
            drifts.append(Drift("extra", *key, {}))
    return sorted(drifts, key=lambda one: (_ORDER.index(one.kind), one.name))


def _file(content: Path) -> list[Drift]:
    path = content / FILE
    if not path.is_file() or path.read_text(encoding="utf-8") == rendered(content):
        return []
    return [Drift("changed", "file", FILE, {})]


def _brought(client: SyncPrefectClient, drift: Drift, should: Things, found: Present, *, prune: bool) -> bool:
    """Mend one difference; say whether anything was done."""
    key = (drift.kind, drift.name)
    if drift.drift in {"missing", "changed"}:
        _BRING[drift.kind](client, key, should[key], found)
        return True
    if drift.drift == "stale" or (prune and _ours(key, found)):
        _remove(client, key, found)
        return True
    return False


def _ours(key: Key, found: Present) -> bool:
    return key[0] != "deployment" or TAG in found.things[key]["tags"]


def _pool(client: SyncPrefectClient, key: Key, fields: dict[str, Any], found: Present) -> None:
    name, there = key[1], found.things.get(key)
    description = f"{OWNED}{name}"
    if there is not None and there["type"] != fields["type"]:
        client.delete_work_pool(name)
        there = None
    if there is None:
        client.create_work_pool(WorkPoolCreate(name=name, type=fields["type"], description=description))
    else:
        limit = fields["limit"]
        client.update_work_pool(
            name, WorkPoolUpdate(is_paused=False, concurrency_limit=limit, description=description)
        )
        queue = client.read_work_queue_by_name(QUEUE, work_pool_name=name)
        client.update_work_queue(queue.id, is_paused=False, concurrency_limit=fields["queue limit"])


def _limit(client: SyncPrefectClient, key: Key, fields: dict[str, Any], found: Present) -> None:
    client.upsert_global_concurrency_limit_by_name(key[1], fields["limit"])
    if key in found.things and not found.things[key]["active"]:
        client.update_global_concurrency_limit(key[1], GlobalConcurrencyLimitUpdate(active=True))


def _deployment(client: SyncPrefectClient, key: Key, fields: dict[str, Any], found: Present) -> None:
    flow, name = key[1].split("/", maxsplit=1)
    given = {
        "entrypoint": fields["entrypoint"],
        "work_pool_name": fields["pool"],
        "work_queue_name": fields["queue"],
        "parameters": fields["parameters"],
        "tags": fields["tags"],
        "description": fields["description"],
        "concurrency_limit": fields["concurrency"]["limit"],
        "concurrency_options": ConcurrencyOptions(
            collision_strategy=fields["concurrency"]["collision_strategy"]
        ),
        "pull_steps": fields["pull"],
        "job_variables": fields["job_variables"],
        "paused": fields["paused"],
        "parameter_openapi_schema": fields["schema"],
        "enforce_parameter_schema": True,
    }
    own = found.ids.get(key)
    if own is None:
        client.create_deployment(client.create_flow_from_name(flow), name, **given)
    else:
        client.update_deployment(own, DeploymentUpdate(**given))


def _schedule(client: SyncPrefectClient, key: Key, fields: dict[str, Any], found: Present) -> None:
    title, slug = key[1].split(maxsplit=1)
    when = _cron(title, fields)
    if key in found.ids:  # a new one has none of the fields that only a hand can have filled
        _remove(client, key, found)
    made = DeploymentScheduleCreate(schedule=when, active=True, slug=slug)
    client.create_deployment_schedules(found.ids["deployment", title], [made])


def _automation(client: SyncPrefectClient, key: Key, _fields: dict[str, Any], found: Present) -> None:
    ids = {title: own for (kind, title), own in found.ids.items() if kind == "deployment"}
    made = automation(key[1], ids)
    own = found.ids.get(key)
    if own is None:
        client.create_automation(made)
    else:
        client.update_automation(own, made)


_BRING = {
    "pool": _pool,
    "limit": _limit,
    "deployment": _deployment,
    "schedule": _schedule,
    "automation": _automation,
}


def _remove(client: SyncPrefectClient, key: Key, found: Present) -> None:
    kind, name = key
    if kind == "pool":
        client.delete_work_pool(name)
    elif kind == "limit":
        client.delete_global_concurrency_limit_by_name(name)
    elif kind == "deployment":
        client.delete_deployment(found.ids[key])
    elif kind == "schedule":
        client.delete_deployment_schedule(*found.ids[key])
    else:
        client.delete_automation(found.ids[key])
