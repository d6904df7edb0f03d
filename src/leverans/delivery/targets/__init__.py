"""Where packages are delivered to: each target takes a package and can read back what it holds."""

from leverans.delivery.targets.own import OwnArchive

__all__ = ["OwnArchive"]
