"""Every format that can be opened, known by the suffix of a file or by what lies in a folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from system.errors import UserError
from system.recordings.given import Given

__all__ = ["FORMATS", "Format", "choose_format"]

_MODULES = "system.recordings"


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format and who reads it.

    Parameters
    ----------
    name : str
        Its name.
    suffixes : tuple of str
        Suffixes of its files, lower case.
    reader : str
        Module and function, called with the path and what the user says, and with this format if
        it has extractors. It is loaded when it is needed: some take half a second.
    signs : tuple of str
        Patterns of files, one of which every folder of this format holds.
    companion : str
        Suffix of a file that lies beside, where a suffix alone does not tell.
    magic : bytes
        How its files begin, where a suffix alone does not tell.
    takes : {"file", "folder", "either"}
        What the reader opens: always a file, even if the folder was named; always the folder, even
        if a file in it was named; or what was named.
    extractors : tuple of str
        Classes of ``spikeinterface.extractors`` to try, in order.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    reader: str = "neuro_files:open_neuro"
    signs: tuple[str, ...] = ()
    companion: str = ""
    magic: bytes = b""
    takes: Literal["file", "folder", "either"] = "file"
    extractors: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Full name of the reader's module."""
        return f"{_MODULES}.{self.reader.partition(':')[0]}"

    @property
    def function(self) -> str:
        """Name of the reader in its module."""
        return self.reader.partition(":")[2]

    def fits_file(self, path: Path) -> bool:
        """Tell whether a file looks like this format.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        bool
            Its name ends as it should; what should lie beside does; it begins as it should.
        """
        if not path.name.lower().endswith(self.suffixes):
            return False
        if self.companion and not path.with_suffix(self.companion).is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(self.magic)) == self.magic

    def found_in_folder(self, folder: Path) -> Path | None:
        """Return the first file in a folder that is a sign of this format.

        Parameters
        ----------
        folder : Path
            The folder.

        Returns
        -------
        Path or None
            The file, or ``None``.
        """
        found = (next(iter(sorted(folder.glob(sign))), None) for sign in self.signs)
        return next((path for path in found if path is not None), None)


def _deep(pattern: str, depth: int) -> tuple[str, ...]:
    return tuple("*/" * level + pattern for level in range(depth + 1))


RAW = Format(
    name="raw binary",
    suffixes=(".bin", ".dat", ".raw", ".i16", ".i32", ".f32", ".f64"),
    reader="raw_files:open_raw",
)

# The first that fits is taken: those that ask for more come before those that ask for less.
FORMATS = (
    Format(name="NumPy array", suffixes=(".npy",), reader="numpy_files:open_npy"),
    Format(name="NumPy archive", suffixes=(".npz",), reader="numpy_files:open_npz"),
    Format(name="Axocell", suffixes=(".axc",), reader="axc_files:open_axc"),
    Format(name="MATLAB", suffixes=(".mat",), reader="matlab_files:open_matlab"),
    Format(name="WAVE", suffixes=(".wav",), reader="wave_files:open_wave"),
    Format(name="text", suffixes=(".txt", ".csv", ".tsv"), reader="text_files:open_text"),
    Format(name="NWB", suffixes=(".nwb",), reader="nwb_files:open_nwb"),
    Format(
        name="SpikeInterface",
        signs=("si_folder.json", "binary.json"),
        takes="folder",
        reader="neuro_files:open_saved",
    ),
    Format(
        name="Zarr",
        suffixes=(".zarr",),
        signs=(".zattrs", ".zgroup", "zarr.json"),
        takes="folder",
        reader="nwb_files:open_zarr",
    ),
    Format(
        name="Intan",
        suffixes=(".rhd", ".rhs"),
        signs=("info.rhd", "info.rhs"),
        reader="intan_files:open_intan",
    ),
    Format(
        name="Intan",
        signs=("*.rhd", "*.rhs"),
        takes="folder",
        reader="intan_files:open_intan_folder",
    ),
    Format(
        name="SpikeGLX",
        suffixes=(".meta",),
        signs=_deep("*.meta", 3),
        companion=".bin",
        takes="either",
        reader="spikeglx_files:open_spikeglx",
    ),
    Format(
        name="SpikeGLX",
        suffixes=(".bin",),
        companion=".meta",
        reader="spikeglx_files:open_spikeglx",
    ),
    Format(
        name="Open Ephys",
        suffixes=(".oebin",),
        signs=_deep("structure.oebin", 4),
        takes="folder",
        extractors=("OpenEphysBinaryRecordingExtractor",),
    ),
    Format(
        name="Open Ephys (legacy)",
        suffixes=(".continuous", ".openephys"),
        signs=_deep("*.continuous", 1),
        takes="folder",
        extractors=("OpenEphysLegacyRecordingExtractor",),
    ),
    Format(
        name="NeuroScope",
        suffixes=(".dat", ".lfp", ".eeg"),
        companion=".xml",
        extractors=("NeuroScopeRecordingExtractor",),
    ),
    Format(
        name="Axona",
        suffixes=(".set", ".bin"),
        companion=".set",
        extractors=("AxonaRecordingExtractor",),
    ),
    Format(
        name="Multi Channel Systems raw",
        suffixes=(".raw",),
        magic=b"MC_DataTool",
        extractors=("MCSRawRecordingExtractor",),
    ),
    Format(
        name="Blackrock",
        suffixes=(".ns1", ".ns2", ".ns3", ".ns4", ".ns5", ".ns6", ".nev"),
        extractors=("BlackrockRecordingExtractor",),
    ),
    Format(
        name="Neuralynx",
        suffixes=(".ncs", ".nse", ".ntt"),
        signs=("*.ncs", "*.NCS"),
        takes="folder",
        extractors=("NeuralynxRecordingExtractor",),
    ),
    Format(
        name="Tucker-Davis",
        suffixes=(".tbk", ".tdx", ".tev", ".tsq", ".sev"),
        signs=("*.tsq", "*.sev"),
        takes="folder",
        extractors=("TdtRecordingExtractor",),
    ),
    Format(
        name="AlphaOmega",
        suffixes=(".lsx", ".mpx"),
        signs=("*.mpx", "*.lsx"),
        takes="folder",
        extractors=("AlphaOmegaRecordingExtractor",),
    ),
    Format(
        name="NeuroNexus",
        suffixes=(".xdat.json",),
        signs=("*.xdat.json",),
        extractors=("NeuroNexusRecordingExtractor",),
    ),
    Format(
        name="MountainSort",
        suffixes=(".mda",),
        signs=("raw.mda",),
        takes="folder",
        extractors=("MdaRecordingExtractor",),
    ),
    Format(name="HDF5", suffixes=(".h5", ".hdf5"), reader="hdf5_files:open_hdf5"),
    Format(name="3Brain", suffixes=(".brw", ".bxr"), extractors=("BiocamRecordingExtractor",)),
    Format(name="Axon", suffixes=(".abf",), extractors=("AxonRecordingExtractor",)),
    Format(
        name="CED",
        suffixes=(".smr", ".smrx"),
        extractors=("CedRecordingExtractor", "Spike2RecordingExtractor"),
    ),
    Format(name="EDF", suffixes=(".edf", ".bdf"), extractors=("EDFRecordingExtractor",)),
    Format(name="IBL", suffixes=(".cbin",), extractors=("CompressedBinaryIblExtractor",)),
    Format(
        name="NeuroExplorer",
        suffixes=(".nex", ".nex5"),
        extractors=("NeuroExplorerRecordingExtractor",),
    ),
    Format(name="NIX", suffixes=(".nix",), extractors=("NixRecordingExtractor",)),
    Format(name="Plexon", suffixes=(".plx",), extractors=("PlexonRecordingExtractor",)),
    Format(name="Plexon 2", suffixes=(".pl2",), extractors=("Plexon2RecordingExtractor",)),
    Format(
        name="SpikeGadgets",
        suffixes=(".rec",),
        extractors=("SpikeGadgetsRecordingExtractor",),
    ),
    RAW,
)


def choose_format(path: Path, given: Given) -> tuple[Format, Path]:
    """Return the format of a file or folder, and what its reader is to open.

    Parameters
    ----------
    path : Path
        File or folder that exists.
    given : Given
        What the user says: with a sample type, a file of no other known format is raw binary.

    Returns
    -------
    Format
        The format.
    Path
        ``path``, the folder it lies in, or a file in it.

    Raises
    ------
    UserError
        No format fits; the message lists all of them.
    """
    if path.is_dir():
        for known in FORMATS:
            found = known.found_in_folder(path)
            if found is not None:
                return known, found if known.takes == "file" else path
        names = dict.fromkeys(known.name for known in FORMATS if known.signs)
        raise UserError(
            f"{path.name}: a folder must be a recording of {', '.join(names)}; nothing in it is"
        )
    if given.dtype is not None and path.name.lower().endswith(RAW.suffixes):
        return RAW, path
    for known in FORMATS:
        if known.suffixes and known.fits_file(path):
            return known, path.absolute().parent if known.takes == "folder" else path
    if given.dtype is not None:
        return RAW, path
    for known in FORMATS:
        if known.companion and path.name.lower().endswith(known.suffixes):
            beside = path.with_suffix(known.companion).name
            raise UserError(f"{path.name}: a {known.name} recording needs {beside} beside it")
    suffixes = dict.fromkeys(suffix for known in FORMATS for suffix in known.suffixes)
    raise UserError(
        f"{path.name}: suffix must be of a known format ({' '.join(suffixes)}),"
        f" not {path.suffix or 'missing'}"
    )
