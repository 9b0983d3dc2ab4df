// SPDX-License-Identifier: GPL-2.0-or-later
//
// What phpLDAPadmin shows of what is published: statuses, actions, details, alarms, the service
// entry, descriptions; once without languages and once with them.  Prints TAP.
//
// phpldapadmin.mjs ... PLAIN EXAMPLE BASE READER PASSWORD MANAGER PASSWORD (see page.mjs): where it is
// served as Debian configures it and as etc/phpldapadmin.php does, and who logs in.  The script
// FOLDER/do- stands for the first site of both (English), FOLDER/do-languages for the second.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { args, close, folder, is, open, run } from './page.mjs';

const [plain, example, base, reader, readerPassword, manager, managerPassword] = args;
const ENGLISH = { id: 1, script: `${folder}/do-` };
const LANGUAGES = { id: 2, script: `${folder}/do-languages` };
const machine = (kind, n) => `sstVirtualMachine=${`${kind}`.repeat(8)}-0000-4000-8000-0000000000${n},ou=virtual machines,${base}`;
const vm = (n) => machine(1, n);
const template = (n) => machine(2, n);
const OURS = /^sst(VirtualMachine(Status|Allowed|One)|NodeStatus|StateSync)/;

const act = (site, ...what) => execFileSync('bash', [site.script, ...what], { encoding: 'utf8' });

// The entry as it is in the directory: { attribute: [values] }, and those of other languages.
function entry(site, dn) {
  const all = {};
  for (const line of act(site, 'entry', dn).split('\n')) {
    const [, name, encoded, text] = line.match(/^([^:]+):(:?) ?(.*)$/) || [];
    if (name) (all[name] ||= []).push(encoded ? Buffer.from(text, 'base64').toString() : text);
  }
  return all;
}
const sorted = (values) => [...values].sort();
const byName = (all) => Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
const ours = (all) => byName(Object.fromEntries(Object.keys(all)
  .filter((a) => OURS.test(a) && !a.includes(';')).map((a) => [a, sorted(all[a])])));

// The entry as it is on the page: an array of { label, name, values, whole, fixed }, from top to
// bottom; whole: nothing is cut off; fixed: it cannot be edited.
const fields = (page) => page.evaluate(() =>
  [...document.querySelectorAll('#ajBODY td.title > a[href*="view=attributes"]')].map((a) => {
    const all = [...a.closest('tr').nextElementSibling.querySelectorAll('input, textarea, select')]
      .filter((e) => e.type !== 'hidden' && e.checkVisibility());
    return {
      label: a.textContent, name: a.title.split(': ').pop(),
      values: all.map((e) => (e.selectedOptions ? e.selectedOptions[0].textContent : e.value)),
      whole: all.every((e) => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight),
      fixed: all.every((e) => e.readOnly || e.disabled),
    };
  }));
const shown = async (page) => byName(Object.fromEntries((await fields(page)).filter((f) => OURS.test(f.name))
  .map((f) => [f.name, sorted(f.values.map((v) => v.replace(/^(true|false)$/, (w) => w.toUpperCase())))])));
const labelled = async (page, label) => (await fields(page)).find((f) => f.label === label)?.values;
const complaints = (page) => page.locator('.sysmsg').allInnerTexts();
const dialogs = (page) => page.said.filter((line) => line.startsWith('dialog'));
const picture = (page, name) => page.screenshot({ path: `${folder}/phpldapadmin-${name}.png`, fullPage: true });

const command = (page, cmd, site, more) => page.goto(new URL(
  `cmd.php?${new URLSearchParams({ cmd, server_id: site.id, ...more })}`, page.url()).href);
const look = (page, site, dn) => command(page, 'template_engine', site, { dn });

async function enter(url, site, dn, password) {
  const page = await open(url);
  await command(page, 'login_form', site, {});
  await page.locator('input[name=login]').fill(dn);
  await page.locator('input[name=login_pass]').fill(password);
  await page.locator('#ajBODY input[type=submit]').click();
  await page.getByText('Successfully logged into server').waitFor();
  return page;
}

// An entry of the page and the same of the directory: nothing is missing, old or cut off.
async function compare(page, site, dn, name) {
  is(await shown(page), ours(entry(site, dn)), `${name}: all values, as the directory has them`);
  const mine = (await fields(page)).filter((f) => OURS.test(f.name));
  is(mine.filter((f) => !f.whole).map((f) => f.label), [], `${name}: none is cut off`);
  is(mine.filter((f) => !f.fixed).map((f) => f.label), [], `${name}: none can be edited`);
}

// --- as the guide recommends: an account that reads, and the example -------------------------

async function service(page) {
  const tree = page.locator('#ajSID_1');
  await tree.locator('a[onclick*=opencloseTreeNode]').first().click();
  await tree.locator('a.phplm', { hasText: 'cn=statesync' }).click();
  await page.locator('#ajBODY').getByText('Last pass completed at').waitFor();
  await compare(page, ENGLISH, `cn=statesync,${base}`, 'service entry');
  is((await labelled(page, 'Machines by state')).includes('Running=7'), true, 'service entry: what there is');
  is(/^\d{14}Z$/.test(await labelled(page, 'Last pass completed at (UTC)')), true, 'service entry: how new it is');
  await picture(page, 'service');
}

async function search(page) {
  await command(page, 'query_engine', ENGLISH, {});
  await page.locator('input[name=filter]').fill('(sstVirtualMachineStatusState=Starting)');
  await page.locator('#ajBODY input[type=submit]').first().click();
  await page.getByText('Entries found').waitFor();
  const text = await page.locator('#ajBODY').innerText();
  is([...text.matchAll(/^\s*(Name|Status)\t(.*)$/gm)].map((m) => m[2]).join('; '),
    'kvm-0008.example.org; Starting; <img src=x onerror="alert(18)">; Starting, streaming [0.0 %]',
    'a search finds by state, and shows name and status');
  await picture(page, 'search');
}

async function machines(page) {
  await look(page, ENGLISH, vm(17));
  await compare(page, ENGLISH, vm(17), 'machine');
  is((await fields(page)).slice(0, 6).map((f) => f.label), ['Name', 'Status', 'Status since (UTC)',
    'What may be done now', 'Why it has this status', 'Last seen on'], 'machine: what matters comes first');
  is(await labelled(page, 'Status'), ['Running, streaming [0.0 %]'], 'machine: its status');
  is((await labelled(page, 'What may be done now')).join(' '), 'shutdown power-off use users groups',
    'machine: what may be done with it');
  is(await labelled(page, 'In words of OpenNebula'), ['ACTIVE/RUNNING runn'], 'machine: in words of OpenNebula');
  is((await fields(page)).some((f) => f.name === 'sstSpicePassword'), false, 'machine: no password');
  await picture(page, 'machine');

  await look(page, ENGLISH, template('02'));
  await compare(page, ENGLISH, template('02'), 'template');
  is(sorted(await labelled(page, 'Details')), ['<img src=x onerror="alert(18)"> [0.0 %]',
    'kvm-0017.example.org [0.0 %]', 'kvm-0019.example.org [0.0 %]'], 'template: who still streams from it');
  await picture(page, 'template');

  await look(page, ENGLISH, template('01'));
  is(await labelled(page, 'Status'), ['Do not use'], 'alarm: its status');
  is(await labelled(page, 'Alarms'), ['unknown-mode: sstVirtualMachineMode is out of order'], 'alarm: what is wrong');
  await picture(page, 'alarm');

  await look(page, ENGLISH, vm('06'));
  await compare(page, ENGLISH, vm('06'), 'stale');
  is(await labelled(page, 'Status'), ['Crashed'], 'stale: the last one known');
  is(await labelled(page, 'Why it is not confirmed'), ['vm-node-03.example.org: rpc'], 'stale: and that, and why');
  await picture(page, 'stale');

  const node = `sstNode=vm-node-03.example.org,ou=nodes,${base}`;
  await look(page, ENGLISH, node);
  await compare(page, ENGLISH, node, 'node');
  is(await labelled(page, 'Reachable'), ['FALSE'], 'node: that it does not answer');
  await picture(page, 'node');
}

async function newest(page) {
  await look(page, ENGLISH, vm('01'));
  is(await labelled(page, 'Status'), ['Running'], 'newest: a machine runs');
  act(ENGLISH, 'pause');
  act(ENGLISH, 'pass');
  await page.locator('#ajBODY a', { hasText: 'Refresh' }).first().click();
  await page.waitForFunction(() => document.querySelector('[id="new_values_sstvirtualmachinestatus_0"]')?.value === 'Paused');
  await compare(page, ENGLISH, vm('01'), 'newest');
}

async function descriptions(page) {
  const lines = readFileSync(`${folder}/descriptions`, 'utf8').trimEnd().split('\n');
  const wanted = {};
  for (let i = 0; i < lines.length; i += 2) if (!/Object$|Service$/.test(lines[i])) wanted[lines[i]] = lines[i + 1];
  await look(page, ENGLISH, vm(17));
  await page.locator('#ajBODY td.title a', { hasText: /^Status$/ }).click();
  await page.locator('#ajBODY').getByText(wanted.sstVirtualMachineStatus).waitFor();
  await picture(page, 'description');
  await command(page, 'schema', ENGLISH, { view: 'attributes' });
  const got = Object.fromEntries(await page.locator('#ajBODY table.result_table').evaluateAll((tables) =>
    tables.map((t) => [t.querySelector('tr').textContent.trim(),
      [...t.querySelectorAll('tr')].find((r) => r.cells[0].textContent === 'Description')?.cells[1].textContent.trim()])));
  is(Object.keys(wanted).length > 30, true, 'descriptions: there are some');
  is(Object.keys(wanted).filter((name) => got[name] !== wanted[name]), [], 'descriptions: each in full');
}

async function recommended() {
  const page = await enter(example, ENGLISH, reader, readerPassword);
  for (const part of [service, search, machines, newest, descriptions]) await part(page);
  is(dialogs(page), [], 'no script of a name ran');
  await close(page);
}

async function recommendedLanguages() {
  const page = await enter(example, LANGUAGES, reader, readerPassword);
  await look(page, LANGUAGES, vm(17));
  is(await complaints(page), [], 'languages, an account that reads: no warning');
  await compare(page, LANGUAGES, vm(17), 'languages');
  await picture(page, 'languages');
  await look(page, LANGUAGES, template('02'));
  await compare(page, LANGUAGES, template('02'), 'languages: template');
  is(dialogs(page), [], 'languages: no script of a name ran');
  await close(page);
}

// --- as Debian configures it, and an account that writes -----------------------------------

async function asInstalled() {
  const page = await enter(plain, ENGLISH, manager, managerPassword);
  for (const [dn, name] of [[vm(17), 'machine'], [template('02'), 'template'], [`cn=statesync,${base}`, 'service entry']]) {
    await look(page, ENGLISH, dn);
    is(await shown(page), ours(entry(ENGLISH, dn)), `as installed, ${name}: all values`);
    is((await fields(page)).every((f) => f.label === f.name), true, `as installed, ${name}: by their names`);
    is(await complaints(page), [], `as installed, ${name}: no warning`);
  }
  await picture(page, 'plain');
  await close(page);
}

async function edit() {
  const page = await enter(plain, LANGUAGES, manager, managerPassword);
  await look(page, LANGUAGES, vm(17));
  const before = entry(LANGUAGES, vm(17));
  is((await complaints(page)).join('').match(/sstvirtualmachinestatus;lang-\w+/g),
    ['sstvirtualmachinestatus;lang-de', 'sstvirtualmachinestatus;lang-fr'], 'as installed, languages: a warning for each');
  is(await shown(page), ours(before), 'as installed, languages: the English values');
  await picture(page, 'plain-languages');
  await page.locator('[id="new_values_sstdisplayname_0"]').fill('renamed.example.org');
  await page.locator('input[value="Update Object"]').click();
  await page.locator('#ajBODY').getByText('Do you want to make these changes').waitFor();
  await picture(page, 'plain-edit');
  await page.locator('#ajBODY input[type=submit]').first().click();
  await page.locator('[id="new_values_sstdisplayname_0"]').waitFor();
  is(byName(entry(LANGUAGES, vm(17))), byName({ ...before, sstDisplayName: ['renamed.example.org'] }),
    'another value is saved: all of ours stay, in all languages');
  act(LANGUAGES, 'pass');
  const after = entry(LANGUAGES, vm(17));
  is([after.sstVirtualMachineStatus, after['sstVirtualMachineStatus;lang-de']].flat(),
    ['Running, streaming [0.0 %]', 'Läuft, streamt [0.0 %]'], 'and after the next pass');

  await look(page, LANGUAGES, template('02'));
  const ran = dialogs(page).length > 0;
  console.log(`# phpLDAPadmin ${ran ? 'runs' : 'does not run'} what is in values with a language (docs/operator-guide.md)`);
  await close(page);
}

await run(recommended, recommendedLanguages, asInstalled, edit);
