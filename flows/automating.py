"""What Prefect's server does by itself: tell the dead from the slow, and wake the watch.

The watch (`flows.maintain.watch`) asks the ledgers which runs were interrupted and starts those deliveries
again; the server alone cannot know.
"""

from datetime import timedelta
from typing import Any

from flows.desired import DELIVERY, HEARTBEAT
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

PREFIX = "leverans: "
WATCH = "watch/centre-watch"
OVERDUE = "overdue/centre-overdue"

_BEAT = "prefect.flow-run.heartbeat"
_ENDS = (
    "Completed",
    "Failed",
    "Crashed",
    "Cancelled",
    "Incomplete",
    "Refused",
    "Locked",
    "Interrupted",
    "Stopped",
)
_TAG = {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{DELIVERY}"}
_RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
_CALM = timedelta(minutes=5)
"""However many runs crash at once, they wake the watch once."""

RULES: dict[str, tuple[str, EventTrigger, str]] = {
    f"{PREFIX}no heartbeat": (
        "En körning utan livstecken är avbruten. | A run without heartbeat has crashed.",
        EventTrigger(
            after={_BEAT},
            expect={_BEAT, *(f"prefect.flow-run.{end}" for end in _ENDS)},
            match=_RUNS,
            match_related=_TAG,
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=4 * HEARTBEAT),
        ),
        "",
    ),
    f"{PREFIX}crashed": (
        "En avbruten körning väcker watch, som frågar liggaren. | A crashed run wakes the watch.",
        EventTrigger(
            expect={"prefect.flow-run.Crashed", "prefect.flow-run.Interrupted"},
            match=_RUNS,
            match_related=_TAG,
            posture=Posture.Reactive,
            threshold=1,
            within=_CALM,
        ),
        WATCH,
    ),
    f"{PREFIX}late": (
        "En sen körning väcker larmet. | A late run wakes the alarm.",
        EventTrigger(
            expect={"prefect.flow-run.Late"},
            match=_RUNS,
            match_related=_TAG,
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(hours=1),
        ),
        OVERDUE,
    ),
}


def automation(name: str, ids: dict[str, Any]) -> AutomationCore:
    """Give an automation as the server takes it.

    Args:
        name: a name of `RULES`.
        ids: ids of deployments by title.
    """
    description, trigger, runs = RULES[name]
    message = "No heartbeat: the process is dead. The ledger knows where it goes on."
    action = (
        RunDeployment(source="selected", deployment_id=ids[runs])
        if runs
        else ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message=message)
    )
    return AutomationCore(name=name, description=description, enabled=True, trigger=trigger, actions=[action])


def plain(made: AutomationCore, titles: dict[Any, str]) -> dict[str, Any]:
    """Give an automation as something that can be compared: the server's ids become titles."""
    actions = []
    for action in made.actions:
        told = action.model_dump(mode="json", exclude_none=True)
        if isinstance(action, RunDeployment):
            told["deployment_id"] = titles.get(action.deployment_id, "?")
        actions.append(told)
    trigger = made.trigger.model_dump(mode="json", exclude={"id"})
    told = {name: sorted(value) if isinstance(value, list) else value for name, value in trigger.items()}
    return {"enabled": made.enabled, "description": made.description, "trigger": told, "actions": actions}
