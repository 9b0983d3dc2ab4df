/* Filters, sorts, speaks other languages; the page is complete without it.  It has no words of its
 * own, sends nothing, and keeps what was chosen for as long as the tab is open. */
(function () {
  'use strict';
  const $ = (id) => document.getElementById(id);
  const list = $('vms');
  const items = list ? Array.from(list.children) : [];
  const order = new Map(items.map((li, i) => [li, i]));
  const tiles = Array.from(document.querySelectorAll('.tile'));
  const texts = $('texts') ? JSON.parse($('texts').textContent) : {};
  const fields = ['f-text', 'f-state', 'f-node', 'f-kind', 'sort', 'f-alarm', 'f-stale', 'f-busy'];
  const kept = 'statesync-board';

  /* Where the browser keeps nothing, nothing is kept. */
  function load() {
    try { return JSON.parse(sessionStorage.getItem(kept)) || {}; } catch (e) { return {}; }
  }
  function save() {
    const state = { language: document.documentElement.lang, y: scrollY, open: [], fields: {} };
    for (const d of document.querySelectorAll('details.vm[open]')) state.open.push(d.id);
    for (const id of fields) if ($(id)) state.fields[id] = get(id);
    try { sessionStorage.setItem(kept, JSON.stringify(state)); } catch (e) { /* see load() */ }
  }
  function get(id) { return $(id).type === 'checkbox' ? $(id).checked : $(id).value; }
  function set(id, value) {
    if ($(id).type === 'checkbox') $(id).checked = value; else $(id).value = value;
    if ($(id).value === '' && $(id).tagName === 'SELECT') $(id).selectedIndex = 0;
  }

  /* --- languages --- */
  function speak(language) {
    const words = texts[language];
    if (!words) return;
    document.documentElement.lang = language;
    for (const e of document.querySelectorAll('[data-t]')) e.textContent = words[e.dataset.t];
    for (const a of ['aria-label', 'label'])
      for (const e of document.querySelectorAll('[data-t-' + a + ']')) {
        e.setAttribute(a, words[e.getAttribute('data-t-' + a)]);
      }
    for (const e of document.querySelectorAll('[data-t-title]')) {
      const why = e.querySelector('bdi');
      e.title = words[e.dataset.tTitle] + (why ? ': ' + why.textContent : '');
    }
    document.title = document.querySelector('h1').textContent;
    if ($('language')) $('language').value = language;
  }
  function preferred() {
    for (const l of navigator.languages || []) {
      if (texts[l]) return l;
      if (texts[l.split('-')[0]]) return l.split('-')[0];
    }
    return null;
  }

  /* --- filters --- */
  function wanted(d, text) {
    const s = d.dataset;
    return (get('f-state') === '' || s.s === get('f-state'))
      && (get('f-node') === '' || s.n.toLowerCase() === get('f-node').toLowerCase())
      && (get('f-kind') === '' || s.k === get('f-kind'))
      && (!get('f-alarm') || 'alarm' in s) && (!get('f-stale') || 'stale' in s)
      && (!get('f-busy') || 'busy' in s)
      && (text === '' || d.textContent.toLowerCase().includes(text));
  }
  function filter() {
    const text = get('f-text').trim().toLowerCase();
    let n = 0;
    for (const li of items) {
      const yes = wanted(li.firstElementChild, text);
      li.hidden = !yes;
      n += yes;
    }
    $('shown').textContent = n + ' / ' + items.length;
    for (const t of tiles) {
      const [what, value] = t.dataset.filter.split('=');
      const on = what === '' ? n === items.length
        : value === undefined ? get('f-' + what) : get('f-' + what) === value;
      t.firstElementChild.setAttribute('aria-pressed', on);
    }
  }
  function choose(t) {
    const [what, value] = t.dataset.filter.split('=');
    const on = t.firstElementChild.getAttribute('aria-pressed') === 'true';
    for (const id of fields) if (id !== 'sort') set(id, $(id).type === 'checkbox' ? false : '');
    if (what !== '' && !on) set('f-' + what, value === undefined ? true : value);
    filter();
    save();
  }

  /* --- order --- */
  const by = {
    status: (a, b) => a.dataset.s.localeCompare(b.dataset.s),
    node: (a, b) => a.dataset.n.localeCompare(b.dataset.n, undefined, { numeric: true }),
    since: (a, b) => b.dataset.i - a.dataset.i,
  };
  function sort() {
    const compare = by[get('sort')] || (() => 0);
    const sorted = items.slice().sort((a, b) =>
      compare(a.firstElementChild, b.firstElementChild) || order.get(a) - order.get(b));
    const focus = document.activeElement;
    list.append(...sorted);
    if (focus && document.activeElement !== focus) focus.focus();
  }

  /* --- links into the list, and to the list of what is open --- */
  function follow() {
    const d = $(location.hash.slice(1));
    if (!d || !d.classList.contains('vm')) return;
    if (d.parentElement.hidden) { $('tools').reset(); sort(); filter(); }
    d.open = true;
    d.scrollIntoView();
    d.firstElementChild.focus({ preventScroll: true });
  }

  /* --- anew, but not under somebody's hands --- */
  function isUsed() {
    const e = document.activeElement;
    return document.hidden || !getSelection().isCollapsed || $('live').matches(':hover')
      || (e && /^(INPUT|SELECT|LI)$/.test(e.tagName));
  }
  function refresh() {
    const seconds = $('live') ? Number($('live').dataset.refresh) : 0;
    if (seconds > 0) setInterval(() => { if (!isUsed()) { save(); location.reload(); } }, seconds * 1000);
  }

  /* --- begin --- */
  const state = load();
  if ($('language')) {
    $('language-label').hidden = false;
    speak(texts[state.language] ? state.language : preferred());
    $('language').addEventListener('change', () => { speak($('language').value); save(); });
  }
  if (list) {
    for (const t of tiles) {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...t.childNodes);
      t.append(button);
      button.addEventListener('click', () => choose(t));
    }
    $('tools').hidden = false;
    for (const id in state.fields || {}) if ($(id)) set(id, state.fields[id]);
    for (const id of state.open || []) if ($(id)) $(id).open = true;
    sort();
    filter();
    $('tools').addEventListener('input', () => { filter(); save(); });
    $('sort').addEventListener('change', () => { sort(); save(); });
    $('tools').addEventListener('submit', (e) => e.preventDefault());
    $('tools').addEventListener('reset', () => setTimeout(() => { sort(); filter(); save(); }));
    addEventListener('hashchange', follow);
    addEventListener('pagehide', save);
    if (location.hash) follow(); else if (state.y) scrollTo(0, state.y);
  }
  refresh();
}());
