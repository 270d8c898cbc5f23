const HALF_MS = 2000;
const AGAIN_MS = 30000;

function makeLive() {
  const live = {dog: makeWatchdog(), ward: undefined, source: null, page: null, asked: null, drawn: null};

  const ask = (name, value) => { if (live.page) live.page.send(name, value); };

  const open = () => {
    if (live.source) live.source.close();
    live.source = null;
    // Without a ward only the beat is listened to: the page has to know that the server lives.
    live.source = new EventSource('__PATH__?ward=' + encodeURIComponent(live.ward ?? ''));
    live.source.onmessage = (event) => { heard(); changed(Number(event.data)); };
    live.source.addEventListener('beat', heard);
  };

  // A page that may not be redrawn (somebody types) is uncovered without it.
  const heard = () => {
    if (live.page && live.page.data.quiet) live.dog.drawn();
    if (live.dog.hear()) ask('changed', Date.now());
  };

  const changed = (version) => {
    const page = live.page;
    if (!page || page.data.quiet || version === page.data.version || version === live.asked) return;
    live.asked = version;
    ask('changed', version);
  };

  // A closed source does not come back by itself.
  setInterval(() => { if (live.source && live.source.readyState === 2) open(); }, 2000);

  setInterval(() => {
    if (!live.page) return;
    const seconds = Math.floor(live.dog.silentMs() / 1000);
    const is_live = seconds < 6 && live.dog.connected();
    const root = live.page.root;
    const dot = root.querySelector('#dot');
    const says = root.querySelector('#says');
    if (!dot || !says) return;
    const word = live.page.data.past ? 'past view, server live' : 'live';
    const now = is_live ? word : `no word for ${seconds} s`;
    if (says.textContent !== now) says.textContent = now;
    if (dot.textContent !== (is_live ? '●' : '○')) dot.textContent = is_live ? '●' : '○';
  }, 500);

  // A connection cut as a run begins can leave half a page, or none: the closing line is missing
  // and nothing runs. Typed values are kept as a draft, so the page is fetched again, and not in a
  // loop where that does not help.
  setInterval(() => {
    const app = document.querySelector('[data-test-script-state]');
    const rests = app !== null && app.getAttribute('data-test-script-state') === 'notRunning';
    const whole = document.querySelector('.tw-closing') !== null;
    if (whole || !rests || !live.dog.connected() || live.dog.covered) { live.halfSince = null; return; }
    live.halfSince ??= performance.now();
    const last = Number(sessionStorage.getItem('tw-fetched-again') ?? 0);
    if (performance.now() - live.halfSince < HALF_MS || Date.now() - last < AGAIN_MS) return;
    sessionStorage.setItem('tw-fetched-again', String(Date.now()));
    location.reload();
  }, 500);

  // Links and taps on the board stay inside the session; other clicks are left to the browser.
  document.addEventListener('click', (event) => {
    const hit = event.target.closest ? event.target.closest('[data-tw-go]') : null;
    if (!hit || !live.page || live.dog.covered) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    ask('tapped', {go: hit.dataset.twGo, ref: hit.dataset.twRef ?? null,
                   at: hit.dataset.twAt ?? null, alert: hit.dataset.twAlert ?? null,
                   position: hit.dataset.twPosition ?? null, n: Date.now()});
  });

  live.attach = (page) => {
    live.page = page;
    if (page.data.drawn !== live.drawn) { live.drawn = page.data.drawn; live.dog.drawn(); }
    if (page.data.ward !== live.ward) { live.ward = page.data.ward; live.asked = null; open(); }
  };
  return live;
}

export default function ({data, setTriggerValue, parentElement}) {
  const live = (window.__toxwatch ??= makeLive());
  live.attach({data, send: setTriggerValue, root: parentElement});
}
