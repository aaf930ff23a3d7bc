import pytest

from system.report import write_report
from tests.system.chromium import Chromium, chromium_path
from tests.system.fake_report import fake_report, quiet_report
from tests.system.test_report_page import hostile_report

LAYERS_PER_PLOT = 3  # plotly draws each plot as three stacked SVG pictures
PLOTS = {"one": 6, "sixty_eight": 10, "no_truth": 7, "quiet": 3, "hostile": 9}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write one page per case and return their paths."""
    reports = {
        "one": fake_report(channels=1),
        "sixty_eight": fake_report(channels=68),
        "no_truth": fake_report(channels=4, truth=False, engine="none"),
        "quiet": quiet_report(channels=4),
        "hostile": hostile_report(),
    }
    folder = tmp_path_factory.mktemp("pages")
    return {name: write_report(report, folder / name)[1] for name, report in reports.items()}


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with Chromium.open(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def traces(chromium):
    """Return (plots stacked, first second, last second) of the trace figure."""
    return chromium.evaluate(
        "(({layout, _fullLayout}) => [Object.keys(_fullLayout).filter(key => "
        "/^yaxis/.test(key)).length, ...layout.xaxis.range])"
        "(document.getElementById('trace-plot'))"
    )


@pytest.mark.parametrize(
    ("name", "scheme"),
    [*((name, "light") for name in PLOTS), ("sixty_eight", "dark"), ("no_truth", "dark")],
)
def test_the_page_draws_its_plots_without_complaint(chromium, pages, name, scheme):
    chromium.show(pages[name], scheme=scheme)

    assert chromium.complaints() == []
    assert chromium.requests() == [pages[name].as_uri()]
    assert chromium.evaluate("document.querySelectorAll('.main-svg').length") == (
        LAYERS_PER_PLOT * PLOTS[name]
    )
    assert chromium.evaluate("document.querySelectorAll('.plot:not(.js-plotly-plot)').length") == 0
    assert chromium.evaluate("document.querySelectorAll('.plot path').length") > 2 * PLOTS[name]


def test_hostile_names_run_nothing(chromium, pages):
    chromium.show(pages["hostile"])

    assert chromium.evaluate("typeof hacked") == "undefined"
    assert chromium.evaluate("document.scripts.length") == 3
    assert chromium.evaluate("document.title").startswith("</script><script>")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_no_wider_than_its_window(chromium, pages, width):
    chromium.show(pages["sixty_eight"], width=width)

    assert chromium.evaluate("document.documentElement.scrollWidth") == width


def test_channels_are_stacked_as_chosen(chromium, pages):
    chromium.show(pages["sixty_eight"])
    before = traces(chromium)
    chromium.evaluate("document.querySelectorAll('input[data-row]')[5].click()")

    assert before == [3, 12, pytest.approx(13, abs=1e-3)]
    assert traces(chromium)[0] == 4
    assert chromium.complaints() == []


def test_no_channel_chosen_is_an_empty_plot(chromium, pages):
    chromium.show(pages["one"])
    chromium.evaluate("document.querySelector('input[data-row]').click()")

    assert chromium.evaluate("document.getElementById('trace-plot').data.length") == 0
    assert chromium.complaints() == []


def test_the_window_steps_from_spike_to_spike(chromium, pages):
    chromium.show(pages["sixty_eight"])
    spikes = fake_report(channels=68)["traces"]
    first, second = sorted(time for trace in spikes[:3] for time in trace["spike_s"])[:2]

    centres = []
    for _ in range(2):
        chromium.evaluate("document.querySelector('[data-step=\"1\"]').click()")
        _, start, stop = traces(chromium)
        centres.append((start + stop) / 2)
    chromium.evaluate("document.querySelector('[data-window=all]').click()")

    assert centres == pytest.approx([max(first, 12.01), max(second, 12.01)], abs=1e-5)
    assert traces(chromium)[1:] == [12, pytest.approx(13, abs=1e-3)]
    assert chromium.complaints() == []


def test_plots_follow_a_change_of_colour_scheme(chromium, pages):
    ink = "getComputedStyle(document.querySelector('[data-figure=speed] .xtitle')).fill"
    chromium.show(pages["one"], scheme="light")
    light = chromium.evaluate(ink)
    chromium.prefer("dark")
    dark = chromium.evaluate(f"new Promise(done => setTimeout(() => done({ink}), 300))")

    assert (light, dark) == ("rgb(85, 96, 111)", "rgb(160, 171, 185)")
    assert chromium.complaints() == []


def test_no_plot_offers_to_send_its_data_away(chromium, pages):
    chromium.show(pages["one"])
    buttons = chromium.evaluate(
        "[...new Set([...document.querySelectorAll('.modebar-btn')].map(b => b.dataset.title))]"
    )

    assert buttons == ["Download plot", "Zoom", "Pan", "Zoom in", "Zoom out", "Reset axes"]


def test_the_policy_stops_requests_and_strange_scripts(chromium, pages):
    chromium.show(pages["one"])
    fetched = chromium.evaluate("fetch('http://127.0.0.1:9/').then(() => 'yes', () => 'no')")
    chromium.evaluate(
        "{ const script = document.createElement('script');"
        "  script.textContent = 'strange = 1'; document.body.append(script) }"
    )

    assert fetched == "no"
    assert chromium.evaluate("typeof strange") == "undefined"
    stopped = " ".join(chromium.complaints())
    assert "connect-src" in stopped
    assert "script-src" in stopped


def test_a_print_is_light_whatever_the_screen(chromium, pages, tmp_path):
    chromium.show(pages["one"], scheme="dark")
    chromium.print_pdf(tmp_path / "report.pdf")

    assert (tmp_path / "report.pdf").stat().st_size > 50_000
    assert chromium.complaints() == []


def test_a_missing_chromium_names_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(FileNotFoundError, match="install the Debian package 'chromium'"):
        chromium_path()
