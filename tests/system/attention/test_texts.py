import pytest
import torch

from system.attention.texts import corpus_of, standard_library
from system.errors import UserError
from tests.system.attention.tiny import tiny_corpus


def test_the_embedded_text_is_the_library_of_the_running_python():
    corpus = standard_library()

    assert len(corpus.training) > 5_000_000
    assert 0.01 < len(corpus.validation) / len(corpus.training) < 0.1
    assert b"import" in bytes(corpus.validation[:100_000].tolist())
    assert corpus.sha256 == standard_library().sha256


def test_what_people_did_not_write_is_left_out(tmp_path):
    (tmp_path / "test").mkdir()
    for number in range(100):
        (tmp_path / f"module{number}.py").write_text(f"number = {number}\n")
        (tmp_path / "test" / f"test{number}.py").write_text("left out\n")
    (tmp_path / "module.txt").write_text("left out\n")

    corpus = standard_library(tmp_path)

    both = torch.cat((corpus.training, corpus.validation))
    lines = bytes(both.tolist()).decode().splitlines()
    assert sorted(lines) == sorted(f"number = {number}" for number in range(100))


def test_a_folder_without_sources_is_refused(tmp_path):
    with pytest.raises(UserError) as error:
        standard_library(tmp_path)

    assert str(error.value) == (
        f"{tmp_path}: must hold the Python sources to train on, but does not"
    )


def test_a_batch_depends_on_its_number_and_the_seed_alone():
    corpus = tiny_corpus()

    def batch(step, seed=1):
        return corpus.batch(step, sequences=4, tokens=16, seed=seed)

    inputs, targets = batch(3)
    assert inputs.shape == targets.shape == (4, 16)
    assert torch.equal(inputs[:, 1:], targets[:, :-1])
    assert torch.equal(batch(3)[0], inputs)
    assert not torch.equal(batch(4)[0], inputs)
    assert not torch.equal(batch(3, seed=2)[0], inputs)


def test_validation_windows_cover_the_text_once():
    corpus = tiny_corpus()

    inputs, targets = corpus.validation_windows(32)

    covered = len(inputs) * 32
    assert len(corpus.validation) - 1 - 32 < covered <= len(corpus.validation) - 1
    assert torch.equal(inputs.flatten(), corpus.validation[:covered].long())
    assert torch.equal(targets.flatten(), corpus.validation[1 : covered + 1].long())


def test_the_last_tenth_of_a_text_is_held_out():
    tokens = torch.arange(1000, dtype=torch.int32)

    corpus = corpus_of("numbers", tokens, window=16)

    assert torch.equal(corpus.training, tokens[:900])
    assert torch.equal(corpus.validation, tokens[900:])


@pytest.mark.parametrize(("tokens", "fits"), [(169, False), (170, True), (0, False)])
def test_a_text_shorter_than_its_windows_is_refused(tokens, fits):
    text = torch.zeros(tokens, dtype=torch.int32)
    if fits:
        assert len(corpus_of("text", text, window=16).validation) == 17
        return

    with pytest.raises(UserError) as error:
        corpus_of("notes.txt", text, window=16)

    assert str(error.value) == (
        "notes.txt: must have more than 169 tokens, so that its last tenth is longer than a "
        f"window of 16, but has {tokens}"
    )
