// SPDX-License-Identifier: GPL-2.0-or-later
//
// The status board in headless Chromium: content, keyboard, languages, no errors on the console,
// nothing loaded, axe without violations; light and dark, with scripts and without.  Prints TAP.
//
// board.mjs MODULES CHROMIUM FOLDER PAGE URL: as page.mjs has it; a page as a file, and where the
// daemon shows its own.
import { readFileSync, writeFileSync } from 'node:fs';
import { LIMIT, args, close, folder, is, open, require, run } from './page.mjs';

const [file, url] = args;
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const shown = (page) => page.locator('#vms > li:visible').count();

// What axe finds, with everything open.
async function violations(page) {
  await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true; });
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run());
  return result.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 2).map((e) => e.html).join(' ')}`);
}

async function looks(scheme, scripts) {
  const page = await open(file, { scheme, scripts });
  const name = `${scheme}, ${scripts ? 'with' : 'without'} scripts`;
  is(await page.locator('#vms > li').count(), 29, `${name}: every machine`);
  is(await page.locator('#tools').isVisible(), scripts, `${name}: tools only where they work`);
  await page.screenshot({ path: `${folder}/board-${scheme}-${scripts ? 'scripts' : 'plain'}.png` });
  if (scripts) is(await violations(page), [], `${name}: axe finds nothing`);
  is(page.said, [], `${name}: nothing on the console`);
  is(page.asked.length, 1, `${name}: nothing is loaded`);
  await close(page);
}

// Where scripts are off axe does not run: it looks at a page that has none.
async function bare() {
  const copy = `${folder}/bare.html`;
  writeFileSync(copy, readFileSync(new URL(file), 'utf8').replace(/<script[^]*?<[/]script>/g, ''));
  for (const scheme of ['light', 'dark']) {
    const page = await open('file://' + copy, { scheme });
    is(await violations(page), [], `${scheme}, without a script: axe finds nothing`);
    await close(page);
  }
}

async function plain() {
  const page = await open(file, { scripts: false });
  const row = page.locator('details.vm', { hasText: 'kvm-0003.example.org' }).first();
  is(await row.locator('dl').isVisible(), false, 'without scripts: a machine is closed');
  await row.locator('summary').click();
  is(await row.locator('dl').isVisible(), true, 'without scripts: it opens');
  is((await row.locator('.actions .yes b').allTextContents()).join(' '),
    'Start Migrate Edit Delete Assign users Assign groups', 'without scripts: what may be done');
  is(await row.locator('.actions .no').first().textContent(), 'Shut down: not allowed not while Stopped',
    'without scripts: and what not, and why');
  await close(page);
}

async function changes() {
  const page = await open(file);
  const row = page.locator('details.vm', { hasText: 'kvm-0001.example.org' }).first();
  await row.locator('summary').click();
  const list = row.locator('.changes');
  is(await list.locator('h3').textContent(), 'What became of it', 'what became of a machine is there');
  is((await list.locator('li').last().textContent()).replace(/^[-0-9]+ [0-9:]+ UTC /, ''),
    'status: Running statesync: running: vm-node-01.example.org reports running (unknown)', 'in words');
  is(await list.locator('svg rect').count() > 0, true, 'and as a bar');
  await page.locator('#language').selectOption('de');
  is(await list.locator('h3').textContent(), 'Was daraus wurde', 'in another language, too');
  is((await list.locator('li').last().textContent()).endsWith('vm-node-01.example.org meldet running (unknown)'), true,
    'with what was the reason');
  await row.screenshot({ path: `${folder}/board-changes.png` });
  await close(page);
}

async function hostile() {
  const page = await open(file);
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>';
  is(await page.locator('#vms .name', { hasText: evil }).count(), 1, 'a hostile name is a name');
  is(await page.evaluate(() => document.images.length), 0, 'and no element');
  await page.locator('#f-text').fill('<script>');
  is(await shown(page), 1, 'it can be searched for');
  is(page.said, [], 'and says nothing');
  await close(page);
}

async function keyboard() {
  const page = await open(file);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
  await page.keyboard.press('Tab');
  is(await focused(), 'To the machines', 'keyboard: the first stop leads past the top');
  const tile = page.locator('.tile', { hasText: 'Crashed' }).locator('button');
  await tile.focus();
  await page.keyboard.press('Enter');
  is(await shown(page), 1, 'keyboard: a count is a filter');
  is(await tile.getAttribute('aria-pressed'), 'true', 'keyboard: and says so');
  await page.keyboard.press('Space');
  is(await shown(page), 29, 'keyboard: pressed again it is none');
  await page.locator('#f-text').focus();
  await page.keyboard.type('kvm-0014');
  is(await shown(page), 1, 'keyboard: search');
  is(await page.locator('#shown').textContent(), '1 / 29', 'keyboard: how many are left');
  const row = page.locator('#vms > li:visible summary');
  await row.focus();
  await page.keyboard.press('Enter');
  is(await page.locator('#vms > li:visible dl').isVisible(), true, 'keyboard: a machine opens');
  await page.locator('button[type=reset]').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('#vms > li:not([hidden])').length === 29);
  is(await page.locator('#f-text').inputValue(), '', 'keyboard: everything is shown again');
  await close(page);
}

async function tips() {
  const page = await open(file);
  const row = page.locator('details.vm', { hasText: 'kvm-0003.example.org' }).first();
  await row.locator('summary').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const focused = () => page.evaluate(() => {
    const e = document.activeElement;
    return [e.title, getComputedStyle(e, '::after').content];
  });
  is(await focused(), ['Start VM', '"Start VM"'], 'tool-tips: the keyboard reaches them, and they are seen');
  for (let i = 0; i < 6; i++) await page.keyboard.press('Tab');
  is(await focused(), ['Shut down VM: not while Stopped', '"Shut down VM: not while Stopped"'],
    'tool-tips: why not');
  await page.locator('#language').selectOption('de');
  is(await row.locator('.actions .yes').first().getAttribute('title'), 'Starte VM', 'tool-tips: in German');
  is((await row.locator('.actions .no').first().getAttribute('title')).replace(/^.*:/, ''), ' nicht im Status «Gestoppt»',
    'tool-tips: and why not');
  await row.locator('.actions .no').first().focus();
  await row.screenshot({ path: `${folder}/board-tips.png` });
  await close(page);
}

async function tools() {
  const page = await open(file);
  await page.locator('#f-state').selectOption('Running');
  const states = await page.locator('#vms > li:visible > details').evaluateAll((l) => l.map((d) => d.dataset.s));
  is([...new Set(states)], ['Running'], 'filter by state');
  await page.locator('#f-kind').selectOption('template');
  is(await page.locator('#vms > li:visible > details').evaluateAll((l) => l.every((d) => d.dataset.k === 'template')),
    true, 'and by type');
  await page.locator('button[type=reset]').click();
  await page.locator('#f-stale').check();
  is(await shown(page) > 3, true, 'what is stale');
  await page.locator('#f-stale').uncheck();
  await page.locator('#sort').selectOption('status');
  const order = await page.locator('#vms > li > details').evaluateAll((l) => l.map((d) => d.dataset.s));
  is(order, order.slice().sort((a, b) => a.localeCompare(b)), 'sorted by status');
  await page.reload();
  is(await page.locator('#sort').inputValue(), 'status', 'kept when the page is loaded again');
  await page.locator('#f-state').selectOption('Stopped');
  await page.locator('#busy a').first().click();
  is(await page.locator('details.vm:target').evaluate((d) => d.open && !d.parentElement.hidden), true,
    'a link opens its machine, filtered out or not');
  await close(page);
}

async function narrow() {
  for (const scheme of ['light', 'dark']) {
    const page = await open(file, { width: 360, scheme });
    await page.locator('#vms summary').first().click();
    is(await page.evaluate(() => document.scrollingElement.scrollWidth), 360, `a telephone, ${scheme}: nothing sticks out`);
    await page.screenshot({ path: `${folder}/board-narrow-${scheme}.png`, fullPage: true });
    await close(page);
  }
}

async function live() {
  const page = await open(`${url}?refresh=2`);
  await page.locator('#f-state').selectOption('Stopped');
  await page.locator('#vms > li:visible summary').first().click();
  const id = await page.locator('details.vm[open]').getAttribute('id');
  const before = await page.locator('.taken time').textContent();
  await page.waitForFunction((t) => document.querySelector('.taken time').textContent !== t, before);
  is(await page.locator('#f-state').inputValue(), 'Stopped', 'live: filters outlive the page');
  is(await page.locator('details.vm[open]').getAttribute('id'), id, 'live: so does what is open');
  const stopped = () => page.locator('#live[data-refresh="0"]').count();
  for (const end = Date.now() + LIMIT; !await stopped() && Date.now() < end;) {
    /* the page may be loaded anew in this very moment */
    await page.getByText('Stop', { exact: true }).click({ timeout: 2000 }).catch(() => {});
    await page.waitForLoadState();
  }
  is(await stopped(), 1, 'live: it can be stopped');
  is(await violations(page), [], 'live: axe finds nothing');
  is(page.said, [], 'live: nothing on the console');
  await close(page);
  const quiet = await open(`${url}?refresh=2`, { scripts: false });
  const first = await quiet.locator('.taken time').textContent();
  let now = first;
  for (const end = Date.now() + LIMIT; now === first && Date.now() < end;) {
    await quiet.waitForEvent('load', { timeout: LIMIT });
    now = await quiet.locator('.taken time').textContent();
  }
  is(now !== first, true, 'live: without scripts, too');
  await close(quiet);
}

async function all() {
  for (const scheme of ['light', 'dark']) for (const scripts of [true, false]) await looks(scheme, scripts);
}

await run(all, bare, plain, changes, hostile, keyboard, tips, tools, narrow, live);
