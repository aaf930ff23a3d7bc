"""What a training run leaves behind, so that it can go on after an interruption."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from system.atomic import atomic_file
from system.errors import UserError

__all__ = ["Checkpoint"]

FORMAT = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """The state of a training run.

    Parameters
    ----------
    settings : Mapping
        All that the result depends on; a run goes on only from a checkpoint of the same settings.
    step : int
        Steps done.
    model : dict
        State of the model.
    optimisers : list of dict
        States of the optimisers.
    seconds : float
        CPU time spent.
    """

    settings: Mapping[str, object]
    step: int
    model: dict[str, Tensor]
    optimisers: list[dict[str, Any]]
    seconds: float

    def save(self, path: Path) -> None:
        """Write the checkpoint; an earlier one stays until this one is whole.

        Parameters
        ----------
        path : Path
            Where to.

        Raises
        ------
        UserError
            It cannot be written there.
        """
        with atomic_file(path) as temporary:
            torch.save({"format": FORMAT, **vars(self)}, temporary)

    @classmethod
    def load(cls, path: Path, settings: Mapping[str, object]) -> "Checkpoint | None":
        """Return the checkpoint of a run, or None if there is none.

        Parameters
        ----------
        path : Path
            Where it is.
        settings : Mapping
            What the run depends on.

        Returns
        -------
        Checkpoint or None
            The checkpoint.

        Raises
        ------
        UserError
            The file is no checkpoint, or one of other settings.
        """
        if not path.exists():
            return None
        try:
            found = torch.load(path, weights_only=True)
            version = found.pop("format")
            checkpoint = cls(**found)
        except Exception as error:  # a pickle can fail in any way
            raise UserError(f"{path}: must be a checkpoint of axocell, but is not one") from error
        if version != FORMAT:
            raise UserError(
                f"{path}: must be a checkpoint of format {FORMAT}, that of this version of "
                f"axocell, not {version}"
            )
        for name, wanted in settings.items():
            had = checkpoint.settings.get(name)
            if had != wanted:
                raise UserError(
                    f"{path}: must be of the same run, whose {name} is {wanted!r}, not {had!r}; "
                    f"remove it or choose another folder"
                )
        return checkpoint
