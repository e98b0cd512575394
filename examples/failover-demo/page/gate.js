// Three nodes of one service, and whether the public name stands for them.
import {byId, html, say} from './dom.js';
import {press} from './connection.js';
import {item} from './events.js';
import {bar, steps} from './story.js';
import {at, list, span} from './words.js';

const START = 'Start three st-api and the gate';
const HELD = {
  floor: 'kept in: the floor holds',
  freeze: 'kept in: so many at once are not believed yet',
  fall: 'kept in: it has not failed for long enough',
  rise: 'kept out: it has not been passing for long enough',
  pause: 'kept out: it has left a short while ago',
  pace: 'waits a moment: changes go together',
};
const ALL = [
  ['take-redis', 'Take Redis from all three', ''],
  ['give-redis', 'Give Redis back to all', 'undo'],
  ['admit', 'Admit all', 'undo'],
];

// Of the two, the one that is possible now.
const PAIRS = [
  [['take-redis', 'Take Redis away', ''], ['give-redis', 'Give Redis back', 'undo']],
  [['exclude', 'Exclude', ''], ['admit', 'Admit', 'undo']],
];

class Button {
  constructor(id, refused) {
    this.why = html('p', {id: `why-${id}`, class: 'why'});
    this.root = html('button', {type: 'button', id, 'aria-disabled': 'true', 'aria-describedby': `why-${id}`});
    this.root.addEventListener('click', async () => {
      const problem = this.reason || await press('gate', this.order);
      if (problem) refused(`${this.root.getAttribute('aria-label') ?? this.root.textContent} is not possible: ${problem}`);
    });
    this.cell = html('div', {class: 'cell'}, this.root, this.why);
  }

  // `label`: for those who do not see what is around it.
  show(order, text, kind, {reason, shared}, label = null) {
    Object.assign(this, {order, reason});
    say(this.root, text);
    if (label) this.root.setAttribute('aria-label', label);
    this.root.className = kind;
    this.root.setAttribute('aria-disabled', String(reason !== ''));
    say(this.why, reason);
    this.why.classList.toggle('hidden', shared);
  }
}

class NodeCard {
  constructor(id, refused) {
    this.id = id;
    this.badge = html('strong', {class: 'badge'});
    this.address = html('code');
    this.rows = Object.fromEntries(['Redis', "Consul's check", "the gate's list"].map((name) => [name, html('dd')]));
    this.note = html('p', {class: 'note'});
    this.buttons = PAIRS.map(([[name]]) => new Button(`gate-${name}-${id}`, refused));
    this.root = html('article', {class: 'node', 'data-node': id},
      html('h3', {}, id, ' ', this.address), html('p', {}, this.badge),
      html('dl', {}, ...Object.entries(this.rows).map(([name, value]) => html('div', {}, html('dt', {}, name), value))),
      this.note, html('div', {class: 'buttons'}, ...this.buttons.map((button) => button.cell)));
  }

  show(node, reasonOf) {
    say(this.address, node.address);
    say(this.badge, node.in_answer ? '✓ in the answer' : '✕ not in the answer');
    this.root.classList.toggle('in', node.in_answer);
    this.root.classList.toggle('ill', node.check === 'critical');
    say(this.rows.Redis, node.redis ? 'there' : 'taken away');
    say(this.rows["Consul's check"], node.check || 'not registered yet');
    say(this.rows["the gate's list"], node.admitted ? 'admitted' : node.why || 'not admitted');
    say(this.note, HELD[node.held_by] ?? '');
    for (const [index, pair] of PAIRS.entries()) {
      const [name, text, kind] = pair.find(([one]) => reasonOf(`${one}/${node.id}`).reason === '') ?? pair[0];
      const order = `${name}/${node.id}`;
      this.buttons[index].show(order, text, kind, reasonOf(order), `${text}: ${node.id}`);
    }
  }
}

function floorText({floor, guard, nodes, answer}) {
  if (!floor) return '';
  const rule = `The floor: at least ${floor.least} of the ${floor.of} that are registered and admitted stay in the answer`;
  if (guard === 'floor') return `The floor holds: ${answer?.length ?? 0} stay in the answer, although ${failing(nodes)}.`;
  if (guard === 'freeze') return `Not believed yet, because so many at once have failed: ${failing(nodes)}. ${rule}.`;
  return `${rule}, whatever their health.`;
}

function failing(nodes) {
  const ids = nodes.filter(({check}) => check === 'critical').map(({id}) => id);
  return ids.length > 1 ? `Consul's checks of ${list(ids)} are critical` : `Consul's check of ${list(ids) || 'some'} is critical`;
}

function tookArticle(one) {
  const total = one.phases.reduce((sum, phase) => sum + phase.ms, 0);
  return html('article', {class: 'summary'},
    html('h3', {}, `${one.id}: ${one.in ? 'into' : 'out of'} the answer after ${span(total)}`, html('span', {class: 'quiet'}, ` at ${at(one.t_ms)}`)),
    bar(one.phases), steps(one.phases));
}

export class Gate {
  // `announce(text)` says something aloud.
  constructor(announce) {
    this.announce = announce;
    this.unreachable = 'the page is not connected to the demo yet';
    this.refused = (text) => {
      announce(text);
      this.refusal = {text, until: performance.now() + 6000};
      this.note();
    };
    this.start = new Button('gate-start', this.refused);
    this.start.show('start', START, 'undo', {reason: this.unreachable, shared: true});
    byId('gate-begin').append(this.start.cell);
    this.all = ALL.map(([name]) => new Button(`gate-${name}`, this.refused));
    byId('gate-all').append(...this.all.map((button) => button.cell));
    this.nodes = [];
    this.said = null;
  }

  lose(why) {
    this.refusal = null;
    this.unreachable = why;
    this.show(this.state);
  }

  find() {
    this.unreachable = null;
    this.show(this.state);
  }

  show(state) {
    if (!state) return;
    this.state = state;
    // What is true of all is shown once.
    const reasonOf = (order) => {
      if (this.unreachable) return {reason: this.unreachable, shared: true};
      const now = state.orders[order];
      return {reason: now?.enabled ? '' : now?.why ?? 'not possible now', shared: false};
    };
    const running = state.phase === 'running';
    this.start.show('start', state.phase === 'starting' ? 'Starting…' : START, 'undo', reasonOf('start'));
    byId('gate-begin').hidden = running;
    byId('gate-running').hidden = !running;
    if (running) this.showRunning(state, reasonOf);
    this.note();
    this.say(state);
  }

  showRunning(state, reasonOf) {
    if (this.nodes.map(({id}) => id).join() !== state.nodes.map(({id}) => id).join()) {
      this.nodes = state.nodes.map(({id}) => new NodeCard(id, this.refused));
      byId('gate-nodes').replaceChildren(...this.nodes.map(({root}) => root));
    }
    for (const [index, node] of state.nodes.entries()) this.nodes[index].show(node, reasonOf);
    for (const [index, [name, text, kind]] of ALL.entries()) this.all[index].show(name, text, kind, reasonOf(name));
    say(byId('gate-question'), `${state.name} at ${state.server}`);
    const lines = state.answer === null ? ['the DNS server does not answer'] : state.answer.length ? state.answer : ['no address'];
    if (lines.join() !== this.lines) {
      this.lines = lines.join();
      byId('gate-answer').replaceChildren(...lines.map((line) => html('li', {}, line)));
    }
    say(byId('gate-floor'), floorText(state));
    byId('gate-floor').classList.toggle('holds', state.guard !== '');
    const last = state.lines.at(-1)?.n;
    if (last === this.last) return;
    this.last = last;
    byId('gate-took').replaceChildren(...(state.took.length ? [...state.took].reverse().slice(0, 3).map(tookArticle)
      : [html('p', {class: 'quiet'}, 'Nobody has entered or left by a hand yet.')]));
    byId('gate-happenings').replaceChildren(...[...state.lines].reverse().map(item));
  }

  note() {
    const refused = this.refusal?.until > performance.now() ? `${this.refusal.text}.` : '';
    say(byId('gate-note'), refused || this.state?.problem || (this.unreachable ? `${this.unreachable}.` : ''));
  }

  // Aloud: what the eye sees in the answer and the floor.
  say({phase, answer, guard}) {
    const now = phase === 'running' ? [answer?.length ?? 0, guard].join() : null;
    if (now === this.said) return;
    const before = this.said;
    this.said = now;
    if (now === null || before === null) return;
    this.announce(`${answer?.length ?? 0} addresses in public DNS.${guard === 'floor' ? ' The floor holds.' : ''}`);
  }
}
