from analog_models.spice.converter_phases import Phases, phase_lines

PHASES = Phases(edge_s=1e-10)


def test_a_phase_and_its_complement_change_together():
    assert phase_lines("hold", PHASES, 1e-9, 2e-9) == [
        "vhold hold 0 pwl(0 0 1e-09 0 1.1e-09 0.9 2e-09 0.9 2.1e-09 0)",
        "vhold_bar hold_bar 0 pwl(0 0.9 1e-09 0.9 1.1e-09 0 2e-09 0 2.1e-09 0.9)",
    ]


def test_a_phase_may_be_at_ground():
    assert phase_lines("hold", PHASES, 1e-9, 2e-9, high=False) == [
        line.replace("hold_bar", "node").replace("hold", "hold_bar").replace("node", "hold")
        for line in reversed(phase_lines("hold", PHASES, 1e-9, 2e-9))
    ]


def test_phases_follow_one_another():
    phases = Phases()
    times_s = [
        phases.reset_end_s,
        phases.integrate_s,
        phases.charge_start_s,
        phases.charge_start_s + phases.full_width_s,
        phases.hold_s,
        phases.sample_s,
        phases.discharge_s,
        phases.discharge_s + phases.full_width_s,
        phases.again_s,
        phases.end_s,
    ]

    assert times_s == sorted(times_s)
