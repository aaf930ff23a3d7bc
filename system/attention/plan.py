"""What the chain does: which model, on which machine, in how many steps."""

from dataclasses import dataclass, field, replace

from analog_models.attention.cell_law import PUBLISHED_LINEAR, CellLaw
from analog_models.attention.geometry import HeadGeometry
from analog_models.validation import check_integer
from system.attention.hardware import Hardware
from system.attention.training import Recipe
from system.attention.transformer import TransformerConfig

__all__ = ["EMBEDDED_HARDWARE", "Plan", "full_plan"]

MANY = 1 << 30
FULLY_SWEPT_SEED = 1
EMBEDDED_HARDWARE = Hardware(
    geometry=HeadGeometry(head_dim=32, window_tokens=256, tile_tokens=64),
    score_saturation_a=40e-6,  # half of the published one, as are the rows
    output_saturation_a=20e-6,  # half of the published one: two cells at full scale
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The chain from a software model to one on gain cells.

    Software and hardware take the same number of steps: ``steps`` of softmax on one side, and on
    the other the first ``pretraining`` of those same steps, then ``transfer`` and ``linear`` ones
    on the linear machine, ``scaler_steps`` that move the scalers alone, and the rest on the
    nonlinear one.

    Parameters
    ----------
    steps : int
        Steps of either path.
    pretraining_part, transfer_part, linear_part : float
        Parts of the steps that the hardware's path spends on softmax, on learning from it what
        each layer's heads answer, and on the linear machine.
    cool_down_part : float
        Part of the steps in which the learning rate falls.
    scaler_steps : int
        Steps of the calibration of scalers alone.
    noise_steps : int
        Steps of noise-aware fine-tuning that follow; none of them count above.
    sequences : int
        Of a batch.
    rate_part : float
        Part of the learning rates that is used; less for a model that is trained already.
    last_rate_part : float
        Part of these that the last stage uses, on the nonlinear machine, and the software's path
        after the pretraining that both share.
    judged_one_in : int
        Validation windows of which one is judged, for the models that a path ends with; 1 for the
        whole set.
    passed_one_in : int
        The same for the models on the way there.
    swept_one_in : int
        The same for the sweeps.
    dies : int
        Dies over which the sweeps of mismatch and noise average; 0 for no sweeps of anything.
    seed : int
        Everything random starts from it.
    model : TransformerConfig
        Sizes of the model.
    hardware : Hardware
        The machine, with the law of the nonlinear cell.
    linear_law : CellLaw
        Law of the intermediate machine.
    """

    steps: int = 450
    pretraining_part: float = 0.6
    transfer_part: float = 0.06
    linear_part: float = 0.02
    cool_down_part: float = 0.3
    scaler_steps: int = 30
    noise_steps: int = 0
    sequences: int = 8
    rate_part: float = 1.0
    last_rate_part: float = 1.0
    judged_one_in: int = 16
    passed_one_in: int = 16
    swept_one_in: int = 32
    dies: int = 1
    seed: int = 1
    model: TransformerConfig = field(default_factory=TransformerConfig)
    hardware: Hardware = EMBEDDED_HARDWARE
    linear_law: CellLaw = PUBLISHED_LINEAR

    def __post_init__(self) -> None:
        check_integer("plan steps", self.steps, low=10, high=MANY)
        for name in (
            "scaler_steps", "sequences", "judged_one_in", "passed_one_in", "swept_one_in",
        ):  # fmt: skip
            check_integer(f"plan {name}", getattr(self, name), low=1, high=MANY)
        for name in ("noise_steps", "dies", "seed"):
            check_integer(f"plan {name}", getattr(self, name), low=0, high=MANY)
        for name in (
            "pretraining_part", "transfer_part", "linear_part", "cool_down_part", "rate_part",
            "last_rate_part",
        ):  # fmt: skip
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"plan {name} must be in 0..1, not {getattr(self, name)}")
        if self.nonlinear < 1:
            raise ValueError(
                f"plan steps must leave some for the last stage, but the stages before it take "
                f"{self.steps - self.nonlinear} of {self.steps}"
            )

    @property
    def linear_hardware(self) -> Hardware:
        """The intermediate machine."""
        return replace(self.hardware, law=self.linear_law)

    @property
    def pretraining(self) -> int:
        """Steps of softmax that the hardware's path begins with."""
        return round(self.steps * self.pretraining_part)

    @property
    def transfer(self) -> int:
        """Steps in which the linear machine's heads learn from softmax."""
        return max(1, round(self.steps * self.transfer_part))

    @property
    def linear(self) -> int:
        """Steps in which the whole model learns on the linear machine."""
        return max(1, round(self.steps * self.linear_part))

    @property
    def nonlinear(self) -> int:
        """Steps on the nonlinear machine."""
        return self.steps - self.before_scalers - self.scaler_steps

    @property
    def before_scalers(self) -> int:
        """Steps of the hardware's path up to the calibration of scalers."""
        return self.pretraining + self.transfer + self.linear

    @property
    def cool_down(self) -> int:
        """Last steps of either path, in which the learning rate falls."""
        return min(self.nonlinear, round(self.steps * self.cool_down_part))

    @property
    def software_recipe(self) -> Recipe:
        """How the software's path is trained."""
        return replace(
            self.recipe(self.steps, cool_down=self.cool_down),
            late_from=self.pretraining,
            late_part=self.last_rate_part,
        )

    def recipe(self, steps: int, *, cool_down: int = 0, rate_part: float = 1.0) -> Recipe:
        """Return how a stage is trained.

        Parameters
        ----------
        steps : int
            Steps of the stage.
        cool_down : int
            Steps at its end in which the learning rate falls.
        rate_part : float
            Part of the plan's learning rates that it uses.

        Returns
        -------
        Recipe
            The recipe.
        """
        return Recipe(
            steps=steps,
            sequences=self.sequences,
            rate_part=rate_part * self.rate_part,
            tokens=self.model.positions,
            warm_up=min(50, max(1, steps // 4)),
            cool_down=cool_down,
        )


def full_plan(seed: int) -> Plan:
    """Return the plan whose figures are worth quoting.

    Parameters
    ----------
    seed : int
        Everything random starts from it.

    Returns
    -------
    Plan
        The whole validation text for the figures that count. The first seed turns the knobs, too,
        and is trained on with noise: that takes as long as the path to gain cells.
    """
    plan = Plan(steps=7000, last_rate_part=0.5, judged_one_in=1, passed_one_in=8, dies=0, seed=seed)
    return replace(plan, noise_steps=150, dies=2) if seed == FULLY_SWEPT_SEED else plan
