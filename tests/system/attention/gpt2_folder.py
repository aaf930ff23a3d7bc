"""A tiny model in a folder of the format that GPT-2 is published in."""

import json

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

LAYERS, HEADS, WIDTH, POSITIONS = 2, 2, 16, 32
LETTERS = sorted(pre_tokenizers.ByteLevel.alphabet())  # 256, one for each byte
MERGES = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("a", "n"), ("an", "d")]
VOCABULARY = {
    token: number for number, token in enumerate([*LETTERS, *("".join(pair) for pair in MERGES)])
}
CONFIG = {
    "model_type": "gpt2",
    "activation_function": "gelu_new",
    "vocab_size": len(VOCABULARY),
    "n_positions": POSITIONS,
    "n_embd": WIDTH,
    "n_layer": LAYERS,
    "n_head": HEADS,
    "layer_norm_epsilon": 1e-5,
}


def gpt2_tensors(seed=0):
    """Weights by their published names, matrices as inputs by outputs."""
    rng = np.random.default_rng(seed)
    shapes = {"wte.weight": (len(VOCABULARY), WIDTH), "wpe.weight": (POSITIONS, WIDTH)}
    for layer in range(LAYERS):
        for norm in ("ln_1", "ln_2"):
            shapes |= {f"h.{layer}.{norm}.{each}": (WIDTH,) for each in ("weight", "bias")}
        for name, inputs, outputs in (
            ("attn.c_attn", WIDTH, 3 * WIDTH),
            ("attn.c_proj", WIDTH, WIDTH),
            ("mlp.c_fc", WIDTH, 4 * WIDTH),
            ("mlp.c_proj", 4 * WIDTH, WIDTH),
        ):
            shapes[f"h.{layer}.{name}.weight"] = (inputs, outputs)
            shapes[f"h.{layer}.{name}.bias"] = (outputs,)
    shapes |= {"ln_f.weight": (WIDTH,), "ln_f.bias": (WIDTH,)}
    return {name: rng.normal(0.0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


def write_gpt2(folder, *, tensors=None, config=None, tokenizer="tokenizer.json"):
    """Write the files; ``tokenizer`` is the name of the one that is not the legacy pair."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config or CONFIG))
    save_file(tensors or gpt2_tensors(), folder / "model.safetensors")
    if tokenizer == "tokenizer.json":
        made = Tokenizer(models.BPE(vocab=VOCABULARY, merges=MERGES))
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.save(str(folder / tokenizer))
    else:
        (folder / "vocab.json").write_text(json.dumps(VOCABULARY))
        lines = ["#version: 0.2", *(" ".join(pair) for pair in MERGES)]
        (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def gpt2_logits(tensors, tokens):
    """The published model, written from its definition in double precision."""
    get = {name: each.astype(np.float64) for name, each in tensors.items()}

    def norm(x, name):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return x * get[f"{name}.weight"] + get[f"{name}.bias"]

    def linear(x, name):
        return x @ get[f"{name}.weight"] + get[f"{name}.bias"]

    count = len(tokens)
    x = get["wte.weight"][tokens] + get["wpe.weight"][:count]
    future = np.triu(np.ones((count, count), dtype=bool), 1)
    for layer in range(LAYERS):
        name = f"h.{layer}"
        query, key, value = np.split(linear(norm(x, f"{name}.ln_1"), f"{name}.attn.c_attn"), 3, -1)
        heads = []
        for q, k, v in zip(
            *(np.split(each, HEADS, -1) for each in (query, key, value)), strict=True
        ):
            scores = np.where(future, -np.inf, q @ k.T / np.sqrt(WIDTH // HEADS))
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(weights / weights.sum(-1, keepdims=True) @ v)
        x = x + linear(np.concatenate(heads, -1), f"{name}.attn.c_proj")
        inner = linear(norm(x, f"{name}.ln_2"), f"{name}.mlp.c_fc")
        gelu = 0.5 * inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        x = x + linear(gelu, f"{name}.mlp.c_proj")
    return norm(x, "ln_f") @ get["wte.weight"].T
