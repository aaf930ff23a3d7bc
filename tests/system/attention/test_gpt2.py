import json

import numpy as np
import pytest
import torch

from system.attention.gpt2 import load_gpt2, read_tokens
from system.errors import UserError
from tests.system.attention.gpt2_folder import (
    CONFIG,
    VOCABULARY,
    gpt2_logits,
    gpt2_tensors,
    write_gpt2,
)

TEXT = "the hand and the then\n"


@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_the_loaded_model_is_gpt2(prefix, tmp_path):
    tensors = gpt2_tensors()
    stored = {prefix + name: each for name, each in tensors.items()}
    stored[f"{prefix}h.0.attn.bias"] = np.ones((1, 1, 32, 32), dtype=np.float32)  # a mask
    stored["lm_head.weight"] = tensors["wte.weight"].copy()
    tokens = np.random.default_rng(1).integers(0, len(VOCABULARY), 32)

    with torch.no_grad():
        logits = load_gpt2(write_gpt2(tmp_path, tensors=stored))(torch.from_numpy(tokens)[None])

    np.testing.assert_allclose(
        logits[0].numpy(), gpt2_logits(tensors, tokens), rtol=1e-3, atol=1e-3
    )


def test_half_precision_is_read_too(tmp_path):
    tensors = {name: each.astype(np.float16) for name, each in gpt2_tensors().items()}

    model = load_gpt2(write_gpt2(tmp_path, tensors=tensors))

    assert model.wte.weight.dtype == torch.float32
    assert torch.equal(model.wte.weight, torch.from_numpy(tensors["wte.weight"]).float())


@pytest.mark.parametrize("tokenizer", ["tokenizer.json", "vocab.json"])
def test_text_is_cut_by_either_form_of_the_tokenizer(tokenizer, tmp_path):
    folder = write_gpt2(tmp_path / "model", tokenizer=tokenizer)
    (tmp_path / "text").write_text(TEXT)

    tokens = read_tokens(tmp_path / "text", folder, vocabulary=len(VOCABULARY))

    names = {number: token for token, number in VOCABULARY.items()}
    assert [names[int(each)] for each in tokens] == [
        "the", "Ġ", "h", "and", "Ġ", "and", "Ġthe", "Ġthe", "n", "Ċ",
    ]  # fmt: skip


def changed(**changes):
    return {key: value for key, value in {**CONFIG, **changes}.items() if value is not ...}


def broken(name, change):
    tensors = gpt2_tensors()
    tensors[name] = change(tensors[name])
    return {key: value for key, value in tensors.items() if value is not None}


def with_one(value):
    def change(tensor):
        tensor.flat[3] = value
        return tensor

    return change


NAME = "h.1.mlp.c_fc.weight"
TENSORS = {
    "missing": (lambda _: None, f"must hold the tensor '{NAME}', but does not"),
    "misshapen": (
        lambda tensor: np.ascontiguousarray(tensor.T),
        f"the tensor '{NAME}' must have the shape (16, 64), not (64, 16)",
    ),
    "not a number": (
        with_one(np.nan),
        f"the tensor '{NAME}' must be finite, but 1 values are not",
    ),
    "infinite": (with_one(np.inf), f"the tensor '{NAME}' must be finite, but 1 values are not"),
    "whole numbers": (
        lambda tensor: tensor.astype(np.int8),
        f"the tensor '{NAME}' must hold real numbers, not torch.int8",
    ),
}


@pytest.mark.parametrize(("change", "message"), TENSORS.values(), ids=list(TENSORS))
def test_a_bad_tensor_is_named(change, message, tmp_path):
    folder = write_gpt2(tmp_path, tensors=broken(NAME, change))

    with pytest.raises(UserError) as error:
        load_gpt2(folder)

    assert str(error.value) == f"{folder / 'model.safetensors'}: {message}"


def test_another_output_matrix_is_refused(tmp_path):
    tensors = {**gpt2_tensors(), "lm_head.weight": gpt2_tensors(1)["wte.weight"]}
    folder = write_gpt2(tmp_path, tensors=tensors)

    with pytest.raises(
        UserError, match=r"lm_head\.weight must equal wte\.weight, as GPT-2's does$"
    ):
        load_gpt2(folder)


CONFIGS = {
    "another model": ({"model_type": "llama"}, "model_type must be gpt2, not llama"),
    "no size": ({"n_embd": ...}, "must have the key 'n_embd', but does not"),
    "a text": ({"n_layer": "two"}, "transformer layers must be a whole number, not 'two'"),
    "heads": ({"n_head": 3}, "transformer width must be a multiple of heads 3, not 16"),
    "inner": ({"n_inner": 32}, "n_inner must be four times n_embd or null, not 32"),
    "activation": (
        {"activation_function": "relu"},
        "activation_function must be gelu_new or gelu_pytorch_tanh, not relu",
    ),
    "null for a size": ({"n_embd": None}, "transformer width must be a whole number, not None"),
    "scores as they are": (
        {"scale_attn_weights": False},
        "scale_attn_weights must be True, not False",
    ),
    "epsilon below zero": (
        {"layer_norm_epsilon": -1},
        "transformer norm_epsilon must be positive, not -1",
    ),
    "epsilon in words": (
        {"layer_norm_epsilon": "small"},
        "transformer norm_epsilon must be a number, not 'small'",
    ),
}


@pytest.mark.parametrize(("changes", "message"), CONFIGS.values(), ids=list(CONFIGS))
def test_another_configuration_is_refused(changes, message, tmp_path):
    folder = write_gpt2(tmp_path, config=changed(**changes))

    with pytest.raises(UserError) as error:
        load_gpt2(folder)

    assert str(error.value) == f"{folder / 'config.json'}: {message}"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(name, tmp_path):
    folder = write_gpt2(tmp_path)
    (folder / name).unlink()

    with pytest.raises(UserError) as error:
        load_gpt2(folder)

    assert str(error.value) == f"{folder / name}: must be a file, but there is none"


@pytest.mark.parametrize("content", [b"", b"not safe tensors at all"])
def test_a_broken_file_of_weights_is_refused(content, tmp_path):
    folder = write_gpt2(tmp_path)
    (folder / "model.safetensors").write_bytes(content)

    with pytest.raises(UserError, match=r"model\.safetensors: must be a safetensors file, but: "):
        load_gpt2(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "must be JSON, but: "),
        ("[" * 100_000, "must be JSON, but: "),
        ("[]", "must be a JSON object, not list"),
    ],
)
def test_a_broken_configuration_is_refused(content, message, tmp_path):
    folder = write_gpt2(tmp_path)
    (folder / "config.json").write_text(content)

    with pytest.raises(UserError) as error:
        load_gpt2(folder)

    assert str(error.value).startswith(f"{folder / 'config.json'}: {message}")


@pytest.mark.parametrize("name", ["vocab.json", "merges.txt"])
def test_a_missing_half_of_the_tokenizer_is_named(name, tmp_path):
    folder = write_gpt2(tmp_path, tokenizer="vocab.json")
    (folder / name).unlink()
    (tmp_path / "text").write_text(TEXT)

    with pytest.raises(UserError) as error:
        read_tokens(tmp_path / "text", folder, vocabulary=300)

    assert str(error.value) == (
        f"{folder}: must hold tokenizer.json, or vocab.json and merges.txt, but has no {name}"
    )


def test_a_broken_tokenizer_is_refused(tmp_path):
    folder = write_gpt2(tmp_path)
    (folder / "tokenizer.json").write_text(json.dumps({"version": "none"}))
    (tmp_path / "text").write_text(TEXT)

    with pytest.raises(UserError, match=r": must hold a tokenizer that can be read: "):
        read_tokens(tmp_path / "text", folder, vocabulary=300)


def test_tokens_that_the_model_does_not_know_are_refused(tmp_path):
    folder = write_gpt2(tmp_path)
    (tmp_path / "text").write_text(TEXT)

    with pytest.raises(UserError) as error:
        read_tokens(tmp_path / "text", folder, vocabulary=100)

    highest = max(VOCABULARY[each] for each in ("Ġthe", "and", "the"))
    assert str(error.value) == (
        f"{folder}: tokens must be below the model's vocab_size 100, not {highest}"
    )


def test_a_text_that_is_no_text_is_refused(tmp_path):
    folder = write_gpt2(tmp_path / "model")
    (tmp_path / "text").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(UserError, match=r"text: must be UTF-8 text, but: "):
        read_tokens(tmp_path / "text", folder, vocabulary=300)
    with pytest.raises(UserError, match=r"none: must be a file, but there is none$"):
        read_tokens(tmp_path / "none", folder, vocabulary=300)


def test_a_tokenizer_that_would_drop_some_of_the_text_is_refused(tmp_path):
    folder = write_gpt2(tmp_path, tokenizer="vocab.json")
    known = {token: number for token, number in VOCABULARY.items() if token != "z"}
    (folder / "vocab.json").write_text(json.dumps(known))
    (tmp_path / "text").write_text("lazy")

    with pytest.raises(UserError) as error:
        read_tokens(tmp_path / "text", folder, vocabulary=len(VOCABULARY))

    assert str(error.value) == (
        f"{folder}: the tokenizer must have a token for each of the 256 bytes, as GPT-2's has, "
        "but has none for 1, such as 'z'"
    )
