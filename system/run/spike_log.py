"""Every event of a run, kept in files, however many there are."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

__all__ = ["SpikeLog"]

HEAD = np.dtype([("time", np.int64), ("channel", np.int32)])
EXAMPLES = 60  # snippets of a channel; as many as a report shows
MOST_SNIPPETS = 400_000  # kept in all: 50 MB of 64 samples each


class SpikeLog:
    """Times and channels of all events in a file, and their snippets until there are too many.

    While events are added, memory does not grow: an hour of 68 channels has millions of them. Once
    they are asked for, times and channels are in memory: 12 bytes an event, which is 109 MB for an
    hour of 68 channels with 37 events a second each. A run of that size was measured to need
    0.63 GB at most, its writers and the score against millions of true spikes included.

    Parameters
    ----------
    folder : Path
        Where the files are; the caller removes it.
    channels : int
        Number of channels.
    snippet_samples : int
        Samples of a snippet.

    Attributes
    ----------
    per_channel : numpy.ndarray
        Events of each channel so far.
    examples : list of list of numpy.ndarray
        The first snippets of each channel.
    """

    def __init__(self, folder: Path, *, channels: int, snippet_samples: int) -> None:
        self.per_channel = np.zeros(channels, dtype=np.int64)
        self.examples: list[list[npt.NDArray[np.int16]]] = [[] for _ in range(channels)]
        self._snippet = (np.int16, (snippet_samples,))
        self._paths = folder / "events.bin", folder / "snippets.bin"
        self._files = ExitStack()
        self._heads, self._snippets = (
            self._files.enter_context(path.open("wb")) for path in self._paths
        )
        self._read: npt.NDArray[np.void] | None = None

    def __enter__(self) -> "SpikeLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._files.close()

    @property
    def count(self) -> int:
        """Events so far."""
        return int(self.per_channel.sum())

    def add(self, events: npt.NDArray[np.void]) -> None:
        """Keep the events of a block.

        Parameters
        ----------
        events : numpy.ndarray
            Fields ``time`` (frame), ``channel`` and ``snippet``.
        """
        heads = np.empty(len(events), dtype=HEAD)
        heads["time"], heads["channel"] = events["time"], events["channel"]
        self._heads.write(heads.tobytes())
        self.per_channel += np.bincount(events["channel"], minlength=self.per_channel.size)
        if self.count <= MOST_SNIPPETS:
            self._snippets.write(events["snippet"].astype(np.int16).tobytes())
        for channel in np.unique(events["channel"]):
            kept = self.examples[channel]
            if len(kept) < EXAMPLES:
                mine = events["snippet"][events["channel"] == channel]
                kept.extend(mine[: EXAMPLES - len(kept)].copy())

    def events(self) -> npt.NDArray[np.void]:
        """Return all events, once no more are added.

        Returns
        -------
        numpy.ndarray
            Fields ``time`` and ``channel``, in the order in which events were added; and
            ``snippet``, unless there are too many events. The same array every time, not to be
            changed.
        """
        if self._read is None:
            self._read = self._from_files()
            self._read.flags.writeable = False
        return self._read

    def _from_files(self) -> npt.NDArray[np.void]:
        heads = np.fromfile(self._paths[0], dtype=HEAD)
        if len(heads) > MOST_SNIPPETS:
            return heads
        events = np.empty(len(heads), dtype=[*HEAD.descr, ("snippet", *self._snippet)])
        events["time"], events["channel"] = heads["time"], heads["channel"]
        events["snippet"] = np.fromfile(self._paths[1], dtype=np.dtype(self._snippet))
        return events
