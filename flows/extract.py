"""The municipality's part of a delivery between two hosts: extract, seal, send."""

from typing import Any

from flows.asking import flow_run_name
from flows.carrying import LANDING
from flows.colour import failed
from flows.guarding import stage, unveiled
from flows.listening import Listener
from flows.sparing import spared
from prefect import flow
from prefect.states import Completed, State

from leverans.delivery import carrying, extract_only
from leverans.registry import load_delivery
from leverans.settings import Settings


@flow(flow_run_name=flow_run_name, persist_result=False)
def extract(delivery: str, run: str) -> State[Any]:
    """Extract ``municipality/delivery`` for a run of the centre and send the landing there.

    Args:
        delivery: ``municipality/delivery``.
        run: id of the run in the centre's ledger.
    """
    settings = Settings.load()
    try:
        with unveiled():
            landing = land(settings, delivery, run)["landing"]
            send(settings, delivery, landing)
    except Exception as fault:  # noqa: BLE001  # told without data
        return failed(delivery, fault)
    return Completed(message=f"{LANDING} {landing}")


@stage("extract")
def land(settings: Settings, delivery: str, run: str) -> dict[str, Any]:
    """Read the sources; the same run asked for again gets the landing that it has."""
    with spared(load_delivery(settings.content, delivery)):
        return {"landing": extract_only(settings, delivery, run, progress=Listener())}


@stage("send")
def send(settings: Settings, delivery: str, landing: str) -> dict[str, Any]:
    """Seal the landing and bring it to the drop, by digest; what is there is not sent again."""
    return carrying.send(settings, delivery, landing)
