"""GPT-2 of any size from a local folder, in the format of its publication on Hugging Face."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor

from system.attention.transformer import Transformer, TransformerConfig
from system.errors import UserError

__all__ = ["load_gpt2", "read_tokens"]

CONFIG, WEIGHTS = "config.json", "model.safetensors"
TOKENIZER, VOCABULARY, MERGES = "tokenizer.json", "vocab.json", "merges.txt"
PREFIX = "transformer."  # some files have it, some have not
OUTPUT = "lm_head.weight"  # the same matrix as the embedding's, where a file has it
TRANSPOSED = ("c_attn.weight", "c_proj.weight", "c_fc.weight")  # stored the other way round
SIZES = {
    "vocabulary": "vocab_size",
    "positions": "n_positions",
    "width": "n_embd",
    "layers": "n_layer",
    "heads": "n_head",
}
REQUIRED = {
    "model_type": ("gpt2",),
    "activation_function": ("gelu_new", "gelu_pytorch_tanh"),
    "scale_attn_by_inverse_layer_idx": (False,),
    "scale_attn_weights": (True,),
}


def load_gpt2(folder: Path) -> Transformer:
    """Return the model of a folder.

    Parameters
    ----------
    folder : Path
        Holds ``config.json`` and ``model.safetensors``.

    Returns
    -------
    Transformer
        The model, float32.

    Raises
    ------
    UserError
        A file is missing or cannot be read, the model is another one, or a tensor is missing, of
        another shape, or not finite.
    """
    config = _config(folder / CONFIG)
    model = Transformer(config, torch.Generator().manual_seed(0))
    path = folder / WEIGHTS
    _check_is_file(path)
    state = {}
    try:
        with safe_open(path, framework="pt") as stored:
            names = {name.removeprefix(PREFIX): name for name in list(stored.keys())}
            for name, parameter in model.state_dict().items():
                if name not in names:
                    raise UserError(f"{path}: must hold the tensor {name!r}, but does not")
                tensor = stored.get_tensor(names[name])
                state[name] = _checked(path, name, tensor, parameter)
            if OUTPUT in names:
                output = stored.get_tensor(names[OUTPUT]).float()
                if not torch.equal(output, state["wte.weight"]):
                    raise UserError(f"{path}: {OUTPUT} must equal wte.weight, as GPT-2's does")
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: must be a safetensors file, but: {error}") from error
    model.load_state_dict(state)
    return model


def _checked(path: Path, name: str, tensor: Tensor, parameter: Tensor) -> Tensor:
    transposed = name.endswith(TRANSPOSED)
    wanted = tuple(parameter.T.shape if transposed else parameter.shape)
    if tuple(tensor.shape) != wanted:
        raise UserError(
            f"{path}: the tensor {name!r} must have the shape {wanted}, not {tuple(tensor.shape)}"
        )
    if not tensor.is_floating_point():
        raise UserError(f"{path}: the tensor {name!r} must hold real numbers, not {tensor.dtype}")
    tensor = tensor.float()
    if not bool(tensor.isfinite().all()):
        count = int((~tensor.isfinite()).sum())
        raise UserError(f"{path}: the tensor {name!r} must be finite, but {count} values are not")
    return tensor.T.contiguous() if transposed else tensor


def _config(path: Path) -> TransformerConfig:
    found = _json(path)
    for name, allowed in REQUIRED.items():
        value = found.get(name, allowed[0])
        if value not in allowed:
            raise UserError(f"{path}: {name} must be {' or '.join(map(str, allowed))}, not {value}")
    for name in SIZES.values():
        if name not in found:
            raise UserError(f"{path}: must have the key {name!r}, but does not")
    try:
        config = TransformerConfig(
            **{ours: found[theirs] for ours, theirs in SIZES.items()},
            norm_epsilon=found.get("layer_norm_epsilon", 1e-5),
        )
    except (TypeError, ValueError) as error:
        raise UserError(f"{path}: {error}") from error
    inner = found.get("n_inner")
    if inner not in (None, 4 * config.width):
        raise UserError(f"{path}: n_inner must be four times n_embd or null, not {inner}")
    return config


def read_tokens(text: Path, folder: Path, *, vocabulary: int) -> Tensor:
    """Return the tokens of a text.

    Parameters
    ----------
    text : Path
        A file of UTF-8 text.
    folder : Path
        Holds ``tokenizer.json``, or ``vocab.json`` and ``merges.txt``.
    vocabulary : int
        Different tokens of the model.

    Returns
    -------
    Tensor
        Tokens, int32.

    Raises
    ------
    UserError
        A file is missing or cannot be read, or the tokens are not the model's.
    """
    _check_is_file(text)
    try:
        content = text.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{text}: must be UTF-8 text, but: {error}") from error
    tokenizer = _tokenizer(folder)
    missing = sorted(set(pre_tokenizers.ByteLevel.alphabet()) - set(tokenizer.get_vocab()))
    if missing:  # of those the library would drop the text without a word
        raise UserError(
            f"{folder}: the tokenizer must have a token for each of the 256 bytes, as GPT-2's has, "
            f"but has none for {len(missing)}, such as {missing[0]!r}"
        )
    tokens = torch.tensor(tokenizer.encode(content).ids, dtype=torch.int32)
    if len(tokens) and int(tokens.max()) >= vocabulary:
        raise UserError(
            f"{folder}: tokens must be below the model's vocab_size {vocabulary}, "
            f"not {int(tokens.max())}"
        )
    return tokens


def _tokenizer(folder: Path) -> Tokenizer:
    path = folder / TOKENIZER
    if not path.is_file():
        for name in (VOCABULARY, MERGES):
            if not (folder / name).is_file():
                raise UserError(
                    f"{folder}: must hold {TOKENIZER}, or {VOCABULARY} and {MERGES}, "
                    f"but has no {name}"
                )
    try:
        if path.is_file():
            return Tokenizer.from_file(str(path))
        pairs = models.BPE.from_file(str(folder / VOCABULARY), str(folder / MERGES))
    except Exception as error:  # the library raises no narrower one
        raise UserError(f"{folder}: must hold a tokenizer that can be read: {error}") from error
    tokenizer = Tokenizer(pairs)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


def _json(path: Path) -> dict:
    _check_is_file(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (RecursionError, ValueError) as error:
        raise UserError(f"{path}: must be JSON, but: {error}") from error
    if not isinstance(found, dict):
        raise UserError(f"{path}: must be a JSON object, not {type(found).__name__}")
    return found


def _check_is_file(path: Path) -> None:
    if not path.is_file():
        raise UserError(f"{path}: must be a file, but there is none")
