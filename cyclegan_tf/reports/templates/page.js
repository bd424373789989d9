"use strict";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Charts are drawn on a canvas, which styles do not reach: their models get the colours of the page.
function paint(model) {
  const [ink, quiet, line] = ["--ink", "--quiet", "--line"].map(colour);
  const colours = {
    major_label_text_color: quiet, axis_label_text_color: quiet, axis_line_color: line,
    major_tick_line_color: line, minor_tick_line_color: null, grid_line_color: line, label_text_color: ink,
  };
  for (const [name, value] of Object.entries(colours)) {
    if (name in model.properties) model[name] = value;
  }
}

function paintCharts() {
  for (const doc of Bokeh.documents) for (const model of doc.all_models) paint(model);
}

async function drawCharts() {
  await Promise.all(Object.entries(read("chart-items")).map(([id, item]) => Bokeh.embed.embed_item(item, id)));
  paintCharts();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paintCharts);
  document.documentElement.dataset.drawn = "yes";
}

function startSlider() {
  const slider = document.getElementById("sample-step");
  if (!slider) return;
  const samples = read("sample-items");
  const show = () => {
    const { step, uri } = samples[slider.valueAsNumber];
    const picture = document.getElementById("sample");
    picture.src = uri;
    picture.alt = `Sample pictures after step ${step}`;
    document.getElementById("sample-output").value = step.toLocaleString("en");
    slider.setAttribute("aria-valuetext", `step ${step}`);
  };
  slider.addEventListener("input", show);
  // A browser that comes back to the page may have kept the slider's place.
  show();
}

startSlider();
drawCharts();
