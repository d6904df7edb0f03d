"""What Prefect's server should hold, computed from ``municipalities/*/``; `rendered` is ``prefect.yaml``."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from leverans.errors import ConfigurationError
from leverans.registry import (
    CENTRE,
    ZONE,
    Delivery,
    Limit,
    deliveries,
    limits,
    load_delivery,
    load_municipality,
    spread,
    timetable,
)

FILE = "prefect.yaml"
TAG = "leverans"
"""What carries this tag is ours: `leverans deploy --prune` takes away what is not wanted any more."""

DELIVERY = "delivery"
"""Tag of the runs that the automations watch over."""

PULL = [{"prefect.deployments.steps.set_working_directory": {"directory": "{{ $LEVERANS_CONTENT }}"}}]
"""The worker's host says where its checkout is; no path of a machine stands in any file."""

CONCURRENCY = {"limit": 1, "collision_strategy": "ENQUEUE"}
"""One run of a delivery at a time; a second one waits."""

HEARTBEAT = 30
"""Seconds between heartbeats of a run: three that are missing mean that it is dead."""

RETRIES = 8
"""A run waits some eight minutes for a server that is away before it gives up; the ledger keeps its place."""

_HEAD = """\
# Rendered from municipalities/*/ by: leverans deploy --render. A test holds the two equal.
# leverans deploy brings it to a server, leverans deploy --check tells what is otherwise there.
"""
_SLUGS = {"cron": "cron", "yearly": "yearly", "monthly": "monthly"}
_WHEN = {
    "once": "en gång, startas för hand",
    "on request": "på begäran, startas för hand",
    "yearly": "varje år",
    "monthly": "varje månad",
    "cron": "enligt eget schema",
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment as it should be.

    Attributes:
        flow: the flow's name; file and function are called the same unless `file` says otherwise.
        file: the flow's file below ``flows/``.
        name: the deployment's name.
        pool: its work pool.
        parameters: what the flow is given.
        tags: without order.
        description: for people.
        cron: when, in `ZONE`; None: somebody or something starts it.
        slug: the schedule's name.
    """

    flow: str
    file: str
    name: str
    pool: str
    parameters: dict[str, Any]
    tags: tuple[str, ...]
    description: str
    cron: str | None = None
    slug: str = "schedule"

    @property
    def title(self) -> str:
        """``flow/name``, as Prefect calls it."""
        return f"{self.flow}/{self.name}"

    @property
    def entrypoint(self) -> str:
        """File and function, from the content root."""
        return f"flows/{self.file}.py:{self.flow}"

    def plain(self) -> dict[str, Any]:
        """Give it as it stands in ``prefect.yaml``."""
        when = {"cron": self.cron, "timezone": ZONE, "slug": self.slug, "active": True}
        return {
            "name": self.name,
            "entrypoint": self.entrypoint,
            "description": self.description,
            "tags": list(self.tags),
            "parameters": self.parameters,
            "work_pool": {"name": self.pool, "job_variables": job_variables()},
            "concurrency_limit": CONCURRENCY,
            "schedules": [when] if self.cron else [],
        }


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything that the server should hold.

    Attributes:
        deployments: by title.
        pools: work pools, all of type ``process``.
        limits: how many may read a source at once.
    """

    deployments: dict[str, Deployment] = field(default_factory=dict)
    pools: tuple[str, ...] = ()
    limits: dict[str, Limit] = field(default_factory=dict)


def job_variables() -> dict[str, Any]:
    """Give what the worker starts every run with."""
    env = {
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT),
        "PREFECT_CLIENT_MAX_RETRIES": str(RETRIES),
    }
    return {"env": env}


def desired(content: Path) -> Desired:
    """Compute what the server should hold.

    Raises:
        ConfigurationError: a delivery's files are wrong, FLW009 two deliveries would share a name.
    """
    names = deliveries(content)
    _distinct(names)
    known = [load_delivery(content, name) for name in names]
    tenants = sorted({one.municipality.name for one in known})
    times = timetable(known)
    found: list[Deployment] = []
    for one in known:
        found += _of_delivery(content, one, times[one.name])
    return Desired(
        deployments={one.title: one for one in [*found, *_maintenance(tenants)]},
        pools=(CENTRE, *tenants),
        limits=limits(known),
    )


def _distinct(names: Iterable[str]) -> None:
    """Refuse deliveries that Prefect could not tell apart: ``mora/a-b`` and ``mora-a/b``."""
    shared: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        shared[deployment_name(name)].append(name)
    clashes = [
        ConfigurationError("FLW009", _place(other), other=_place(first), name=name)
        for name, (first, *others) in shared.items()
        for other in others
    ]
    if clashes:
        raise ConfigurationError(
            "FLW009", clashes[0].where, problems=tuple(clashes[1:]), **clashes[0].parameters
        )


def deployment_name(delivery: str) -> str:
    """Give the name of a delivery's deployments: ``mora-alkt`` of ``mora/alkt``."""
    return delivery.replace("/", "-")


def _place(delivery: str) -> str:
    return f"municipalities/{delivery}.yaml"


def _of_delivery(content: Path, one: Delivery, cron: str | None) -> list[Deployment]:
    tenant, kind = one.municipality.name, one.schedule.kind
    tags = (one.name, tenant, DELIVERY, TAG)
    about = f"{load_municipality(content, tenant).display_name}: {one.information_type} ur {one.system}"
    named = {"name": deployment_name(one.name), "tags": tags}
    made = [
        Deployment(
            flow="deliver",
            file="deliver",
            pool=CENTRE,
            parameters={"delivery": one.name},
            description=f"{about}; {_WHEN[kind]}.",
            cron=cron,
            slug=_SLUGS.get(kind, "schedule"),
            **named,
        )
    ]
    if one.municipality.transfer is not None:
        made.append(
            Deployment(
                flow="extract",
                file="extract",
                pool=tenant,
                parameters={},
                description=f"{about}; uttag på kommunens värd, startas av deliver/{named['name']}.",
                **named,
            )
        )
    return made


def _maintenance(tenants: list[str]) -> list[Deployment]:
    nights = spread([f"fixity/{tenant}" for tenant in tenants])
    fixity = [
        _maintain(
            "fixity", tenant, f"Varje byte i arkivet för {tenant}, mot liggaren.", nights[f"fixity/{tenant}"]
        )
        for tenant in tenants
    ]
    return [
        *fixity,
        _maintain("purge", CENTRE, "Gallrar arbetskopior av avgjorda leveranser.", "40 4 * * 0"),
        _maintain("audit", CENTRE, "Prövar revisionsloggens kedja.", "10 5 * * 1"),
        _maintain("overdue", CENTRE, "Larmar om leveranser som borde ha kommit.", "30 6 * * *"),
        _maintain("watch", CENTRE, "Återupptar avbrutna körningar.", "*/10 * * * *"),
    ]


def _maintain(flow: str, name: str, description: str, cron: str) -> Deployment:
    given = {} if name == CENTRE else {"municipality": name}
    tags = (*given.values(), "maintenance", TAG)
    return Deployment(flow, "maintain", f"{name}-{flow}", CENTRE, given, tags, description, cron)


def rendered(content: Path) -> str:
    """Write ``prefect.yaml``.

    Raises:
        ConfigurationError: as `desired`.
    """
    plain = {
        "name": TAG,
        "pull": PULL,
        "deployments": [one.plain() for one in desired(content).deployments.values()],
    }
    yaml, text = YAML(), StringIO()
    yaml.width = 110
    yaml.representer.ignore_aliases = lambda _: True
    yaml.dump(plain, text)
    return _HEAD + text.getvalue()
