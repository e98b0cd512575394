// A button for every fault. One that cannot be pressed now stays within reach of the keyboard, and says why.
import {byId, html, say} from './dom.js';
import {press} from './connection.js';
import {list, span} from './words.js';

// In pairs: the fault, and what undoes it.
const ORDER = ['kill', 'revive', 'hang', 'continue', 'planned', 'repoint', 'dns-down', 'dns-up', 'consul-down', 'consul-up'];
const KEYS = {
  kill: 'K', revive: 'V', hang: 'H', continue: 'C', planned: 'P', repoint: 'R',
  'dns-down': 'D', 'dns-up': 'Shift+D', 'consul-down': 'O', 'consul-up': 'Shift+O',
};

const keyOf = (event) => (event.shiftKey ? 'Shift+' : '') + event.key.toUpperCase();

export class Faults {
  // `announce(text)` says something aloud.
  constructor(announce) {
    this.announce = announce;
    this.buttons = new Map();
    this.unreachable = 'the page is not connected to the demo yet';
    document.addEventListener('keydown', (event) => this.onKey(event));
  }

  // The server knows which faults there are.
  offer(faults) {
    const place = (fault) => (ORDER.indexOf(fault.name) + 1 || ORDER.length + 1);
    const sorted = [...faults].sort((a, b) => place(a) - place(b));
    if (sorted.map((fault) => fault.name).join() === [...this.buttons.keys()].join()) return;
    this.buttons.clear();
    for (const fault of sorted) this.buttons.set(fault.name, this.button(fault));
    byId('buttons').replaceChildren(...[...this.buttons.values()].map((button) => button.cell));
    byId('hints').replaceChildren(...sorted.flatMap((fault) =>
      [html('dt', {}, fault.title), html('dd', {id: `hint-${fault.name}`}, fault.hint)]));
    byId('shortcuts').replaceChildren(...sorted.filter((fault) => KEYS[fault.name]).flatMap((fault) =>
      [html('dt', {}, html('kbd', {}, KEYS[fault.name])), html('dd', {}, fault.title)]));
    this.show(null);
  }

  button(fault) {
    const {name, title, hint} = fault;
    const why = html('p', {id: `why-${name}`, class: 'why'});
    const button = html('button', {
      type: 'button', id: `fault-${name}`, title: hint, 'aria-describedby': `why-${name} hint-${name}`,
      'aria-keyshortcuts': KEYS[name], 'aria-disabled': 'true', class: ORDER.indexOf(name) % 2 && name !== 'repoint' ? 'undo' : null,
    }, html('span', {}, title), KEYS[name] ? html('kbd', {'aria-hidden': 'true'}, KEYS[name].replace('Shift+', '⇧')) : null);
    button.addEventListener('click', () => this.press(name));
    return {title, button, why, cell: html('div', {class: 'cell'}, button, why)};
  }

  onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest('input, textarea, select')) return;
    if (event.key === '?') {
      byId('keys').open = true;
      byId('keys').querySelector('summary').focus();
      return;
    }
    if (!byId('keys-on').checked) return;
    const name = Object.keys(KEYS).find((fault) => KEYS[fault] === keyOf(event));
    if (!name || !this.buttons.has(name)) return;
    event.preventDefault();
    this.press(name);
  }

  async press(name) {
    const {title, button, why} = this.buttons.get(name);
    if (button.getAttribute('aria-disabled') === 'true') return this.refuse(title, why.textContent);
    const problem = await press('faults', name);
    if (problem) this.refuse(title, problem);
  }

  refuse(title, why) {
    this.refused = {text: `${title} is not possible: ${why}`, until: performance.now() + 6000};
    this.announce(this.refused.text);
    this.note();
  }

  // Nothing can be pressed without the demo.
  lose(why) {
    this.unreachable = why;
    this.show(null);
  }

  show(state) {
    if (state) this.unreachable = null;
    this.state = state;
    const reasons = new Map();
    for (const [name, {button, why}] of this.buttons) {
      const now = state?.faults[name];
      const reason = this.unreachable ?? (now?.enabled ? '' : now?.why ?? 'not possible now');
      button.setAttribute('aria-disabled', String(reason !== ''));
      say(why, reason);
      if (reason) reasons.set(reason, [...reasons.get(reason) ?? [], name]);
    }
    // What is true of many is shown once.
    this.shared = [...reasons].filter(([, names]) => names.length > 1);
    for (const [name, {why}] of this.buttons) {
      why.classList.toggle('hidden', this.shared.some(([, names]) => names.includes(name)));
    }
    this.note();
  }

  note(now = null) {
    if (now !== null) this.now = now;
    const busy = this.state?.busy;
    let text;
    if (this.refused?.until > performance.now()) {
      text = `${this.refused.text}.`;
    } else if (this.unreachable) {
      text = `${this.unreachable}.`;
    } else if (busy) {
      const took = Math.max(0, (this.now ?? busy.since_ms) - busy.since_ms);
      text = `${this.buttons.get(busy.fault)?.title ?? busy.fault}: under way for ${span(took)}. The buttons wait until it is over.`;
    } else if (this.shared.length) {
      text = this.shared.map(([why, names]) =>
        `${list(names.map((name) => this.buttons.get(name).title))}: ${why}.`).join(' ');
    } else {
      text = 'Each button breaks something real, or puts it right again.';
    }
    say(byId('faults-note'), text[0].toUpperCase() + text.slice(1));
  }
}
