import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leverans.trust import merkle

INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(bytes.fromhex(text)) for text in INPUTS]
MANY = [merkle.leaf_hash(bytes([number])) for number in range(70)]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_vectors_of_certificate_transparency(size):
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


def test_a_tree_that_grows_has_the_same_roots():
    wanted = [merkle.root(MANY[:size]) for size in range(71)]
    assert [root for _, root in merkle.roots(MANY, range(75))] == wanted
    assert list(merkle.roots(MANY, [70, 3, 71, -1, 3])) == [(3, wanted[3]), (70, wanted[70])]
    tree = merkle.Tree()
    for size in (0, 1, 5, 5, 70, 64, 3, 70):
        assert tree.follow(MANY[:size]) == wanted[size]
    assert tree.follow([*MANY[:69], MANY[0]]) != wanted[70]


def test_leaves_and_nodes_are_told_apart():
    assert hashlib.sha256().digest() == merkle.EMPTY
    assert merkle.leaf_hash(b"") == hashlib.sha256(b"\x00").digest()
    assert merkle.node_hash(b"a", b"b") == hashlib.sha256(b"\x01ab").digest()
    assert merkle.leaf_hash(b"ab") != merkle.node_hash(b"a", b"b")


def recursive(leaves):
    """The definition of RFC 6962, section 2.1, word by word."""
    if not leaves:
        return merkle.EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(recursive(leaves[:split]), recursive(leaves[split:]))


@pytest.mark.parametrize("size", range(71))
def test_the_root_is_that_of_the_definition(size):
    assert merkle.root(MANY[:size]) == recursive(MANY[:size])


def test_a_proof_of_the_vectors():
    """RFC 6962, section 2.1.3: the audit path of d0 in a tree of seven leaves is [b, h, l]."""
    leaves = LEAVES[:7]
    assert merkle.inclusion_proof(leaves, 0) == [
        leaves[1],
        merkle.root(leaves[2:4]),
        merkle.root(leaves[4:7]),
    ]
    assert merkle.consistency_proof(leaves, 4) == [merkle.root(leaves[4:7])]
    assert merkle.consistency_proof(leaves, 6) == [
        merkle.root(leaves[4:6]),
        leaves[6],
        merkle.root(leaves[:4]),
    ]
    assert merkle.consistency_proof(leaves, 3) == [
        leaves[2],
        leaves[3],
        merkle.root(leaves[:2]),
        merkle.root(leaves[4:7]),
    ]


@settings(deadline=None)
@given(st.integers(1, 70), st.data())
def test_every_leaf_is_proven_and_nothing_else_is(size, data):
    index = data.draw(st.integers(0, size - 1))
    leaves, other = MANY[:size], data.draw(st.integers(0, size - 1))
    path, top = merkle.inclusion_proof(leaves, index), merkle.root(leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, path, top)
    if other != index:
        assert not merkle.verify_inclusion(leaves[other], index, size, path, top)
        assert not merkle.verify_inclusion(leaves[index], other, size, path, top)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*path, top], top)
    assert not merkle.verify_inclusion(leaves[index], index, size, path, merkle.EMPTY)
    for cut in range(len(path)):
        assert not merkle.verify_inclusion(leaves[index], index, size, path[:cut] + path[cut + 1 :], top)


@settings(deadline=None)
@given(st.integers(1, 70), st.data())
def test_a_tree_is_proven_to_be_the_beginning_of_a_later_one(new, data):
    old = data.draw(st.integers(1, new))
    leaves = MANY[:new]
    roots, path = (merkle.root(leaves[:old]), merkle.root(leaves)), merkle.consistency_proof(leaves, old)
    assert merkle.verify_consistency(old, new, *roots, path)
    changed = [*leaves]
    at = data.draw(st.integers(0, old - 1))
    changed[at] = merkle.leaf_hash(b"changed")
    forged = merkle.root(changed)
    assert not merkle.verify_consistency(old, new, roots[0], forged, merkle.consistency_proof(changed, old))
    if old != new:
        assert not merkle.verify_consistency(old, new, *roots[::-1], path)
        assert not merkle.verify_consistency(old, new, *roots, [*path, roots[0]])
        for cut in range(len(path)):
            assert not merkle.verify_consistency(old, new, *roots, path[:cut] + path[cut + 1 :])


def test_what_is_no_place_has_no_proof():
    for wrong in (-1, 8):
        with pytest.raises(IndexError):
            merkle.inclusion_proof(LEAVES, wrong)
    for wrong in (0, 9):
        with pytest.raises(IndexError):
            merkle.consistency_proof(LEAVES, wrong)
    assert not merkle.verify_inclusion(LEAVES[0], 8, 8, [], LEAVES[0])
    assert not merkle.verify_consistency(0, 8, merkle.EMPTY, merkle.root(LEAVES), [])
    assert not merkle.verify_consistency(9, 8, LEAVES[0], LEAVES[0], [])
    assert not merkle.verify_consistency(3, 8, LEAVES[0], LEAVES[0], [])
