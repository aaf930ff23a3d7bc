import re

import pytest
from systemrdl.parser.SystemRDLLexer import SystemRDLLexer

from rtl.register_rules import check_name, check_sentence, check_unique

BAD_NAMES = ["", "Mode", "two words", "_mode", "mode_", "two__words", "2nd", "gain-code", "größe"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_is_lowercase_words(name):
    message = f"field name must be lowercase words joined by single underscores, not {name!r}"

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_name("field", name)


@pytest.mark.parametrize("name", ["mode", "x", "lag_2", "low_hz", "ema_shift", "reset", "count"])
def test_ordinary_names_are_accepted(name):
    check_name("field", name)


@pytest.mark.parametrize(
    ("name", "language"), [("lambda", "Python"), ("switch", "C"), ("level", "SystemRDL")]
)
def test_a_name_is_not_a_keyword(name, language):
    with pytest.raises(
        ValueError, match=f"^register name must not be a keyword of {language}, as '{name}' is$"
    ):
        check_name("register", name)


def test_every_keyword_of_the_systemrdl_compiler_is_refused():
    keywords = [
        literal.strip("'")
        for literal in SystemRDLLexer.literalNames
        if re.fullmatch(r"'[a-z][a-z0-9]*'", literal)
    ]

    assert len(keywords) > 70
    for keyword in keywords:
        with pytest.raises(ValueError, match=r"^field name must not be a keyword of \w+, as "):
            check_name("field", keyword)


@pytest.mark.parametrize(
    "doc", ["", "Gain", "gain code.", "Two\nlines.", "Tab\there.", ".", "A bell \a rings."]
)
def test_a_doc_is_a_sentence(doc):
    message = f"gain doc must be a sentence on one line, from a capital to a full stop, not {doc!r}"

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_sentence("gain", doc)


@pytest.mark.parametrize("doc", ["Gain code.", "25 µV steps.", "Änderung.", "Is it on? Yes."])
def test_sentences_are_accepted(doc):
    check_sentence("gain", doc)


def test_names_differ():
    check_unique("fields", ["a", "b"])

    with pytest.raises(ValueError, match=r"^fields must have different names, not 'a' twice$"):
        check_unique("fields", ["a", "b", "a"])
