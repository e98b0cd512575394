// The stream of events, and the presses that go the other way.

const EVENTS = ['hello', 'history', 'state', 'tick', 'happening', 'summary', 'gate'];
// Four ticks come in a second.
const SILENCE_MS = 3000;
const AGAIN_MS = 1000;
const HUNG_MS = 10000;

// Connects, and again whenever that ends. `on` has a function for each event, and `connection(word)`: "open", "silent"
// (connected, but nothing comes) or "lost".
export function connect(on) {
  let source = null;
  let heard = 0;
  let word = null;

  const tell = (now) => {
    if (word === now) return;
    word = now;
    on.connection(now);
  };
  const open = () => {
    heard = performance.now();
    source = new EventSource('/events');
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => {
        heard = performance.now();
        tell('open');
        on[name](JSON.parse(event.data));
      });
    }
    // The browser's own way gives up on some errors, and waits for seconds after others.
    source.onerror = again;
  };
  const again = () => {
    source.close();
    source = null;
    tell('lost');
    setTimeout(open, AGAIN_MS);
  };
  setInterval(() => {
    if (!source) return;
    const silence = performance.now() - heard;
    if (silence > HUNG_MS) return again();
    if (silence > SILENCE_MS && word === 'open') tell('silent');
  }, 500);
  open();
}

// Resolves to nothing, or to why it was not done.
export async function press(folder, name) {
  try {
    const answer = await fetch(`/${folder}/${name.split('/').map(encodeURIComponent).join('/')}`, {
      method: 'POST',
      headers: {'X-Rediscovery': 'demo'},
    });
    if (answer.status === 202) return null;
    const body = await answer.json();
    return body.message ?? body.error ?? `the demo answered ${answer.status}`;
  } catch {
    return 'the demo cannot be reached';
  }
}
