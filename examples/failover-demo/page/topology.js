// Who is master, and who says so: a drawing in three columns, from the Sentinels down to the names.
import {say, svg} from './dom.js';
import {ipOf, list, nodeNamed} from './words.js';

const GAP = 14;
const ROW = {sentinels: 0, redis: 106, pool: 286, names: 390};
const HEIGHT = {sentinels: 46, redis: 112, pool: 60, names: 78};
const TOTAL = ROW.names + HEIGHT.names + 2;

const PROCESS = {dead: 'is dead', stopped: 'hangs'};

function text(x, y, words, kind) {
  return svg('text', {x, y, class: kind}, words);
}

function box(x, y, width, height, kind, ...children) {
  return svg('g', {class: `box ${kind}`, transform: `translate(${x} ${y})`},
    svg('rect', {x: 1, y: 1, width: width - 2, height: height - 2, rx: 9}), ...children);
}

function roleOf(node) {
  if (node.process !== 'running') return PROCESS[node.process];
  return node.role === 'unknown' ? 'silent' : node.role;
}

function followsOf(state, node) {
  if (node.process === 'stopped') return 'no answer';
  if (node.process !== 'running') return 'unreachable';
  if (node.role === 'replica') return `of ${nodeNamed(state, node.master)}, link ${node.link ?? 'down'}`;
  return node.run_id ? `run ${node.run_id}` : '';
}

export class Topology {
  constructor(root, words) {
    this.root = root;
    this.words = words;
    new ResizeObserver(() => this.draw()).observe(root);
  }

  show(state) {
    this.state = state;
    this.draw();
    say(this.words, inWords(state));
  }

  draw() {
    if (!this.state) return;
    const width = Math.round(this.root.clientWidth);
    if (width < 100) return;
    const column = (width - 2 * GAP) / 3;
    const left = (index) => index * (column + GAP);
    const drawn = svg('svg', {
      viewBox: `0 0 ${width} ${TOTAL}`, width, height: TOTAL, role: 'img',
      'aria-label': `Diagram. ${inWords(this.state)}`,
    }, arrowheads(),
    this.replication(left, column), this.connections(left, column),
    ...this.sentinels(left, column), ...this.redis(left, column), this.pool(width), ...this.names(left, column));
    this.root.replaceChildren(drawn);
  }

  sentinels(left, column) {
    return this.state.sentinels.map((sentinel, index) => {
      const silent = sentinel.process !== 'running' || !sentinel.master;
      const says = silent ? 'says nothing' : `says ${nodeNamed(this.state, sentinel.master)}`;
      return box(left(index), ROW.sentinels, column, HEIGHT.sentinels, silent ? 'sentinel gone' : 'sentinel',
        text(10, 19, `Sentinel ${index + 1}`, 'name'),
        text(10, 36, `${says}${sentinel.odown ? ', down' : ''}`, sentinel.odown ? 'alert' : 'detail'));
    });
  }

  redis(left, column) {
    return this.state.nodes.map((node, index) => {
      const kind = node.process !== 'running' ? 'gone' : node.role;
      const named = node.named.length ? `name: ${node.named.join(', ')}` : 'no name';
      return box(left(index), ROW.redis, column, HEIGHT.redis, `redis ${kind}`,
        text(12, 31, node.id, 'letter'),
        text(40, 29, roleOf(node), 'role'),
        text(12, 53, ipOf(node.address), 'address'),
        text(12, 72, followsOf(this.state, node), 'detail'),
        svg('rect', {x: 8, y: 84, width: column - 16, height: 20, rx: 6, class: node.named.length ? 'tag' : 'tag none'}),
        text(14, 98, named, 'detail'));
    });
  }

  // From the master to those that copy it: arcs above.
  replication(left, column) {
    const {nodes} = this.state;
    const middle = (index) => left(index) + column / 2;
    const arcs = nodes.flatMap((node, index) => {
      const from = nodes.findIndex((other) => ipOf(other.address) === ipOf(node.master ?? ''));
      if (node.role !== 'replica' || node.process !== 'running' || from < 0 || from === index) return [];
      const [a, b] = [middle(from) + Math.sign(index - from) * 14, middle(index)];
      const top = ROW.redis - (Math.abs(index - from) > 1 ? 46 : 30);
      return [svg('path', {
        d: `M ${a} ${ROW.redis} C ${a} ${top}, ${b} ${top}, ${b} ${ROW.redis - 3}`,
        class: `line copies ${node.link === 'up' ? '' : 'broken'}`, 'marker-end': 'url(#arrow)',
      })];
    });
    return svg('g', {}, ...arcs);
  }

  // The pool's, to its master and its standbys; and from name to name.
  connections(left, column) {
    const {nodes, pool} = this.state;
    const drawn = nodes.flatMap((node, index) => {
      const x = left(index) + column / 2;
      const [top, bottom] = [ROW.redis + HEIGHT.redis, ROW.pool];
      const line = (kind, words) => [
        svg('path', {d: `M ${x} ${bottom} V ${top + 3}`, class: `line ${kind}`, 'marker-end': 'url(#arrow)'}),
        text(x + 9, (top + bottom) / 2 + 4, words, 'detail')];
      if (ipOf(node.address) === ipOf(pool.master ?? '')) {
        return pool.state === 'ready' ? line('writes', 'writes') : line('broken', 'lost');
      }
      return (pool.standbys ?? []).includes(node.address) ? line('standby', 'standby') : [];
    });
    const y = ROW.names + HEIGHT.names / 2;
    for (const index of [0, 1]) {
      const x = left(index) + column;
      drawn.push(svg('path', {d: `M ${x} ${y} H ${x + GAP - 3}`, class: 'line', 'marker-end': 'url(#arrow)'}));
    }
    const x = left(2) + column / 2;
    drawn.push(svg('path', {d: `M ${x} ${ROW.names} V ${ROW.pool + HEIGHT.pool + 3}`,
      class: `line ${this.state.dns.answering ? '' : 'broken'}`, 'marker-end': 'url(#arrow)'}));
    return svg('g', {}, ...drawn);
  }

  pool(width) {
    const {pool} = this.state;
    const waits = pool.waiting ? `, ${pool.waiting} wait` : '';
    return box(0, ROW.pool, width, HEIGHT.pool, `pool ${pool.state}`,
      text(12, 25, `st-api’s pool is ${pool.state}`, 'name'),
      text(12, 45, `${beliefOf(this.state)}, generation ${pool.generation}${waits}`, 'detail'));
  }

  names(left, column) {
    const {dns, consul, updater} = this.state;
    const letters = (addresses) => addresses.map((one) => nodeNamed(this.state, one)).join(', ') || 'nobody';
    const parts = [
      ['updater', updater.running, [updater.running ? 'watches' : 'is gone', updater.running ? 'the Sentinels' : '']],
      ['Consul', consul.answering, consul.answering ? ['keeps', 'the names'] : ['is down', '']],
      ['DNS', dns.answering, dns.answering
        ? [`master: ${letters(dns.master)}`, `slave: ${letters(dns.slave)}`] : ['does not answer', '']],
    ];
    return parts.map(([name, well, lines], index) =>
      box(left(index), ROW.names, column, HEIGHT.names, well ? 'named' : 'named gone',
        text(12, 24, name, 'name'),
        ...lines.map((line, place) => text(12, 44 + 18 * place, line, well ? 'detail' : 'alert'))));
  }
}

function arrowheads() {
  return svg('defs', {}, svg('marker', {
    id: 'arrow', viewBox: '0 0 8 8', refX: 6, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto', markerUnits: 'userSpaceOnUse',
  }, svg('path', {d: 'M0 0L8 4L0 8z', class: 'head'})));
}

const beliefOf = (state) =>
  state.pool.master ? `follows ${nodeNamed(state, state.pool.master)}` : 'follows nobody yet';

function inWords(state) {
  const name = (address) => nodeNamed(state, address);
  const masters = state.nodes.filter((node) => node.process === 'running' && node.role === 'master').map((node) => node.id);
  const parts = [masters.length ? `${list(masters)} ${masters.length > 1 ? 'say that they are' : 'is'} master` : 'Nobody is master'];
  for (const node of state.nodes) if (node.process !== 'running') parts.push(`${node.id} ${roleOf(node)}`);
  const told = [...new Set(state.sentinels.map((one) => (one.master ? name(one.master) : 'nobody')))];
  const epoch = Math.max(...state.sentinels.map((one) => one.epoch));
  parts.push(told.length === 1 ? `all Sentinels say ${told[0]} (epoch ${epoch})` : `the Sentinels say ${list(told)}`);
  parts.push(state.dns.answering ? `DNS says ${list(state.dns.master.map(name)) || 'nobody'}` : 'DNS does not answer');
  if (!state.consul.answering) parts.push('Consul is down');
  const believes = state.pool.believes ? ` (${state.pool.believes})` : '';
  parts.push(`the pool is ${state.pool.state} and ${beliefOf(state)}, generation ${state.pool.generation}${believes}`);
  return `${parts.join('; ')}.`;
}
