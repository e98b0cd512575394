// Two charts on one scale: how long the answers of each lane take, what fails, and when nobody is answered.
import {byId, html, svg} from './dom.js';
import {LANES, count, span} from './words.js';

const WINDOW_S = 60;
const LEAST_MS = 0.1;
const MOST_MS = 10000;
const LINES = [
  {key: 'p50_ms', label: 'p50', dash: [], width: 2},
  {key: 'p99_ms', label: 'p99', dash: [5, 3], width: 1.25},
  {key: 'max_ms', label: 'longest', dash: [1.5, 2.5], width: 1},
];
const MARKED = {fault: 'fault', adopted: 'adopted'};

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Vertical lines for what happened, and a shade where nobody was answered; behind the lines.
const marks = {
  id: 'marks',
  beforeDatasetsDraw(chart, _, {ticks, happenings}) {
    const {ctx, chartArea: area, scales: {x}} = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top, area.width, area.height);
    ctx.clip();
    ctx.fillStyle = colour('shade');
    for (const tick of ticks) {
      if (!tick.silent) continue;
      const [from, to] = [x.getPixelForValue(tick.t - 0.25), x.getPixelForValue(tick.t)];
      ctx.fillRect(from, area.top, to - from + 0.5, area.height);
    }
    ctx.font = '11px system-ui, sans-serif';
    let taken = -Infinity;
    for (const {t_ms, kind, text} of happenings) {
      const at = x.getPixelForValue(t_ms / 1000);
      ctx.strokeStyle = ctx.fillStyle = colour(kind === 'fault' ? 'fault' : 'text');
      ctx.setLineDash(kind === 'fault' ? [] : [2, 3]);
      ctx.beginPath();
      ctx.moveTo(at, area.top);
      ctx.lineTo(at, area.bottom);
      ctx.stroke();
      if (kind === 'fault' && at - 28 > taken) {
        const beside = at - 28 < area.left ? at + 4 : at - 28;
        ctx.fillText('fault', beside, area.top + 10);
        taken = at;
      }
    }
    ctx.restore();
  },
};

function scaleOptions(title) {
  const grid = {color: colour('grid')};
  const ticks = {color: colour('quiet'), font: {size: 11}};
  const powers = (value) => (Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6) ? span(value).replace('.0 ', ' ').replace('.00 ', ' ') : null);
  return {
    x: {type: 'linear', offset: false, grid: {display: false}, ticks: {...ticks, stepSize: 15, maxRotation: 0, callback: null}},
    ms: {axis: 'y', type: 'logarithmic', min: LEAST_MS, max: MOST_MS, grid: {...grid, drawTicks: false},
      ticks: {...ticks, autoSkip: false, callback: powers}},
    failed: {axis: 'y', position: 'right', min: 0, grid: {display: false}, ticks: {...ticks, maxTicksLimit: 4, precision: 0},
      title: {display: true, text: title, color: colour('quiet'), font: {size: 11}}},
  };
}

class LaneChart {
  constructor(lane, root) {
    this.lane = lane;
    this.caption = html('h3', {class: lane}, LANES[lane].title);
    this.canvas = html('canvas', {role: 'img', 'aria-label': 'no data yet'});
    root.append(html('figure', {class: 'chart'}, html('figcaption', {}, this.caption), html('div', {class: 'canvas'}, this.canvas)));
    this.chart = new Chart(this.canvas, {
      type: 'line',
      data: {datasets: [
        ...LINES.map(({label, dash, width}) => ({label, data: [], yAxisID: 'ms', borderDash: dash, borderWidth: width, pointRadius: alone})),
        {type: 'bar', label: 'failed', data: [], yAxisID: 'failed', barThickness: 'flex', categoryPercentage: 1, barPercentage: 1, borderWidth: 0},
      ]},
      options: {
        animation: false, parsing: false, normalized: true, responsive: true, maintainAspectRatio: false, events: [],
        plugins: {legend: {display: false}, tooltip: {enabled: false}, marks: {ticks: [], happenings: []}},
      },
      plugins: [marks],
    });
    this.paint();
  }

  // In the colours of the scheme.
  paint() {
    const {chart} = this;
    chart.options.scales = scaleOptions('failed in ¼ s');
    chart.options.scales.x.ticks.callback = (value) => {
      const ago = Math.round(chart.options.scales.x.max - value);
      return ago % 15 === 0 ? (ago === 0 ? 'now' : `−${ago} s`) : null;
    };
    chart.data.datasets.forEach((set, index) => {
      const own = index < LINES.length ? colour(this.lane) : colour('fault');
      set.borderColor = set.backgroundColor = set.pointBackgroundColor = own;
    });
  }

  show(ticks, happenings, most) {
    const {chart} = this;
    const now = ticks.at(-1).t_ms / 1000;
    const {scales} = chart.options;
    Object.assign(scales.x, {min: now - WINDOW_S, max: now});
    scales.x.afterBuildTicks = (axis) => {
      axis.ticks = Array.from({length: WINDOW_S / 15 + 1}, (_, index) => ({value: now - WINDOW_S + 15 * index}));
    };
    scales.failed.max = most;
    chart.data.datasets.forEach((set, index) => {
      const value = index < LINES.length
        ? (lane) => (lane[LINES[index].key] === null ? NaN : Math.max(lane[LINES[index].key], LEAST_MS))
        : (lane) => lane.failed || NaN;
      set.data = ticks.map((tick) => ({x: tick.t_ms / 1000, y: value(tick.lanes[this.lane])}));
    });
    chart.options.plugins.marks = {
      ticks: ticks.map((tick) => ({t: tick.t_ms / 1000, silent: tick.lanes[this.lane].answered === 0})),
      happenings: happenings.filter(({kind}) => MARKED[kind]),
    };
    chart.update('none');
  }
}

// A value between two gaps would have no line.
function alone({dataIndex, dataset}) {
  const there = (index) => Number.isFinite(dataset.data[index]?.y);
  return there(dataIndex) && !there(dataIndex - 1) && !there(dataIndex + 1) ? 2 : 0;
}

export class Latency {
  constructor(root) {
    this.root = root;
    this.table = byId('chart-table');
    this.table.addEventListener('toggle', () => this.tabulate());
    this.described = -Infinity;
    byId('legend').replaceChildren(...legend());
    // The page can be used before its largest part has come, or without it.
    root.append(html('p', {class: 'quiet'}, 'The chart library is not there yet; the table below has the figures.'));
    if (globalThis.Chart) return this.begin();
    byId('chart-library').addEventListener('load', () => this.begin());
  }

  begin() {
    this.root.replaceChildren();
    this.charts = Object.keys(LANES).map((lane) => new LaneChart(lane, this.root));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const chart of this.charts) chart.paint();
      this.draw();
    });
    this.draw();
  }

  name() {
    for (const chart of this.charts ?? []) chart.caption.textContent = LANES[chart.lane].title;
  }

  show(ticks, happenings) {
    this.ticks = ticks;
    this.happenings = happenings;
    this.draw();
    this.describe();
    this.tabulate();
  }

  // Once for all that comes before the browser paints, and not while nobody sees it.
  draw() {
    this.painting ??= requestAnimationFrame(() => {
      this.painting = null;
      this.paint();
    });
  }

  paint() {
    if (!this.ticks?.length || !this.charts) return;
    const since = this.ticks.at(-1).t_ms - WINDOW_S * 1000;
    const shown = this.ticks.filter((tick) => tick.t_ms >= since);
    const failed = shown.flatMap((tick) => Object.values(tick.lanes).map((lane) => lane.failed));
    const most = Math.ceil(Math.max(20, ...failed) / 10) * 10;
    for (const chart of this.charts) chart.show(shown, this.happenings, most);
  }

  // In words, for those who do not see it; now and then, as it would be read again and again.
  describe() {
    const now = this.ticks.at(-1)?.t_ms;
    if (now === undefined || !this.charts || Math.abs(now - this.described) < 5000) return;
    this.described = now;
    for (const {lane, canvas} of this.charts) {
      const shown = this.ticks.filter((tick) => tick.t_ms >= now - WINDOW_S * 1000).map((tick) => tick.lanes[lane]);
      const failed = shown.reduce((sum, tick) => sum + tick.failed, 0);
      const longest = Math.max(0, ...shown.map((tick) => tick.max_ms ?? 0));
      const median = shown.at(-1).p50_ms;
      canvas.setAttribute('aria-label', `Chart of ${LANES[lane].title} over the last ${WINDOW_S} seconds: now half of the answers ` +
        `come within ${span(median)}; the longest took ${span(longest)}; ${count(failed)} requests failed. The table below has the figures.`);
    }
  }

  // A row for each of the last seconds; only while somebody looks.
  tabulate() {
    if (!this.table.open || !this.ticks?.length) return;
    const seconds = new Map();
    for (const tick of this.ticks.slice(-80)) {
      const second = Math.floor(tick.t_ms / 1000);
      seconds.set(second, [...seconds.get(second) ?? [], tick]);
    }
    const cells = (ticks, lane) => {
      const own = ticks.map((tick) => tick.lanes[lane]);
      const most = (key) => Math.max(...own.map((one) => one[key] ?? -1));
      const shown = (key) => (most(key) < 0 ? 'no answer' : span(most(key)));
      return [shown('p50_ms'), shown('p99_ms'), shown('max_ms'), count(own.reduce((sum, one) => sum + one.failed, 0))];
    };
    const heads = ['p50', 'p99', 'longest', 'failed'];
    const header = (text, attributes) => html('th', attributes, text);
    this.table.querySelector('table').replaceChildren(
      html('thead', {},
        html('tr', {}, header('second', {rowspan: 2, scope: 'col'}),
          ...Object.values(LANES).map((lane) => header(lane.title, {colspan: 4, scope: 'colgroup'}))),
        html('tr', {}, ...Object.keys(LANES).flatMap(() => heads.map((head) => header(head, {scope: 'col'}))))),
      html('tbody', {}, ...[...seconds].reverse().map(([second, ticks]) =>
        html('tr', {}, header(String(second), {scope: 'row'}),
          ...Object.keys(LANES).flatMap((lane) => cells(ticks, lane)).map((cell) => html('td', {}, cell))))));
  }
}

function legend() {
  const sample = (...shapes) => svg('svg', {width: 26, height: 12, viewBox: '0 0 26 12', 'aria-hidden': 'true'}, ...shapes);
  const lines = LINES.map(({label, dash, width}) => html('li', {},
    sample(svg('path', {d: 'M1 6H25', class: 'sample', 'stroke-width': width, 'stroke-dasharray': dash.join(' ') || null})), label));
  return [...lines,
    html('li', {}, sample(svg('rect', {x: 4, y: 2, width: 18, height: 10, class: 'sample-failed'})), 'failed'),
    html('li', {}, sample(svg('rect', {x: 4, y: 0, width: 18, height: 12, class: 'sample-shade'})), 'no answers'),
    html('li', {}, sample(svg('path', {d: 'M13 0V12', class: 'sample-fault'})), 'fault'),
    html('li', {}, sample(svg('path', {d: 'M13 0V12', class: 'sample', 'stroke-dasharray': '2 3'})), 'adopted')];
}
