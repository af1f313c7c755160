import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, before, test } from 'node:test';
import { find, isOlder, MINIMUM, type Surroundings } from '../src/binary';

let folder: string;

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'armlint-'));
  program('extension/bin/armlint', `armlint ${MINIMUM}`);
  program('one/armlint', 'armlint 99.0.0-beta.1 (abc)');
  program('old/armlint', 'armlint 0.0.9');
  program('other/armlint', 'an editor of arms');
  mkdirSync(path.join(folder, 'folder/armlint'), { recursive: true });
  writeFileSync(path.join(folder, 'text'), 'no program');
});
after(() => rmSync(folder, { recursive: true }));

/** A program that says something when it is asked for its version. */
function program(name: string, says: string): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n[ "$1" = --version ] && echo '${says}'\n`);
  chmodSync(file, 0o755);
}

function around(more: Partial<Surroundings>): Surroundings {
  const PATH = [`${folder}/folder`, `${folder}/one`, '/usr/bin', '/bin'].join(path.delimiter);
  return { setting: '', extension: `${folder}/nothing`, platform: 'linux', env: { PATH }, ...more };
}

test('the setting comes before the bundled one, and that before the one on PATH', async () => {
  const extension = `${folder}/extension`;
  const first = await find(around({ extension, setting: `${folder}/one/armlint` }));
  assert.deepEqual(first, { file: `${folder}/one/armlint`, version: '99.0.0-beta.1', source: 'setting' });
  assert.deepEqual(await find(around({ extension })), { file: `${folder}/extension/bin/armlint`, version: MINIMUM, source: 'bundled' });
  // A folder of that name is none.
  assert.deepEqual(await find(around({})), { file: `${folder}/one/armlint`, version: '99.0.0-beta.1', source: 'path' });
});

test('a path may start at home or at the folder that is open', async () => {
  const found = await find(around({ setting: '${workspaceFolder}/one/armlint', workspace: folder }));
  assert.equal('file' in found && found.file, `${folder}/one/armlint`);
  const missing = await find(around({ setting: '~/no such armlint' }));
  assert.ok('reason' in missing && missing.message.includes(path.join(homedir(), 'no such armlint')));
});

test('a setting that is wrong is told, and nothing else is taken instead', async () => {
  const extension = `${folder}/extension`;
  for (const [setting, says] of [['armlint', 'absolute'], [`${folder}/text`, 'no program'], [`${folder}/folder`, 'no program'], ['${workspaceFolder}/x', 'absolute']] as const) {
    const found = await find(around({ extension, setting }));
    assert.ok('reason' in found && found.reason === 'setting', setting);
    assert.ok(found.message.includes('armlint.path') && found.message.includes(says), found.message);
  }
});

test('one that is too old, or something else, is told', async () => {
  const old = await find(around({ setting: `${folder}/old/armlint` }));
  assert.ok('reason' in old && old.reason === 'old' && old.message.includes('0.0.9') && old.message.includes(MINIMUM));
  const other = await find(around({ setting: `${folder}/other/armlint` }));
  assert.ok('reason' in other && other.reason === 'broken' && other.message.includes('an editor of arms'));
});

test('a folder on PATH that hangs on where one is counts for nothing', async () => {
  const relative = path.relative(process.cwd(), `${folder}/one`);
  const found = await find(around({ env: { PATH: `.${path.delimiter}${relative}` } }));
  assert.ok('reason' in found && found.reason === 'none');
  assert.ok('reason' in (await find(around({ env: {} }))));
});

test('versions are compared by their numbers', () => {
  assert.ok(isOlder('0.9.9', '0.10.0') && isOlder('1.0.0-rc.1', '1.0.0'));
  assert.ok(!isOlder('1.0.0', '1.0.0') && !isOlder('1.0.1-rc.1', '1.0.0') && !isOlder('2.0.0', '1.9.9'));
});
