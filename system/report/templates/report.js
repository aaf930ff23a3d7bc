"use strict";
(() => {
  const PRINT_WIDTH = 680; // the text width of an A4 page, CSS pixels
  const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
  const CONFIG = {
    displaylogo: false,
    displayModeBar: "hover",
    responsive: true,
    showSendToCloud: false, // nothing leaves the page
    modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]],
    toImageButtonOptions: { format: "svg", filename: "axocell" },
  };

  const { figures, rows, palettes } = JSON.parse(
    document.getElementById("report-data").textContent,
  );
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let printing = false;

  const palette = () => palettes[dark.matches && !printing ? "dark" : "light"];

  // {packed, scale} -> Float64Array; the most negative code is a gap.
  function unpack({ packed, scale }) {
    const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float64Array.from({ length: bytes.length / 2 }, (_, index) => {
      const code = view.getInt16(2 * index, true);
      return code === -32768 ? NaN : code * scale;
    });
  }

  function mapped(value, change) {
    const changed = change(value);
    if (changed !== undefined) return changed;
    if (Array.isArray(value)) return value.map((item) => mapped(item, change));
    if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, change)]));
  }

  const unpacked = (value) =>
    mapped(value, (item) => (item && item.packed !== undefined ? unpack(item) : undefined));

  const coloured = (value, colours) =>
    mapped(value, (item) =>
      typeof item === "string" && item.startsWith("@") ? colours[item.slice(1)] : undefined,
    );

  function template(colours) {
    const axis = {
      automargin: true,
      gridcolor: colours.grid,
      linecolor: colours.rule,
      zerolinecolor: colours.rule,
      tickcolor: colours.rule,
      tickfont: { color: colours.muted, size: 12 },
      title: { font: { color: colours.muted, size: 12.5 }, standoff: 8 },
    };
    return {
      layout: {
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: FONT, size: 13, color: colours.ink },
        xaxis: axis,
        yaxis: axis,
        margin: { l: 64, r: 16, t: 20, b: 48 },
        legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
        hoverlabel: {
          bgcolor: colours.surface,
          bordercolor: colours.rule,
          font: { color: colours.ink, family: FONT },
        },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: colours.muted, activecolor: colours.accent },
        hovermode: "closest",
      },
    };
  }

  function draw(place, figure) {
    const colours = palette();
    const layout = {
      uirevision: "kept", // a change of theme keeps the reader's zoom
      ...coloured(figure.layout, colours),
      template: template(colours),
    };
    if (printing) layout.width = PRINT_WIDTH;
    else layout.autosize = true;
    return Plotly.react(place, coloured(figure.data, colours), layout, CONFIG);
  }

  // Traces: the chosen rows, one above the other on one time axis.
  const tracePlot = document.getElementById("trace-plot");
  const traceRows = unpacked(rows);
  const boxes = [...document.querySelectorAll("input[data-row]")];
  let traceRange = null;

  const chosenRows = () =>
    boxes.filter((box) => box.checked).map((box) => traceRows[Number(box.dataset.row)]);

  function traceFigure() {
    const chosen = chosenRows();
    const named = new Set();
    const data = [];
    const layout = {
      height: 110 + 165 * Math.max(1, chosen.length),
      xaxis: {
        title: { text: "time (s)" },
        anchor: chosen.length > 1 ? `y${chosen.length}` : "y",
        zeroline: false,
        range: traceRange || span(chosen),
      },
      annotations: [],
    };
    chosen.forEach((row, index) => {
      const number = index === 0 ? "" : String(index + 1);
      const top = 1 - index / chosen.length;
      const bottom = 1 - (index + 0.9) / chosen.length;
      layout[`yaxis${number}`] = { ...row.yaxis, domain: [Math.max(0, bottom), top], nticks: 6 };
      layout.annotations.push({
        text: `channel ${row.channel}${row.note ? ", " + row.note : ""}`,
        x: 1, y: top, xref: "paper", yref: "paper",
        xanchor: "right", yanchor: "bottom", showarrow: false, font: { size: 12 },
      });
      for (const trace of row.data.filter(({ x }) => x === undefined || x.length > 0)) {
        const first = !named.has(trace.name);
        named.add(trace.name);
        data.push({ ...trace, xaxis: "x", yaxis: `y${number}`, showlegend: first });
      }
    });
    return { data, layout };
  }

  function span(chosen) {
    if (chosen.length === 0) return [0, 1];
    return [
      Math.min(...chosen.map((row) => row.start)),
      Math.max(...chosen.map((row) => row.stop)),
    ];
  }

  function drawTraces() {
    const figure = traceFigure();
    figure.layout.uirevision = JSON.stringify([traceRange, boxes.map((box) => box.checked)]);
    return draw(tracePlot, figure);
  }

  function showWindow(centre, width) {
    const [start, stop] = span(chosenRows());
    const left = Math.min(Math.max(centre - width / 2, start), Math.max(start, stop - width));
    traceRange = [left, Math.min(left + width, stop)];
    return drawTraces();
  }

  function currentWindow() {
    const [start, stop] = tracePlot.layout.xaxis.range.map(Number);
    return { centre: (start + stop) / 2, width: stop - start };
  }

  function step(direction) {
    const { centre, width } = currentWindow();
    const [start, stop] = span(chosenRows());
    const zoomed = width < 0.5 * (stop - start);
    const from = zoomed ? centre : direction > 0 ? -Infinity : Infinity;
    const spikes = chosenRows().flatMap((row) => row.spikes).sort((a, b) => a - b);
    const later = spikes.filter((time) => time > from + 1e-6);
    const earlier = spikes.filter((time) => time < from - 1e-6);
    const next = direction > 0 ? later[0] : earlier[earlier.length - 1];
    if (next !== undefined) showWindow(next, zoomed ? width : 0.02);
  }

  if (tracePlot) {
    for (const box of boxes) {
      box.addEventListener("change", () => {
        const { centre, width } = currentWindow();
        const whole = traceRange === null;
        return whole ? drawTraces() : showWindow(centre, width);
      });
    }
    for (const button of document.querySelectorAll("button[data-window]")) {
      button.addEventListener("click", () => {
        if (button.dataset.window === "all") {
          traceRange = null;
          return drawTraces();
        }
        return showWindow(currentWindow().centre, Number(button.dataset.window));
      });
    }
    for (const button of document.querySelectorAll("button[data-step]")) {
      button.addEventListener("click", () => step(Number(button.dataset.step)));
    }
  }

  // Everything, in the colours of the moment.
  const drawn = Object.fromEntries(
    Object.entries(figures).map(([name, figure]) => [name, unpacked(figure)]),
  );

  function drawAll() {
    const places = [...document.querySelectorAll("[data-figure]")];
    const done = places.map((place) => draw(place, drawn[place.dataset.figure]));
    if (tracePlot) done.push(drawTraces());
    return Promise.all(done);
  }

  dark.addEventListener("change", drawAll);
  let closed = [];
  addEventListener("beforeprint", () => {
    printing = true;
    closed = [...document.querySelectorAll("details[data-print]:not([open])")];
    closed.forEach((item) => (item.open = true));
    drawAll();
  });
  addEventListener("afterprint", () => {
    printing = false;
    closed.forEach((item) => (item.open = false));
    drawAll();
  });
  drawAll().then(() => document.documentElement.setAttribute("data-drawn", "yes"));
})();
