"""Verify a Leverans receipt: python verify_receipt.py RECEIPT TRUSTDIR. Needs Python only; see trust.md."""

# ruff: noqa: ANN001, ANN002, ANN201, B905, D103, E401, E731, INP001, T201, I001
import base64, hashlib, json, pathlib, re, sys

sys.excepthook = lambda kind, *_: print("FAILS: no receipt or trust folder:", kind.__name__, file=sys.stderr)
P, L, N = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493, (0, 1)
D, BASE = -121665 * pow(121666, -1, P) % P, (4 * pow(5, -1, P) % P).to_bytes(32, "little")
FIELDS, MOMENT = ("at", "by", "key", "owner", "purpose", "role"), r"[0-9]{4}(-\d\d){2}T\d\d(:\d\d){2}Z"
canonical = lambda one: json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
decoded = lambda text: base64.b64decode(text, None, True)
must = lambda holds, what: holds or sys.exit(f"FAILS: {what}")
times = lambda n, p: add(times(n // 2, add(p, p)), p if n % 2 else N) if n else N
add = lambda p, q: (  # the addition of RFC 8032, 5.1.4, in plain coordinates
    (p[0] * q[1] + p[1] * q[0]) * pow(1 + (c := D * p[0] * p[1] * q[0] * q[1]), -1, P) % P,
    (p[1] * q[1] + p[0] * q[0]) * pow(1 - c, -1, P) % P,
)


def point(data):  # RFC 8032, 5.1.3
    square = ((y := int.from_bytes(data, "little") % 2**255) ** 2 - 1) * pow(D * y * y + 1, -1, P) % P
    x = x if ((x := pow(square, (P + 3) // 8, P)) * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    must((x * x - square) % P == 0 and y < P and len(data) == 32 and (x or data[-1] < 128), "no point")
    return P - x if x & 1 != data[-1] >> 7 else x, y


def signer(one, body, keys, *told):  # the key of a signature that holds; RFC 8032, 5.1.7
    must(set(one) == {*FIELDS, "signature"} and one["key"] in keys, "no signature, or the key is not trusted")
    must((one["purpose"], one["owner"], one["role"]) == told, "made for something else or by another")
    public, raw = decoded(keys[one["key"]]["public"]), decoded(one["signature"])
    said = {"format": "leverans-signature-1", "sha256": hashlib.sha256(canonical(body)).hexdigest()}
    k = hashlib.sha512(raw[:32] + public + canonical({name: one[name] for name in FIELDS} | said)).digest()
    right = add(point(raw[:32]), times(int.from_bytes(k, "little") % L, point(public)))
    s = int.from_bytes(raw[32:], "little")
    return must(s < L and times(s, point(BASE)) == right and keys[one["key"]], "the signature does not hold")


paths = [pathlib.Path(sys.argv[1]), *pathlib.Path(sys.argv[2]).glob("*.json")]
files = [json.loads(path.read_bytes(), parse_float=lambda _: must(0, "a float")) for path in paths]
must([canonical(file) + b"\n" for file in files] == [path.read_bytes() for path in paths], "not canonical")
trust = {path.stem: {} for path in paths[1:]}
for (owner, keys), file in zip(trust.items(), files[1:]):  # each key is endorsed by the one before it
    role = "centre" if owner == "centre" else "municipality"
    for key, before in zip(file["keys"], [{}, *file["keys"]]):
        name = hashlib.sha256(decoded(key["public"])).hexdigest()[:16]
        must(key["id"] == name and name not in keys, "a key is not what its id says")
        keys[name], after, at = key, before.get("id"), key["created"]
        body = {"owner": owner, "key": name, "public": key["public"], "at": at, "after": after}
        by = {signer(one, body, keys, "rotation", owner, role)["id"] for one in key["origin"]["signatures"]}
        must({name, (before.get("revoked") and name) or after} <= {*by, None}, "a key that nobody endorses")
        must(before.get("retired", at) == at and key["origin"]["body"] == body, "a key of other days")
body, signed = must(set(files[0]) == {"receipt", "signatures"} and files[0].values(), "no receipt")
own = {"receipt": ("centre", "centre"), "countersign": (body["delivery"].split("/")[0], "municipality")}
must("receipt" in [one["purpose"] for one in signed], "not signed by the centre")
for one, told in ((one, own.get(one["purpose"], ("", ""))) for one in signed):
    key, at = signer(one, body, trust.get(told[0], {}), one["purpose"], *told), one["at"]
    must(key["created"] <= at <= (key["retired"] or "9"), "no key of that day")
    must(re.fullmatch(MOMENT, at, re.ASCII) and at < (key["revoked"] or "9"), "no time, or revoked by then")
    print("holds:", *(one[name] for name in ("purpose", "owner", "key", "at", "by")))
print("receipt:", body["delivery"], body["run"], body["status"], "live" if body["test"] is False else "TEST")
