import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from plotly.offline import get_plotlyjs

from system.report import render_html
from system.report.headline import headline, summary
from system.report.schema import validate_report
from system.report.tables import design_tables
from tests.system.fake_report import fake_report, quiet_report

HOSTILE = "</script><script>hacked()</script><img src=x onerror=hacked()>'\"&{{ 7*7 }}\u2028"
VOID = {"meta", "link", "input", "img", "br", "hr"}


class Page(HTMLParser):
    """The elements of a page, with attributes and text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.targets, self.open = [], [], [], []
        self.scripts, self.texts = [], []
        self.policy: str = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.targets += [named[key] for key in ("src", "href", "action", "data") if key in named]
        if named.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(named["content"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.scripts if self.open[-1:] == ["script"] else self.texts).append(data)

    @property
    def text(self):
        return re.sub(r"[ \n]+", " ", " ".join(self.texts))  # the unbreakable spaces stay


def with_texts(value, text):
    """Return ``value`` with every string in it replaced, and its mappings' own names too."""
    if isinstance(value, dict):
        return {f"{key}{text}": with_texts(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [with_texts(item, text) for item in value]
    return text if isinstance(value, str) else value


def hostile_report():
    """Return a report in which whatever a user can name is an attack."""
    report = validate_report(fake_report(channels=2))
    report["recording"] |= {"name": HOSTILE, "source": HOSTILE}
    report["axocell"] |= dict.fromkeys(("version", "generated", "python", "platform"), HOSTILE)
    report["axocell"] |= {"command": [HOSTILE], "packages": {HOSTILE: HOSTILE}}
    report["design"] = with_texts(report["design"], HOSTILE)
    report["rtl_golden"]["note"] = HOSTILE
    report["outputs"] = {"sorting": HOSTILE, "nwb": HOSTILE}
    report["notes"] = [HOSTILE]
    return report


@pytest.fixture(scope="module", params=[1, 68])
def html(request):
    return render_html(fake_report(channels=request.param))


def test_the_page_names_no_address_but_its_own(html):
    targets = Page(html).targets

    assert len(targets) > 5
    assert [target for target in targets if not target.startswith(("#", "data:,"))] == []


def test_the_policy_admits_no_request_and_only_the_two_scripts(html):
    policy = Page(html).policy

    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert policy.count("sha256-") == 2
    assert "unsafe-inline" not in policy.partition("style-src")[0]


def test_the_style_asks_for_no_address(html):
    style = html.partition("<style>")[2].partition("</style>")[0]

    assert "url(" not in style
    assert "@import" not in style


def test_the_page_is_little_more_than_one_copy_of_plotly(html):
    plotly = get_plotlyjs().strip()

    assert html.count(plotly[:100]) == 1
    assert len(html) < len(plotly) + 900_000


def test_identifiers_are_unique_and_links_lead_somewhere(html):
    page = Page(html)

    assert len(set(page.ids)) == len(page.ids)
    assert {target[1:] for target in page.targets if target.startswith("#")} <= set(page.ids)
    assert page.open == []


def test_headings_come_in_order(html):
    levels = [int(tag[1]) for tag in Page(html).tags if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_plot_has_its_data():
    html = render_html(fake_report(channels=68))
    data = json.loads(Page(html).scripts[0])

    assert set(re.findall(r'data-figure="([\w-]+)"', html)) == set(data["figures"])
    assert len(data["rows"]) == html.count("data-row=") == 8


def test_the_headline_says_what_matters():
    tiles = {tile.label: tile.value for tile in headline(validate_report(fake_report()))}

    assert tiles == {
        "Detection F1": "0.985",
        "RTL\N{EN DASH}golden mismatches": "0",
        "ENOB, electrode to 10-bit code": "8.96\xa0bit",
        "Frontend power per channel": "0.44\xa0µW",
        "Data reduction": "7.25\xa0\N{MULTIPLICATION SIGN}",
        "Speed over real time": "127\xa0\N{MULTIPLICATION SIGN}",
    }


def test_the_page_says_over_how_much_the_circuit_agreed():
    report = fake_report(channels=68)
    report["rtl_golden"] |= {"samples": 1_632_000, "seconds": 1.0, "covered_fraction": 1 / 60}
    report["rtl_golden"] |= {"engine": "pysim", "events_compared": 2100}

    text = Page(render_html(report)).text

    assert (
        "All 1\u202f632\u202f000 filtered samples and all 2\u202f100 events are identical." in text
    )
    assert "Compared, of what was processed: 1.67\xa0%" in text
    assert "Amaranth's own simulator" in text
    assert "agreed bit for bit with its golden model over 1.67\xa0% of the recording." in text


def test_a_disagreement_is_not_hidden():
    report = fake_report(channels=2)
    report["rtl_golden"] |= {"mismatches": 3, "event_mismatches": 1}

    text = Page(render_html(report)).text
    tile = headline(validate_report(report))[1]

    assert "They disagree: 3 of 2\u202f880\u202f000 filtered samples and 1 of" in text
    assert "disagreed with its golden model" in text
    assert (tile.value, tile.state) == ("4", "bad")


def test_the_page_says_over_how_many_bytes_the_codecs_agreed():
    report = fake_report(channels=2)

    text = Page(render_html(report)).text

    assert "All 57\u202f663 bytes of packets are identical." in text
    assert "All 57\u202f663 bytes that the generated codecs sent of the first 250\xa0ms" in text
    assert headline(validate_report(report))[1].detail.endswith(
        "; and in 57\u202f663 bytes of packets"
    )


def test_a_disagreement_of_a_codec_is_not_hidden():
    report = fake_report(channels=2)
    first = "all samples: byte 14 of packet 1 of group 0"
    report["codec_rtl_golden"][0] |= {"mismatches": 3, "first_mismatch": first}

    text = Page(render_html(report)).text
    tile = headline(validate_report(report))[1]

    assert "They disagree: 3 of 57\u202f663 bytes of packets differ." in text
    assert "3 of the 57\u202f663 bytes that the generated codecs sent" in text
    assert f"First difference: {first}." in text
    assert (tile.value, tile.state) == ("3", "bad")


def test_what_is_unknown_is_said():
    html = render_html(quiet_report(channels=4))
    text = Page(html).text

    for sentence in (
        "This recording carries no ground truth",
        "No spike was detected on any channel.",
        "There are no detected waveforms to show.",
        "No test tone was measured, so there is no spectrum.",
        "No channel of the frontend was measured.",
        "The circuit did not run",
    ):
        assert sentence in text
    assert {tile.value for tile in headline(validate_report(quiet_report()))} == {"\N{EM DASH}"}


def test_lost_events_are_counted_at_the_pace_of_the_simulation_and_that_is_said():
    report = fake_report(channels=1)
    report["events"]["lost"] = 4

    assert (
        "It counted 4 events lost, in a simulation that keeps samples back while a packet leaves."
    ) in summary(validate_report(report))
    assert "on a chip at 25 MHz samples keep coming" in Page(render_html(report)).text


def test_lost_events_are_told_from_a_disagreement():
    report = fake_report(channels=2)
    report["rtl_golden"] |= {"events_compared": 2_100, "event_losses": 100}

    text = Page(render_html(report)).text
    tile = headline(validate_report(report))[1]

    assert "filtered samples and 2\u202f000 of 2\u202f100 events are identical." in text
    assert "The circuit lost 100 events, as it counted itself." in text
    assert (tile.value, tile.state) == ("0", "good")
    assert "; 100 events lost and counted; and in" in tile.detail


def test_excused_detections_are_shown():
    report = fake_report(channels=2)
    report["detection"] |= {"true_positives": 50, "false_positives": 10, "neutral": 40}
    for item in report["detection"]["per_channel"]:
        item["neutral"] = 20

    text = Page(render_html(report)).text
    tile = headline(validate_report(report))[0]

    assert tile.detail.endswith("; 40\xa0% of detections excused: spike too faint")
    assert tile.detail in text
    assert "Excused: spike too faint to be asked for 40" in text
    assert "Asked for Detected Excused" in text


def test_a_report_from_before_the_optional_keys_is_shown():
    report = fake_report(channels=2)
    del report["recording"]["whole_s"]
    del report["codec_rtl_golden"]
    del report["rtl_golden"]["event_losses"]
    del report["detection"]["neutral"]
    for item in report["detection"]["per_channel"]:
        del item["neutral"]

    text = Page(render_html(report)).text

    assert "xcused:" not in text
    assert "agreed bit for bit with its golden model over the whole recording." in text


def shortened(report, covered_fraction):
    report["recording"]["whole_s"] = 240.0
    report["rtl_golden"]["covered_fraction"] = covered_fraction
    return report


@pytest.mark.parametrize(
    ("covered_fraction", "words"),
    [
        (1.0, "all that was processed"),
        (0.5, "50.0\xa0% of what was processed"),
        (None, "97\u202f920\u202f000 samples"),
    ],
)
def test_a_run_over_a_part_does_not_claim_the_whole(covered_fraction, words):
    report = shortened(fake_report(), covered_fraction)

    text = Page(render_html(report)).text
    tile = headline(validate_report(report))[1]

    assert f"agreed bit for bit with its golden model over {words}." in text
    assert "60.0\xa0s of 240\xa0s ·" in text
    assert "channels in the first 60.0\xa0s of 240\xa0s." in text
    assert "the whole recording" not in text
    assert "% of the recording" not in tile.detail


def test_a_run_over_a_part_without_the_circuit_says_so_too():
    report = shortened(fake_report(engine="none"), None)

    assert "in the first 60.0\xa0s of 240\xa0s. The generated circuit did not run" in summary(
        validate_report(report)
    )


def test_why_the_comparison_is_limited_is_said_once():
    report = fake_report(channels=2)
    why = "The circuit processed the first 1 s of the recording only."
    report["rtl_golden"]["note"] = why
    report["notes"] = ["Another note.", why]

    text = Page(render_html(report)).text

    assert text.count(why) == 1
    assert "Another note." in text


def test_the_power_is_not_passed_off_as_a_prediction():
    report = fake_report(channels=2)

    tile = headline(validate_report(report))[3]
    text = Page(render_html(report)).text

    assert tile.detail == "no prediction: the model is set to the published 0.41\xa0µW"
    assert "Published; the model is set to it 0.41\xa0µW" in text

    report["frontend"]["published_power_w_per_channel"] = None
    assert headline(validate_report(report))[3].detail == "modelled"


def test_captions_say_what_is_seen():
    text = Page(render_html(fake_report(channels=2))).text

    assert "the dash marks the true spikes that are asked for" in text
    assert "aligned on the peak of the detection energy" in text


@pytest.mark.parametrize(
    "gone",
    [
        ("traces", []),
        ("snippets", [{"channel": 0, "sampling_rate_hz": 24e3, "waveforms_v": []}]),
        ("design", {}),
        ("notes", []),
        ("speed", dict.fromkeys(fake_report(channels=1)["speed"])),
        ("data_rate", dict.fromkeys(fake_report(channels=1)["data_rate"]) | {"word_bits": 9}),
    ],
    ids=lambda gone: gone[0],
)
def test_each_part_may_be_empty(gone):
    name, value = gone

    assert Page(render_html(fake_report(channels=2) | {name: value})).open == []


def test_a_recording_of_no_length_is_shown():
    report = quiet_report(channels=1)
    report["recording"] |= {"frames": 0, "seconds": 0.0}

    assert Page(render_html(report)).open == []


def test_what_a_user_names_is_only_text():
    tame, hostile = Page(render_html(fake_report(channels=2))), Page(render_html(hostile_report()))

    assert hostile.tags.count("script") == tame.tags.count("script") == 3
    assert "img" not in hostile.tags
    assert hostile.scripts[1:] == tame.scripts[1:]
    assert hostile.text.count("hacked()") > 20
    assert "49" not in hostile.text.partition("Source")[0]


def test_the_design_reads_with_units_and_sections():
    design = {
        "name": "mine",
        "chain": {"low_hz": 300.0, "deep": {"lag": 1, "on": True}, "none": []},
    }

    assert design_tables(design) == [
        ("", [("name", "mine")]),
        (
            "chain",
            [
                ("low_hz", "300\xa0Hz"),
                ("deep.lag", "1"),
                ("deep.on", "yes"),
                ("none", "\N{EM DASH}"),
            ],
        ),
    ]


def test_the_same_report_makes_the_same_page():
    assert render_html(fake_report(channels=1)) == render_html(fake_report(channels=1))
