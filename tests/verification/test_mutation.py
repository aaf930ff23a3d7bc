import dataclasses

import pytest

from verification import mutation_check
from verification.benches import BENCH_COMPONENTS
from verification.mutants import MUTANTS
from verification.mutation import SOURCE, Mutant, apply_mutant, run_mutants

BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
HARMLESS = Mutant(
    name="says_it_differently",
    block="frame_tagger",
    file="rtl/frame_tagger.py",
    find='"""Frame tagger: ',
    replace='"""The frame tagger: ',
)
NO_PYTHON = dataclasses.replace(HARMLESS, name="does_not_parse", replace='"" Frame tagger: ')
NO_CIRCUIT = dataclasses.replace(
    HARMLESS,
    name="does_not_elaborate",
    find="restart = Signal(init=1)",
    replace="restart = Signal(init=nowhere)",
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=list(BY_NAME))
def test_mutant_fits_its_source_in_one_place(mutant):
    assert (SOURCE / mutant.file).read_text().count(mutant.find) == 1
    assert mutant.variant in BENCH_COMPONENTS[mutant.block]


def test_every_block_has_mutants_and_every_mutant_a_name_of_its_own():
    assert {mutant.block for mutant in MUTANTS} == set(BENCH_COMPONENTS)
    assert len(BY_NAME) == len(MUTANTS) >= 12


@pytest.mark.parametrize(
    "name", ["stops_within_a_frame", "rounds_ties_downward", "is_dead_a_frame_too_long"]
)
def test_the_subtlest_breaks_are_noticed(name, tmp_path):
    report = run_mutants([BY_NAME[name]], tmp_path)

    assert report.survivors == ()
    assert " failed\n" in report.noticed[name]


@pytest.mark.long
@pytest.mark.parametrize("name", BY_NAME)
def test_every_break_is_noticed(name, tmp_path):
    assert run_mutants([BY_NAME[name]], tmp_path).survivors == ()


def test_a_break_that_no_bench_notices_is_reported(tmp_path):
    report = run_mutants([HARMLESS], tmp_path, simulator="icarus")

    assert report.survivors == ("says_it_differently",)
    assert report.noticed == {}


@pytest.mark.parametrize(
    ("mutant", "said"), [(NO_PYTHON, "SyntaxError"), (NO_CIRCUIT, "NameError")]
)
def test_a_break_that_cannot_be_built_proves_nothing(mutant, said, tmp_path):
    with pytest.raises(RuntimeError, match=f"(?s)^mutant {mutant.name} did not reach.*{said}"):
        run_mutants([mutant], tmp_path, simulator="icarus")


@pytest.mark.parametrize(("find", "count"), [("no such text", 0), ("self", r"\d+")])
def test_text_that_is_not_there_exactly_once_is_refused(find, count, tmp_path):
    mutant = dataclasses.replace(HARMLESS, find=find)
    message = (
        rf"^mutant says_it_differently: the text to replace must be in rtl/frame_tagger\.py "
        rf"exactly once, not {count} times: '{find}'$"
    )

    with pytest.raises(ValueError, match=message):
        apply_mutant(mutant, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_copy_is_broken_and_the_source_is_not(tmp_path):
    broken = apply_mutant(HARMLESS, tmp_path)

    assert broken == tmp_path / HARMLESS.file
    assert broken.read_text().startswith(HARMLESS.replace)
    assert (SOURCE / HARMLESS.file).read_text().startswith(HARMLESS.find)


@pytest.mark.parametrize(
    ("mutant", "status", "line"),
    [
        (HARMLESS, 1, "SURVIVED frame_tagger: says_it_differently\n"),
        (BY_NAME["every_frame_is_the_first"], 0, "noticed  frame_tagger: every_frame_is_the_first"),
    ],
    ids=["survivor", "noticed"],
)
def test_the_check_says_what_became_of_each(mutant, status, line, monkeypatch, capsys):
    monkeypatch.setattr(mutation_check, "MUTANTS", (mutant,))

    assert mutation_check.main(["--simulator", "icarus"]) == status
    assert capsys.readouterr().out.startswith(line)


def test_the_check_refuses_an_unknown_block(capsys):
    with pytest.raises(SystemExit, match=r"^2$"):
        mutation_check.main(["no_such_block"])

    said = capsys.readouterr().err
    assert "block must be one of " in said
    assert ", not 'no_such_block'" in said
