"""Errors say what is wrong with what: subject, rule, offending value, on one line."""

import ast
import re

from tests.project.sources import PACKAGES, sources

PROPER_NAMES = ("CXXRTL", "Icarus", "NWB", "SpikeInterface", "TOML", "Verilator", "Yosys")
FOR_USERS = ("ValueError", "TypeError", "UserError")
BENCHES = "verification/cocotb_benches/"


def text_of(node):
    """Text of a message, with ``{}`` for what is filled in; None if it comes from elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return None


def messages(*errors):
    found = {}
    for source in sources(*PACKAGES):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                continue
            if source.name.startswith(BENCHES) or not node.exc.args:
                continue
            text = text_of(node.exc.args[0])
            if text is not None and (not errors or ast.unparse(node.exc.func) in errors):
                found[f"{source.name}:{node.lineno}"] = text
    return found


def test_there_are_messages_to_check():
    assert len(messages(*FOR_USERS)) > 150


def test_a_message_for_users_is_one_line_without_a_full_stop():
    assert {
        place: text
        for place, text in messages(*FOR_USERS).items()
        if "\n" in text or text.rstrip().endswith((".", "!")) or text != text.strip()
    } == {}


def test_a_message_begins_with_its_subject_in_lower_case():
    assert {
        place: text
        for place, text in messages().items()
        if re.match(r"[A-Z]", text) and not text.startswith(PROPER_NAMES)
    } == {}


def test_a_message_for_users_says_the_rule_or_the_value():
    assert {
        place: text
        for place, text in messages(*FOR_USERS).items()
        if not re.search(r"\bmust\b|\{\}", text)
    } == {}


BROKEN_BY = r"\b(not|but|has|is|gives)\b.*(\{\}|\bnone\b|\bnot\b)"


def test_nearly_every_rule_is_followed_by_what_broke_it():
    """By its value, or by saying that it is missing; the others say all that there is to say."""
    rules = [text for text in messages(*FOR_USERS).values() if "must" in text]

    with_value = [text for text in rules if re.search(BROKEN_BY, text)]
    assert len(with_value) > 0.85 * len(rules)
