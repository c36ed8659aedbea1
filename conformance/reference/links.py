"""Links and codes computed a second time, independently of the core, from the description of their formats alone.

It wrote `conformance/cases/links/*.json`, which every implementation must agree with. Needs the `blake3` package:

    python conformance/reference/links.py            # writes the cases
    python conformance/reference/links.py --check    # fails if they differ from what is written
"""

import base64
import json
import pathlib
import sys

from blake3 import blake3

CASES = pathlib.Path(__file__).parent.parent / "cases" / "links"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data


def stretch(label: str, length: int) -> bytes:
    """Bytes that look random and can be had again."""
    return blake3(label.encode()).digest(length=length)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def crockford(data: bytes) -> str:
    symbols = -(-len(data) * 8 // 5)
    number = int.from_bytes(data, "big") << (symbols * 5 - len(data) * 8)
    return "".join(CROCKFORD[number >> (5 * place) & 31] for place in reversed(range(symbols)))


def link_key(root: bytes) -> bytes:
    return blake3(root, derive_key_context="referrals 2026 link key 1").digest()


def grant_key(root: bytes, tenant: str, grant: bytes) -> bytes:
    return blake3(prefixed(tenant.encode()) + grant, key=link_key(root)).digest()


def token(root, tenant, host, key_id, campaign, grant, hours, counter) -> bytes:
    signed = bytes([0x11, key_id]) + campaign.to_bytes(4, "big") + grant
    signed += hours.to_bytes(3, "big") + counter.to_bytes(4, "big")
    hashed = prefixed(b"referrals link token 1") + prefixed(host.encode()) + signed
    return signed + blake3(hashed, key=grant_key(root, tenant, grant)).digest(length=12)


def claim(tenant, link_host, campaign, secret) -> bytes:
    hashed = prefixed(b"referrals claim link 1") + prefixed(tenant.encode()) + campaign.to_bytes(4, "big") + secret
    commitment = blake3(hashed).digest(length=12)
    return bytes([0x12, link_host]) + campaign.to_bytes(4, "big") + commitment


def check_symbol(symbols: str) -> str:
    total = sum(place * ALPHABET.index(symbol) for place, symbol in enumerate(symbols, 1))
    inverse = pow(len(symbols) + 1, -1, 31)
    return ALPHABET[-total * inverse % 31]


def code(label: str, length: int) -> str:
    fair = [ALPHABET[byte % 31] for byte in stretch(label, 64) if byte < 248]
    symbols = "".join(fair[: length - 1])
    return symbols + check_symbol(symbols)


def shown(symbols: str) -> str:
    return "-".join(symbols[place : place + 5] for place in range(0, len(symbols), 5))


ROOTS = {1: ("active", stretch("root 1", 32)), 2: ("verify_only", stretch("root 2", 32)),
         3: ("retired", stretch("root 3", 32))}
KEYS = [{"id": id, "state": state, "root": root.hex()} for id, (state, root) in ROOTS.items()]


def token_cases():
    settings = [("default", "go.shop.example"), ("acme", "localhost"), ("a" * 64, "xn--bcher-kva.example")]
    cases, refused = [], []
    for index in range(60):
        tenant, host = settings[index % 3]
        key_id = 1 + index % 2
        noise = stretch(f"token {index}", 19)
        campaign = [1, int.from_bytes(noise[:4], "big"), 2**32 - 1][index % 3]
        grant = [noise[4:12], bytes(8), b"\xff" * 8, noise[4:12]][index % 4]
        hours = [232_000 + index, 0, 2**24 - 1][index % 3 if index > 5 else 0]
        counter = [index, int.from_bytes(noise[15:19], "big"), 2**32 - 1][index // 2 % 3]
        root = ROOTS[key_id][1]
        data = token(root, tenant, host, key_id, campaign, grant, hours, counter)
        cases.append({"tenant": tenant, "link_host": host, "key_id": key_id, "campaign": campaign,
                      "grant": grant.hex(), "hours": hours, "counter": counter,
                      "grant_key": grant_key(root, tenant, grant).hex(),
                      "url": base64url(data), "print": crockford(data)})
    tenant, host, grant = "default", "go.shop.example", stretch("grant", 8)

    def refuse(why, data, problem, tenant=tenant, host=host):
        text = data if isinstance(data, str) else base64url(data)
        refused.append({"why": why, "tenant": tenant, "link_host": host, "text": text, "problem": problem})

    good = token(ROOTS[1][1], tenant, host, 1, 7, grant, 232_000, 1)
    refuse("another tenant", good, "signature", tenant="other")
    refuse("another host", good, "signature", host="shop.example")
    refuse("a tag cut off and filled up", good[:21] + bytes(12), "signature")
    refuse("signed by a retired key", token(ROOTS[3][1], tenant, host, 3, 7, grant, 232_000, 1), "retired")
    refuse("signed by a key that nobody has", token(bytes(32), tenant, host, 9, 7, grant, 232_000, 1), "not known")
    refuse("signed by the root of another key id", token(ROOTS[2][1], tenant, host, 1, 7, grant, 232_000, 1), "signature")
    refuse("version 2", b"\x21" + good[1:], "version")
    refuse("the type of a claim link", b"\x12" + good[1:], "version")
    refuse("one byte less", good[:-1], "characters")
    refuse("padding", base64url(good) + "=", "characters")
    refuse("the other base64 alphabet", "/" + base64url(good)[1:], "base64url")
    slack = crockford(good)
    refuse("a slack bit set", slack[:-1] + CROCKFORD[CROCKFORD.index(slack[-1]) | 1], "base32")
    refuse("a symbol that Crockford left out", "U" + slack[1:], "base32")
    return {"about": "signed links: each case mints, reads and verifies; `refused` must not", "link_keys": KEYS,
            "cases": cases, "refused": refused}


def claim_cases():
    cases = []
    for index in range(20):
        secret, tenant = stretch(f"claim {index}", 32), ["default", "acme"][index % 2]
        campaign, host = [1, 2**32 - 1, 77 + index][index % 3], [0, 255, index][index % 3]
        cases.append({"tenant": tenant, "link_host": host, "campaign": campaign, "secret": secret.hex(),
                      "text": base64url(claim(tenant, host, campaign, secret))})
    good = claim("default", 0, 7, stretch("claim", 32))
    refused = [{"why": why, "text": text, "problem": problem} for why, text, problem in [
        ("one byte less", base64url(good[:-1]), "characters"),
        ("version 2", base64url(b"\x22" + good[1:]), "version"),
        ("the type of a signed link", base64url(b"\x11" + good[1:]), "version"),
        ("the other base64 alphabet", "/" + base64url(good)[1:], "base64url"),
    ]]
    return {"about": "claim links: each case is made from its secret, read, and revealed with it", "cases": cases,
            "refused": refused}


def code_cases():
    random = []
    for index in range(40):
        kind, length = [("plain", 10), ("money", 13)][index % 2]
        symbols = code(f"code {index}", length)
        typed = [symbols, symbols.lower(), shown(symbols), " ".join(symbols.lower())][index % 4]
        random.append({"typed": typed, "kind": kind, "shown": shown(symbols), "key": symbols})
    vanity = [{"typed": typed, "shown": shown, "key": key} for typed, shown, key in [
        ("SUMMER-2027", "SUMMER-2027", "summerzoz7"),
        (" summer  2027 ", "SUMMER-2027", "summerzoz7"),
        ("5UMMER2O27", "5UMMER2O27", "summerzoz7"),
        ("Anna", "ANNA", "anna"),
        ("BILL-61", "BILL-61", "biiigi"),
        ("VIP-QUIZ", "VIP-QUIZ", "uipouiz"),
        ("black\u2013friday", "BLACK-FRIDAY", "biackfriday"),
    ]]
    good = code("code", 10)
    refused = [{"typed": typed, "problem": problem} for typed, problem in [
        (good[1] + good[0] + good[2:], "two of them swapped"),
        (good[2] + good[1] + good[0] + good[3:], "two of them swapped"),
        (good[:-1] + ALPHABET[(ALPHABET.index(good[-1]) + 1) % 31], "a symbol wrong"),
        ("abc", "4 to 20"),
        ("ABCDEFGHIJKLMNOPQRSTU", "4 to 20"),
        ("SUMMER_2027", "`_`"),
        ("SUMM\u0415R-2027", "`\\u{415}`"),
    ]]
    return {"about": "codes as somebody types them: what they are shown as, and the text that is unique for them",
            "random": random, "vanity": vanity, "refused": refused}


def main():
    for name, cases in [("tokens", token_cases()), ("claims", claim_cases()), ("codes", code_cases())]:
        path, text = CASES / f"{name}.json", json.dumps(cases, indent=1, ensure_ascii=True) + "\n"
        if "--check" not in sys.argv:
            path.write_text(text)
        elif path.read_text() != text:
            sys.exit(f"{path} differs")


if __name__ == "__main__":
    main()
