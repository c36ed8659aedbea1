"""Conditions: reads the part of CEL that the programs use, and says whether one holds.

An answer is True, False or None. None means that a field has no value, or that two amounts are of
two currencies; a condition with that answer does not hold unless another part decides it.
"""

import datetime
import operator
import re
from zoneinfo import ZoneInfo

from .amounts import money, moment

TOKEN = re.compile(r"\s*(\|\||&&|==|!=|<=|>=|[!<>().,]|'[^']*'|\d+|[A-Za-z_]+)")
COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def parse(text):
    """The tree of a condition."""
    tokens = TOKEN.findall(text)
    tree, rest = _either(tokens)
    assert not rest, f"not understood: {rest}"
    return tree


def _either(tokens):
    left, tokens = _both(tokens)
    while tokens and tokens[0] == "||":
        right, tokens = _both(tokens[1:])
        left = ("or", left, right)
    return left, tokens


def _both(tokens):
    left, tokens = _unary(tokens)
    while tokens and tokens[0] == "&&":
        right, tokens = _unary(tokens[1:])
        left = ("and", left, right)
    return left, tokens


def _unary(tokens):
    if tokens[0] == "!":
        inner, tokens = _unary(tokens[1:])
        return ("not", inner), tokens
    if tokens[0] == "(":
        inner, tokens = _either(tokens[1:])
        return inner, tokens[1:]
    left, tokens = _value(tokens)
    if tokens and tokens[0] in COMPARE:
        sign = tokens[0]
        right, tokens = _value(tokens[1:])
        return ("compare", sign, left, right), tokens
    return left, tokens


def _value(tokens):
    word, tokens = tokens[0], tokens[1:]
    if word.isdigit():
        return ("constant", int(word)), tokens
    if word.startswith("'"):
        return ("constant", word[1:-1]), tokens
    if word in ("money", "timestamp"):
        text = tokens[1][1:-1]
        return ("constant", money(text) if word == "money" else moment(text)), tokens[3:]
    if word == "has":
        field, tokens = _value(tokens[1:])
        return ("has", field), tokens[1:]
    path = [word]
    while tokens and tokens[0] == ".":
        path.append(tokens[1])
        tokens = tokens[2:]
    if tokens and tokens[0] == "(":
        zone = tokens[1][1:-1] if tokens[1] != ")" else "UTC"
        return ("part", path[-1], zone), tokens[2:] if tokens[1] == ")" else tokens[3:]
    return ("field", ".".join(path)), tokens


def holds(tree, fields):
    """Whether a condition holds for these fields; no condition always does."""
    return tree is None or answer(tree, fields) is True


def answer(tree, fields):
    """What a condition says: True, False, or None for no answer."""
    kind = tree[0]
    if kind == "not":
        inner = answer(tree[1], fields)
        return None if inner is None else not inner
    if kind in ("and", "or"):
        answers, decisive = [answer(tree[1], fields), answer(tree[2], fields)], kind == "or"
        if decisive in answers:
            return decisive
        return None if None in answers else not decisive
    if kind == "compare":
        return _compare(tree[1], answer(tree[2], fields), answer(tree[3], fields))
    if kind == "field":
        return fields.get(tree[1])
    if kind == "has":
        return fields.get(tree[1][1]) is not None
    if kind == "part":
        return part(fields["now"], tree[1], tree[2])
    return tree[1]


def _compare(sign, left, right):
    if left is None or right is None:
        return None
    if isinstance(left, tuple):
        if left[1] != right[1]:
            return None
        left, right = left[0], right[0]
    return COMPARE[sign](left, right)


def part(now, name, zone):
    """A part of a time in a zone; Sunday and January are 0."""
    local = now.astimezone(ZoneInfo(zone))
    assert isinstance(local, datetime.datetime)
    parts = {
        "getDayOfWeek": (local.weekday() + 1) % 7,
        "getHours": local.hour,
        "getMonth": local.month - 1,
        "getFullYear": local.year,
    }
    return parts[name]
