"""From stored samples to volts: who says how."""

import numpy as np

from system.errors import UserError
from system.recordings.flat_samples import check_sample_type
from system.recordings.given import UNITS, Given
from system.recordings.stored import Scale, StoredRecording

__all__ = ["choose_scale"]


def choose_scale(name: str, stored: StoredRecording, given: Given, notes: list[str]) -> Scale:
    """Return the scale of a recording.

    What the user gives comes first, then what the file says. A file that says nothing holds volts
    if its samples are floating point; integers are a converter's counts and need a scale.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    stored : StoredRecording
        What is in it.
    given : Given
        What the user says.
    notes : list of str
        Where to say how the scale was understood.

    Returns
    -------
    Scale
        The scale.

    Raises
    ------
    UserError
        Nobody gave the scale of counts, or the file's own is no number.
    """
    check_sample_type(name, stored.samples.dtype)
    if given.unit_v is not None:
        if stored.scale is not None and stored.scale.declared and not stored.scale.note:
            notes.append(f"the scale given ({given.unit_v:g} V) overrules the file's own")
        return Scale(gain_v=given.unit_v)
    if stored.scale is not None:
        gain_v, offset_v = np.asarray(stored.scale.gain_v), np.asarray(stored.scale.offset_v)
        if not (np.all(np.isfinite(gain_v)) and np.all(np.isfinite(offset_v)) and np.all(gain_v)):
            wrong = gain_v[~np.isfinite(gain_v) | (gain_v == 0)]
            shown = wrong.flat[0] if wrong.size else "an offset that is not finite"
            raise UserError(f"{name}: gain must be finite and not zero, not {shown} V")
        if stored.scale.note:
            notes.append(stored.scale.note)
        return stored.scale
    if stored.counts or stored.samples.dtype.kind != "f":
        first = np.asarray(stored.samples.read(0, 1)).flat[0]
        raise UserError(
            f"{name}: samples that are a converter's counts need --scale-v (volts per count) or"
            f" --unit ({', '.join(UNITS)}); the file gives none, and its first sample is {first:g}"
        )
    return Scale(gain_v=1.0, declared=False)
