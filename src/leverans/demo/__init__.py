"""The generator of the demo world: a legacy case system, its document share and register, with known dirt.

It shares no code with the pipeline: what a delivery finds is proved against something else than itself.
`truth.json` lists by key what is where; :func:`change` changes the source for a second delivery.
"""

from leverans.demo.changing import change
from leverans.demo.errors import DemoError
from leverans.demo.world import build

__all__ = ["DemoError", "build", "change"]
