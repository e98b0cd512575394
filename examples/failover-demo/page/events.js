// Everything that happened, the newest first.
import {html} from './dom.js';
import {at, span} from './words.js';

const MOST = 200;
const KINDS = {
  fault: 'fault', evidence: 'evidence', down: 'down', promotion: 'promotion', named: 'name moved', adopted: 'adopted',
  first_write: 'first write', announced: 'announced', revived: 'undone', note: 'note',
  check: 'check', left: 'out', entered: 'in', gate: 'the gate', guard: 'held',
};

export function item({kind, who, text, t_ms, since_fault_ms}) {
  const when = since_fault_ms === null || kind === 'fault' || kind === 'revived' ? `at ${at(t_ms)}` : `+${span(since_fault_ms)}`;
  return html('li', {class: `happening ${KINDS[kind] ? kind : 'note'}`},
    html('span', {class: 'when'}, when),
    html('span', {class: 'kind'}, KINDS[kind] ?? kind),
    html('span', {class: 'what'}, text, html('span', {class: 'quiet'}, ` ${who}`)));
}

export class Events {
  constructor(root) {
    this.root = root;
  }

  reset(happenings) {
    this.root.replaceChildren(...happenings.map(item).reverse().slice(0, MOST));
  }

  add(happening) {
    this.root.prepend(item(happening));
    while (this.root.children.length > MOST) this.root.lastElementChild.remove();
  }
}
