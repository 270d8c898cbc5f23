const HALF_MS = 2000;
const AGAIN_MS = 30000;
const SOON_MS = 700;
const ON_ITS_WAY_MS = 5000;
const NOTE_MS = 8000;
const CUT_OFF = 'NOT DONE: no connection to the server. Tap again when this page is live.';
const MAYBE_CUT_OFF = 'The connection broke as you tapped. Look whether it was done, then tap again.';

function makeLive() {
  const live = {dog: makeWatchdog(), ward: undefined, source: null, page: null, asked: null,
                waiting: null, drawn: null, tappedAt: null, touchedAt: null};

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
    live.waiting = isBusy() ? version : null;
    if (!page || live.waiting !== null || page.data.quiet) return;
    if (version === page.data.version || version === live.asked) return;
    live.asked = version;
    ask('changed', version);
  };

  // A redraw would cut off the run that a hand has started, and empty the field of a dialog that
  // somebody types into: it waits until that is over.
  const isBusy = () => isOnItsWay() || isSince(live.touchedAt, SOON_MS) || isTyping() ||
    (!rests() && isSince(live.touchedAt, ON_ITS_WAY_MS));
  const isSince = (at, ms) => at !== null && performance.now() - at < ms;
  const isOnItsWay = () => isSince(live.tappedAt, ON_ITS_WAY_MS);
  const isTyping = () => {
    const at = document.activeElement;
    return at !== null && at.matches('input, textarea') && at.closest('[role="dialog"]') !== null;
  };
  const rests = () => {
    const app = document.querySelector('[data-test-script-state]');
    return app !== null && app.getAttribute('data-test-script-state') === 'notRunning';
  };
  for (const kind of ['click', 'keydown']) {
    document.addEventListener(kind, () => { live.touchedAt = performance.now(); }, true);
  }

  // No tap is lost without a word.
  const say = (text) => {
    document.getElementById('toxwatch-tap')?.remove();
    const note = document.createElement('div');
    note.id = 'toxwatch-tap';
    note.setAttribute('role', 'alert');
    note.setAttribute('style', 'position:fixed;left:50%;top:4rem;transform:translateX(-50%);' +
      'z-index:2147483646;max-width:90vw;padding:.8rem 1.2rem;background:#000;color:#fff;' +
      'border:.25rem solid #E0283F;border-radius:.4rem;font:700 1.1rem system-ui,sans-serif;');
    note.textContent = text;
    document.body.appendChild(note);
    setTimeout(() => note.remove(), NOTE_MS);
  };

  // A closed source does not come back by itself.
  setInterval(() => { if (live.source && live.source.readyState === 2) open(); }, 2000);

  setInterval(() => {
    if (!live.page) return;
    if (live.waiting !== null) changed(live.waiting);
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
    const whole = document.querySelector('.tw-closing') !== null;
    if (whole || !rests() || !live.dog.connected() || live.dog.covered) { live.halfSince = null; return; }
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
    if (!live.dog.connected()) { say(CUT_OFF); return; }
    live.tappedAt = performance.now();
    ask('tapped', {go: hit.dataset.twGo, ref: hit.dataset.twRef ?? null,
                   at: hit.dataset.twAt ?? null, alert: hit.dataset.twAlert ?? null,
                   position: hit.dataset.twPosition ?? null, n: Date.now()});
  });

  const app = document.querySelector('[data-test-connection-state]');
  if (app) {
    new MutationObserver(() => {
      if (live.dog.connected() || !isOnItsWay()) return;
      live.tappedAt = null;
      say(MAYBE_CUT_OFF);
    }).observe(app, {attributes: true, attributeFilter: ['data-test-connection-state']});
  }

  live.attach = (page) => {
    live.page = page;
    // Buttons of ours are not shown before: until now nobody would have heard a tap on one.
    document.documentElement.dataset.twHears = '';
    if (page.data.drawn !== live.drawn) {
      live.drawn = page.data.drawn;
      live.tappedAt = null;
      live.dog.drawn();
    }
    if (page.data.ward !== live.ward) { live.ward = page.data.ward; live.asked = live.waiting = null; open(); }
  };
  return live;
}

export default function ({data, setTriggerValue, parentElement}) {
  const live = (window.__toxwatch ??= makeLive());
  live.attach({data, send: setTriggerValue, root: parentElement});
}
