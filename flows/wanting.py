"""What the server should hold, and what it holds, as plain things that can be compared one by one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flows.automating import PREFIX, RULES, automation, plain
from flows.desired import CONCURRENCY, PULL, TAG, Deployment, desired, job_variables
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowFilter
from prefect.client.schemas.responses import DeploymentResponse
from prefect.utilities.callables import parameter_schema_from_entrypoint

from leverans.registry import ZONE

Key = tuple[str, str]
"""Kind and name: ``pool``, ``limit``, ``deployment``, ``schedule`` (``deployment slug``), ``automation``."""

Things = dict[Key, dict[str, Any]]

OWNED = "leverans: "
"""How the description of a pool of ours begins."""

QUEUE = "default"
"""The queue of a pool in which all its runs wait; what pauses or limits it stops them."""

_OPEN: dict[str, Any] = {"paused": False, "limit": None, "queue paused": False, "queue limit": None}
_AS_IT_STANDS: dict[str, Any] = {"active": True, "day_or": True, "parameters": {}, "most runs": None}
"""A schedule starts what its deployment says, at every fire of its line."""

SOURCE = "source:"
_PAGE = 200


def wanted(content: Path, flows: Path) -> Things:
    """Give what the server should hold.

    Args:
        content: the content root.
        flows: the folder of the flows.

    Raises:
        ConfigurationError: a delivery's files are wrong.
    """
    plan = desired(content)
    things: Things = {}
    for pool in plan.pools:
        things["pool", pool] = {"type": "process", **_OPEN}
    for limit in plan.limits.values():
        things["limit", limit.name] = {"limit": limit.limit, "active": True}
    for one in plan.deployments.values():
        things["deployment", one.title] = _deployment(one, flows)
        if one.cron:
            things["schedule", f"{one.title} {one.slug}"] = {"cron": one.cron, "zone": ZONE, **_AS_IT_STANDS}
    for name in RULES:
        made = automation(name, {title: _stand_in(title) for title in plan.deployments})
        things["automation", name] = plain(made, {_stand_in(title): title for title in plan.deployments})
    return things


def _stand_in(title: str) -> UUID:
    return uuid5(NAMESPACE_URL, title)


def _deployment(one: Deployment, flows: Path) -> dict[str, Any]:
    schema = parameter_schema_from_entrypoint(f"{flows / one.file}.py:{one.flow}")
    return {
        "entrypoint": one.entrypoint,
        "pool": one.pool,
        "queue": QUEUE,
        "parameters": one.parameters,
        "tags": list(one.tags),
        "description": one.description,
        "concurrency": CONCURRENCY,
        "pull": PULL,
        "job_variables": job_variables(),
        "paused": False,
        "schema": schema.model_dump(mode="json"),
    }


class Present:
    """What a server holds of ours.

    Attributes:
        things: comparable with `wanted`.
        ids: the server's ids of deployments, schedules and automations.
        flows: names of the flows whose deployments are ours whatever their tags say.
    """

    def __init__(self, client: SyncPrefectClient, flows: set[str]) -> None:
        self.things: Things = {}
        self.ids: dict[Key, Any] = {}
        self._client = client
        self._pools()
        self._limits()
        self._deployments(flows)
        self._automations()

    def _pools(self) -> None:
        for pool in self._paged(self._client.read_work_pools):
            queue = self._client.read_work_queue_by_name(QUEUE, work_pool_name=pool.name)
            self.things["pool", pool.name] = {
                "type": pool.type,
                "paused": bool(pool.is_paused),
                "limit": pool.concurrency_limit,
                "queue paused": bool(queue.is_paused),
                "queue limit": queue.concurrency_limit,
            }
            self.ids["pool", pool.name] = (pool.description or "").startswith(OWNED)

    def _limits(self) -> None:
        for limit in self._paged(self._client.read_global_concurrency_limits):
            if limit.name.startswith(SOURCE):
                self.things["limit", limit.name] = {"limit": limit.limit, "active": limit.active}

    def _deployments(self, flows: set[str]) -> None:
        names = {
            flow.id: flow.name for flow in self._paged(self._client.read_flows, flow_filter=FlowFilter())
        }
        for one in self._paged(self._client.read_deployments):
            flow = names.get(one.flow_id, "?")
            if TAG not in one.tags and flow not in flows:
                continue
            title = f"{flow}/{one.name}"
            self.things["deployment", title] = _plain(one)
            self.ids["deployment", title] = one.id
            self._schedules(title, one)

    def _schedules(self, title: str, one: DeploymentResponse) -> None:
        for schedule in one.schedules:
            when = schedule.schedule
            key = ("schedule", f"{title} {schedule.slug or schedule.id}")
            self.things[key] = {
                "cron": getattr(when, "cron", type(when).__name__),
                "zone": getattr(when, "timezone", None),
                "active": schedule.active,
                "day_or": getattr(when, "day_or", True),
                "parameters": schedule.parameters,
                "most runs": schedule.max_scheduled_runs,
            }
            self.ids[key] = (one.id, schedule.id)

    def _automations(self) -> None:
        titles = {own: title for (kind, title), own in self.ids.items() if kind == "deployment"}
        for found in self._client.read_automations():
            if found.name.startswith(PREFIX):
                key = ("automation", found.name)
                self.things[key] = plain(found, titles)
                self.ids[key] = found.id

    def _paged(self, read: Any, **given: Any) -> Iterator[Any]:
        offset = 0
        while page := read(limit=_PAGE, offset=offset, **given):
            yield from page
            offset += len(page)
            if len(page) < _PAGE:
                return


def _plain(one: DeploymentResponse) -> dict[str, Any]:
    limit, options = one.global_concurrency_limit, one.concurrency_options
    return {
        "entrypoint": one.entrypoint,
        "pool": one.work_pool_name,
        "queue": one.work_queue_name,
        "parameters": one.parameters,
        "tags": list(one.tags),
        "description": one.description,
        "concurrency": {
            "limit": limit.limit if limit else None,
            "collision_strategy": options.collision_strategy.value if options else None,
        },
        "pull": one.pull_steps,
        "job_variables": one.job_variables,
        "paused": one.paused,
        "schema": one.parameter_openapi_schema,
    }
