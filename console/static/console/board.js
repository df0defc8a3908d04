// What server and htmx leave to do: ask only for what has changed, rest while nobody looks, say when the line is down,
// and draw the days.
"use strict";

let tag = "";
let plot = null;
let drawn = "";
let days = [];
const poller = document.getElementById("live");
const place = document.getElementById("plot");

document.body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb === "get" && tag) event.detail.headers["If-None-Match"] = tag;
});
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt === poller && document.hidden) event.preventDefault();
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  tag = event.detail.xhr.getResponseHeader("ETag") || tag;
  document.body.classList.toggle("is-offline", event.detail.xhr.status === 0 || event.detail.xhr.status >= 500);
});
document.body.addEventListener("htmx:afterSettle", draw);
new ResizeObserver(() => plot && plot.setSize(size())).observe(place);

function size() {
  return { width: place.clientWidth, height: place.clientHeight };
}

function draw() {
  const series = document.getElementById("series").dataset.series;
  if (series === drawn) return;
  drawn = series;
  const read = JSON.parse(series);
  days = read.days;
  const room = Math.max(0, 7 - days.length); // a week at least, so that one day is not as wide as the chart
  const numbers = [...days, ...Array(room)].map((_, day) => day);
  const nothing = Array(room).fill(null);
  const over = read.ended.map((count, day) => (day && day === days.length - 1 ? null : count)); // today is not over yet
  const data = [numbers, [...read.received, ...nothing], [...over, ...nothing]];
  if (plot) plot.setData(data);
  else plot = new uPlot(options(), data, place);
}

function options() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--ink"), font: "15px system-ui, sans-serif", grid: { stroke: colour("--line") }, ticks: { show: false } };
  return {
    ...size(),
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 12, 0, 0],
    scales: { x: { time: false, range: (_, least, most) => [least - 0.6, most + 0.6] }, y: { range: (_, least, most) => [0, Math.max(10, most * 1.1)] } },
    axes: [
      { ...axis, grid: { show: false }, splits: (self) => self.data[0], values: (self, splits) => splits.map(label) },
      { ...axis, size: 64, values: (_, splits) => splits.map((value) => value.toLocaleString("en")) },
    ],
    series: [
      {},
      { fill: colour("--load-2"), stroke: colour("--load-2"), paths: uPlot.paths.bars({ size: [0.7, 60] }), points: { show: false } },
      { stroke: colour("--accent"), width: 3, points: { show: true, size: 9, fill: colour("--accent") } },
    ],
  };
}

function label(position) {
  const every = Math.ceil(days.length / 10);
  return position < days.length && (days.length - 1 - position) % every === 0 ? days[position] : "";
}

draw();
