"""``python -m leverans``."""

from leverans.cli import entry

if __name__ == "__main__":
    entry()
