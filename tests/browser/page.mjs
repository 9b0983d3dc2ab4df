// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tests in headless Chromium share: TAP, and pages that remember what they complain about.
//
// SCRIPT MODULES CHROMIUM FOLDER ARGUMENT...: the packages, the browser, where screenshots go;
// the others are in args.
import { createRequire } from 'node:module';

const [modules, executablePath, given, ...others] = process.argv.slice(2);
export const folder = given;
export const args = others;
export const require = createRequire(modules + '/');
export const LIMIT = 60000;
const { chromium } = require('playwright-core');
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
let n = 0;
let failed = 0;
let browser;

export function is(got, wanted, name) {
  const [a, b] = [got, wanted].map((v) => JSON.stringify(v));
  n++;
  console.log(`${a === b ? 'ok' : 'not ok'} ${n} - ${name}`);
  if (a === b) return;
  failed++;
  console.log(`# got:    ${a}\n# wanted: ${b}`);
}

// A page with a profile of its own, and everything it complains about or asks for.
export async function open(at, { scheme = 'light', scripts = true, width = 1280, locale = 'en' } = {}) {
  browser ||= await chromium.launch({ executablePath, headless: true, args: flags, timeout: LIMIT });
  const context = await browser.newContext({
    locale, viewport: { width, height: 900 }, colorScheme: scheme, javaScriptEnabled: scripts,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT);
  page.setDefaultNavigationTimeout(LIMIT);
  page.said = [];
  page.asked = [];
  page.on('console', (m) => page.said.push(m.text()));
  page.on('pageerror', (e) => page.said.push(e.message));
  page.on('dialog', (d) => { page.said.push('dialog ' + d.message()); d.dismiss(); });
  page.on('request', (r) => { if (!r.url().startsWith('data:')) page.asked.push(r.url()); });
  await page.goto(at);
  return page;
}

export const close = (page) => page.context().close();

// Runs the parts one after the other, prints the plan and ends.
export async function run(...parts) {
  try {
    for (const part of parts) await part();
  } catch (e) {
    failed++;
    console.log(`not ok ${++n} - ${e.message.split('\n')[0]}`);
    console.log(e.stack.replace(/^/gm, '# '));
  }
  await browser?.close();
  console.log(`1..${n}`);
  process.exit(failed > 0 ? 1 : 0);
}
