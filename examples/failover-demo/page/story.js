// What each fault took: a bar of its phases, and what came of the requests of both lanes.
import {html} from './dom.js';
import {LANES, at, count, span} from './words.js';

const SHOWN = 6;
const STEPS = [['evidence', 'evidence'], ['promotion', 'promotion'], ['adopted', 'adopted'], ['first_write', 'first write']];

// The phases so far of a fault that is under way.
export function phasesSoFar(happenings) {
  const begin = happenings.findLastIndex(({kind, since_fault_ms}) => since_fault_ms !== null && (kind === 'fault' || kind === 'revived'));
  if (begin < 0) return [];
  const seen = STEPS.flatMap(([kind, name]) => {
    const first = happenings.slice(begin).find((one) => one.kind === kind && one.since_fault_ms !== null);
    return first ? [{name, ms: first.since_fault_ms}] : [];
  }).sort((a, b) => a.ms - b.ms);
  let before = {name: 'fault', ms: 0};
  return seen.map((step) => {
    const phase = {name: `${before.name} → ${step.name}`, ms: step.ms - before.ms};
    before = step;
    return phase;
  });
}

export function bar(phases) {
  const total = phases.reduce((sum, phase) => sum + phase.ms, 0) || 1;
  return html('div', {class: 'bar', 'aria-hidden': 'true'}, ...phases.map((phase, index) => {
    const part = html('span', {class: `phase phase-${index + 1}`});
    part.style.flexGrow = String(phase.ms / total);
    return part;
  }));
}

export function steps(phases) {
  return html('ol', {class: 'phases'}, ...phases.map((phase, index) => html('li', {},
    html('span', {class: `swatch phase-${index + 1}`, 'aria-hidden': 'true'}, String(index + 1)),
    html('span', {class: 'step'}, phase.name), html('span', {class: 'took'}, span(phase.ms)))));
}

function outcome(summary) {
  const head = (text, scope) => html('th', {scope}, text);
  const row = (label, value) => html('tr', {}, head(label, 'row'),
    ...Object.keys(LANES).map((lane) => html('td', {class: lane}, value(summary[lane]))));
  return html('table', {class: 'outcome'},
    html('thead', {}, html('tr', {}, html('td'), ...Object.values(LANES).map((lane) => head(lane.short, 'col')))),
    html('tbody', {},
      row('failed', (lane) => count(lane.failed)),
      row('longest wait', (lane) => span(lane.longest_ms)),
      row('no answer for', (lane) => span(lane.outage_ms))));
}

function article(title, when, phases, rest) {
  const total = phases.reduce((sum, phase) => sum + phase.ms, 0);
  return html('article', {class: 'summary'},
    html('h3', {}, title, html('span', {class: 'quiet'}, when)),
    phases.length ? bar(phases) : null, phases.length ? steps(phases) : null,
    phases.length > 1 ? html('p', {class: 'total'}, `${span(total)} in all`) : null, rest);
}

export class Story {
  constructor(root) {
    this.root = root;
    this.empty = root.firstElementChild;
    this.live = null;
    this.done = [];
  }

  titleOf(fault, hello) {
    return hello?.faults.find(({name}) => name === fault)?.title ?? fault;
  }

  show(summaries, hello) {
    this.done = [...summaries].reverse().slice(0, SHOWN).map((summary) =>
      article(this.titleOf(summary.fault, hello), ` over at ${at(summary.t_ms)}`, summary.phases, outcome(summary)));
    this.place();
  }

  showLive(busy, happenings, hello) {
    this.live = busy && article(this.titleOf(busy.fault, hello), ' under way', phasesSoFar(happenings), null);
    this.place();
  }

  place() {
    const all = [this.live, ...this.done].filter(Boolean);
    this.root.replaceChildren(...(all.length ? all : [this.empty]));
  }
}
