"""The Merkle tree of RFC 6962 (section 2.1): leaf and node hashes, root, proofs and their verification.

A leaf is hashed with the prefix 00, a node with 01, so that neither can be shown as the other. The root of
``n`` leaves splits them at the largest power of two smaller than ``n``.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

_LEAF, _NODE = b"\x00", b"\x01"
EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Give the hash of one entry: SHA-256(00 ‖ data)."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of two subtrees: SHA-256(01 ‖ left ‖ right)."""
    return hashlib.sha256(_NODE + left + right).digest()


class Tree:
    """A tree that grows: a root takes as many steps as the height, not as there are leaves."""

    def __init__(self) -> None:
        self._leaves: list[bytes] = []
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        size, top = 1, leaf
        while self._peaks and self._peaks[-1][0] == size:
            top = node_hash(self._peaks.pop()[1], top)
            size *= 2
        self._peaks.append((size, top))
        self._leaves.append(leaf)

    def root(self) -> bytes:
        """Give the present root."""
        if not self._peaks:
            return EMPTY
        *rest, (_, top) = self._peaks
        for _, left in reversed(rest):
            top = node_hash(left, top)
        return top

    def follow(self, leaves: Sequence[bytes]) -> bytes:
        """Become the tree of these leaf hashes and give its root; what is there is not hashed again."""
        if self._leaves != leaves[: len(self._leaves)]:
            self._leaves, self._peaks = [], []
        for leaf in leaves[len(self._leaves) :]:
            self.add(leaf)
        return self.root()


def root(leaves: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes (MTH of RFC 6962)."""
    return Tree().follow(leaves)


def roots(leaves: Sequence[bytes], sizes: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Yield size and root of the trees of the first leaves, smallest first, in one pass.

    Args:
        leaves: leaf hashes.
        sizes: how many of the first; those that are more than there are get no root.
    """
    tree, at = Tree(), 0
    for size in sorted({one for one in sizes if 0 <= one <= len(leaves)}):
        for leaf in leaves[at:size]:
            tree.add(leaf)
        at = size
        yield size, tree.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Give the audit path of leaf `index` (from 0), from the leaf upwards (PATH of RFC 6962).

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path: list[bytes] = []
    while len(leaves) > 1:
        split = _split(len(leaves))
        if index < split:
            path.append(root(leaves[split:]))
            leaves = leaves[:split]
        else:
            path.append(root(leaves[:split]))
            leaves, index = leaves[split:], index - split
    return path[::-1]


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """Give the proof that the tree of the first `old` leaves is a beginning of this one (PROOF of RFC 6962).

    Raises:
        IndexError: `old` is less than 1 or more than there are leaves.
    """
    if not 1 <= old <= len(leaves):
        raise IndexError(old)
    path: list[bytes] = []
    whole = True
    while old != len(leaves):
        split = _split(len(leaves))
        if old <= split:
            path.append(root(leaves[split:]))
            leaves = leaves[:split]
        else:
            path.append(root(leaves[:split]))
            leaves, old, whole = leaves[split:], old - split, False
    if not whole:
        path.append(root(leaves))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], top: bytes) -> bool:
    """Say whether a path shows that leaf `index` is in the tree of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == top


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether a path shows that the tree of `old` leaves begins that of `new` (RFC 9162, 2.1.4.2)."""
    if not 1 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, step)
        at, last = at >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def _split(size: int) -> int:
    """Give the largest power of two smaller than `size` (of at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)
