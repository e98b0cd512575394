// Two lanes side by side, with what came of their requests.
import {html, say} from './dom.js';
import {LANES, count} from './words.js';

const FIGURES = [
  ['answered', 'answered'],
  ['waiting', 'waiting now'],
  ['in_doubt', 'in doubt'],
];

export class Lanes {
  constructor(root) {
    this.lanes = {};
    for (const name of Object.keys(LANES)) {
      const lane = {
        title: html('h3'),
        failed: html('strong', {class: 'big'}, '–'),
        of: html('span', {class: 'of'}),
        share: html('p', {class: 'share'}),
        figures: Object.fromEntries(FIGURES.map(([key]) => [key, html('dd', {}, '–')])),
      };
      lane.root = html('article', {class: `card lane ${name}`, 'data-lane': name}, lane.title,
        html('p', {class: 'failed'}, lane.failed, html('span', {class: 'of'}, ' failed ', lane.of)),
        html('dl', {class: 'figures'},
          ...FIGURES.map(([key, label]) => html('div', {}, html('dt', {}, label), lane.figures[key]))));
      this.lanes[name] = lane;
      root.append(lane.root);
    }
    this.name();
  }

  name() {
    for (const [name, lane] of Object.entries(this.lanes)) {
      say(lane.title, LANES[name].title);
      if (LANES[name].hint) lane.title.title = LANES[name].hint;
    }
  }

  show(tick) {
    for (const [name, lane] of Object.entries(this.lanes)) {
      const totals = tick.totals[name];
      say(lane.failed, count(totals.failed));
      say(lane.of, `of ${count(totals.sent)}`);
      lane.root.classList.toggle('hurt', totals.failed > 0);
      const figures = {...totals, waiting: tick.lanes[name].waiting};
      for (const [key, element] of Object.entries(lane.figures)) say(element, count(figures[key]));
    }
  }
}
