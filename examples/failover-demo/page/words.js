// Figures and names as people read them.

const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});

export const count = (number) => whole.format(number ?? 0);

export function span(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${whole.format(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

// Since the demo began.
export function at(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function list(words) {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

export const ipOf = (address) => (address ?? '').replace(/:\d+$/, '');

// "A", if the address is one of ours.
export function nodeNamed(state, address) {
  return state.nodes.find((node) => ipOf(node.address) === ipOf(address))?.id ?? address;
}

export const LANES = {
  library: {title: 'st-api with rediscovery', short: 'with the library'},
  plain: {title: 'a plain client', short: 'plain client'},
};

// The server's own words for its lanes, where it has some.
export function learnLanes(hello) {
  for (const lane of hello.lanes ?? []) {
    if (LANES[lane.name]) Object.assign(LANES[lane.name], {title: lane.title, hint: lane.hint});
  }
}
