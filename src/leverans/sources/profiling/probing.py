"""Keys of several columns: where else do columns of the same names stand together?"""

from collections.abc import Mapping, Sequence

from leverans.contracts import Stream
from leverans.sources.profiling.likeness import tokens

_MOST = 3


def probes(streams: Sequence[Stream]) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Give per table the columns to look at together: declared keys of two or three, and their namesakes."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for target in streams:
        if not 1 < len(target.key) <= _MOST:
            continue
        wanted = [tokens(name) for name in target.key]
        for stream in streams:
            by_name = {tokens(column.name): column.name for column in stream.columns}
            if stream.name == target.name:
                own: tuple[str, ...] | None = target.key
            else:
                own = tuple(by_name[one] for one in wanted) if all(one in by_name for one in wanted) else None
            if own and own not in found.setdefault(stream.name, []):
                found[stream.name].append(own)
    return {name: tuple(groups) for name, groups in found.items()}
