"""``python -m flows mora/alkt``: the flow on a server of its own that ends with it."""

import argparse
import sys

from flows.deliver import deliver


def main() -> int:
    """Run one delivery; exit 0 when complete, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m flows", description="Deliver, as a Prefect flow.")
    parser.add_argument("delivery", metavar="MUNICIPALITY/DELIVERY")
    parser.add_argument("--test", action="store_true", help="to the test archive, marked TEST")
    parser.add_argument("--at", metavar="TIME", help="reference time")
    parser.add_argument("--restart", action="store_true", help="give up an interrupted run and begin anew")
    args = parser.parse_args()
    state = deliver(args.delivery, args.test, args.at, args.restart, return_state=True)
    return 0 if state.is_completed() else 1


if __name__ == "__main__":
    sys.exit(main())
