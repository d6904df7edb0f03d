"""Verify a Leverans receipt: python verify_receipt.py RECEIPT TRUSTDIR. Needs Python only; see trust.md."""

# ruff: noqa: ANN001, ANN201, D103, E401, INP001, T201, I001
import base64, hashlib, json, pathlib, re, sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, FORMAT = -121665 * pow(121666, P - 2, P) % P, "leverans-signature-1"
FIELDS, MOMENT = ["at", "by", "key", "owner", "purpose", "role"], r"[0-9]{4}(-\d\d){2}T\d\d(:\d\d){2}Z"


def point(data):  # RFC 8032, 5.1.3
    y, sign = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    must((x * x - square) % P == 0 and y < P and len(data) == 32 and (x or not sign), "no point of the curve")
    return P - x if x & 1 != sign else x, y, 1, (P - x if x & 1 != sign else x) * y % P


def add(p, q):  # RFC 8032, 5.1.4
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P


def times(number, p):
    q = (0, 1, 1, 0)
    for bit in f"{number:b}":
        q = add(add(q, q), p) if bit == "1" else add(q, q)
    return q


def must(holds, what):
    return holds or sys.exit(f"FAILS: {what}")


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


data, folder = pathlib.Path(sys.argv[1]).read_bytes(), pathlib.Path(sys.argv[2])
trust = {path.stem: json.loads(path.read_bytes())["keys"] for path in folder.glob("*.json")}
file = json.loads(data, parse_float=lambda text: must(not text, "a float"))
must(data == canonical(file) + b"\n" and set(file) == {"receipt", "signatures"}, "not the canonical form")
signed, digest = file["signatures"], hashlib.sha256(canonical(file["receipt"])).hexdigest()
own = {"receipt": ["centre"] * 2, "countersign": ["municipality", file["receipt"]["delivery"].split("/")[0]]}
must("receipt" in [one["purpose"] for one in signed], "not signed by the centre")
for one in signed:
    must(set(one) == {*FIELDS, "signature"} and re.fullmatch(MOMENT, one["at"], re.ASCII), "no signature")
    must(own.get(one["purpose"]) == [one["role"], one["owner"]], "made for something else or by another")
    key = next((key for key in trust.get(one["owner"], []) if key["id"] == one["key"]), None)
    must(key and key["created"] <= one["at"] <= (key["retired"] or "9"), "no key of that day")
    must(not key["revoked"] or one["at"] < key["revoked"], "the key was revoked")
    public, raw = (base64.b64decode(text, None, True) for text in (key["public"], one["signature"]))
    message = canonical({name: one[name] for name in FIELDS} | {"format": FORMAT, "sha256": digest})
    k = hashlib.sha512(raw[:32] + public + message).digest()  # RFC 8032, 5.1.7
    base, s = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")), int.from_bytes(raw[32:], "little")
    p, q = times(s, base), add(point(raw[:32]), times(int.from_bytes(k, "little") % L, point(public)))
    must(s < L and all((p[n] * q[2] - q[n] * p[2]) % P == 0 for n in (0, 1)), "the signature does not hold")
    print("holds:", one["purpose"], one["owner"], one["key"], one["at"], one["by"])
