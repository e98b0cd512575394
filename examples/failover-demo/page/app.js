// What the demo tells, kept and handed to those who show it.
import {connect} from './connection.js';
import {byId, html, say} from './dom.js';
import {Events} from './events.js';
import {Faults} from './faults.js';
import {Gate} from './gate.js';
import {Lanes} from './lanes.js';
import {Latency} from './latency.js';
import {Story} from './story.js';
import {Topology} from './topology.js';
import {at, count, learnLanes, span} from './words.js';

const KEPT = {ticks: 480, happenings: 200, summaries: 50};
const SAID = 5;

const kept = {hello: null, state: null, ticks: [], happenings: [], summaries: []};

const lanes = new Lanes(byId('lanes'));
const faults = new Faults(announce);
const gate = new Gate(announce);
const latency = new Latency(byId('charts'));
const topology = new Topology(byId('diagram'), byId('in-words'));
const story = new Story(byId('summaries'));
const events = new Events(byId('happenings'));

// Polite, and only what matters: fault, adopted, the end.
function announce(text) {
  byId('said').append(html('p', {}, text));
  while (byId('said').children.length > SAID) byId('said').firstElementChild.remove();
}

function keep(kind, one) {
  kept[kind].push(one);
  if (kept[kind].length > KEPT[kind]) kept[kind].shift();
}

const now = () => kept.ticks.at(-1)?.t_ms ?? kept.state?.t_ms ?? 0;
const showLive = () => story.showLive(kept.state?.busy, kept.happenings, kept.hello);

const on = {
  hello(hello) {
    kept.hello = hello;
    learnLanes(hello);
    lanes.name();
    latency.name();
    faults.offer(hello.faults);
    say(byId('setting'), `Two clients send the same ${count(hello.rate)} writes per second to the same Redis, by the same DNS name, ` +
      `with ${span(hello.deadline_ms).replace('.00', '')} for each. Break something.`);
  },
  history(history) {
    for (const kind of Object.keys(KEPT)) kept[kind] = history[kind] ?? [];
    events.reset(kept.happenings);
    story.show(kept.summaries, kept.hello);
    if (kept.ticks.length) lanes.show(kept.ticks.at(-1));
    latency.show(kept.ticks, kept.happenings);
  },
  state(state) {
    const wasBusy = kept.state?.busy?.fault;
    kept.state = state;
    topology.show(state);
    faults.show(state);
    if (wasBusy || state.busy) showLive();
    // For whoever measures how soon the page can be used.
    if (!performance.getEntriesByName('usable').length) performance.mark('usable');
  },
  gate(state) {
    gate.show(state);
  },
  tick(tick) {
    keep('ticks', tick);
    lanes.show(tick);
    latency.show(kept.ticks, kept.happenings);
    faults.note(now());
    gate.note();
  },
  happening(happening) {
    keep('happenings', happening);
    events.add(happening);
    showLive();
    if (['fault', 'revived', 'adopted'].includes(happening.kind)) announce(happening.text);
  },
  summary(summary) {
    keep('summaries', summary);
    story.show(kept.summaries, kept.hello);
    announce(`Over. Failed with the library: ${count(summary.library.failed)}. Failed with the plain client: ${count(summary.plain.failed)}.`);
  },
  connection(word) {
    const words = {open: 'live', silent: 'connected, but the demo says nothing', lost: 'no connection: trying again'};
    document.body.dataset.connection = word;
    say(byId('connection-text'), words[word]);
    const lost = word === 'lost';
    if (word === 'open') {
      faults.show(kept.state);
      gate.find();
    } else {
      const why = lost ? 'the demo cannot be reached' : 'the demo does not answer';
      faults.lose(why);
      gate.lose(why);
    }
    byId('alarm').hidden = word === 'open';
    say(byId('alarm'), word === 'open' ? '' : `${lost ? 'The demo cannot be reached: it has ended, or its port is another one now. '
      + 'The page tries again every second' : 'The demo is connected but silent; the page waits for it'}. `
      + (kept.ticks.length ? `What is shown is how things stood ${at(now())} after its beginning.` : ''));
  },
};

connect(on);
