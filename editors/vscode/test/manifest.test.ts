import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MINIMUM } from '../src/binary';
import { DOCUMENTS, RESTARTING } from '../src/options';

interface Manifest {
  version: string;
  contributes: {
    commands: { command: string }[];
    configuration: { properties: Record<string, unknown> };
    menus: Record<string, { command: string }[]>;
    languages?: unknown;
    grammars?: unknown;
  };
  capabilities: { untrustedWorkspaces: { supported: unknown; restrictedConfigurations: string[] } };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const source = readdirSync('src').map((name) => readFileSync(`src/${name}`, 'utf8')).join('\n');
const settings = Object.keys(manifest.contributes.configuration.properties);

test('every command that is offered is there, and the other way round', () => {
  const registered = [...source.matchAll(/^\s*'(armlint\.\w+)': \(/gm)].map((m) => m[1]);
  const offered = manifest.contributes.commands.map((c) => c.command);
  assert.deepEqual(offered.toSorted(), registered.toSorted());
  for (const item of Object.values(manifest.contributes.menus).flat()) {
    assert.ok(offered.includes(item.command), item.command);
  }
});

test('every setting is read, and its change counts', () => {
  for (const key of settings.filter((key) => key !== 'armlint.trace.server')) {
    assert.match(source, new RegExp(`get<[^>]+>\\('${key.replace('armlint.', '')}'`), key);
    assert.ok(RESTARTING.includes(key), key);
  }
  assert.deepEqual(RESTARTING.filter((key) => !settings.includes(key)), []);
});

test('a workspace that nobody trusts chooses no program', () => {
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.equal(supported, 'limited');
  assert.ok(restrictedConfigurations.includes('armlint.path'));
  assert.deepEqual(restrictedConfigurations.filter((key) => !settings.includes(key)), []);
});

test('nothing is in the way of the extensions that know these languages', () => {
  assert.equal(manifest.contributes.languages, undefined);
  assert.equal(manifest.contributes.grammars, undefined);
  const languages = DOCUMENTS.flatMap((d) => ('language' in d ? [d.language] : []));
  assert.deepEqual(languages, ['bicep', 'bicep-params', 'arm-template', 'json', 'jsonc']);
});

test('the version is that of the binary, which is new enough', () => {
  const cargo = /^version = "(.+)"$/m.exec(readFileSync('../../Cargo.toml', 'utf8'))?.[1];
  assert.equal(manifest.version, cargo);
  assert.equal(MINIMUM.split('.').length, 3);
});

test('the lock file names no registry', () => {
  assert.ok(!readFileSync('package-lock.json', 'utf8').includes('"resolved"'));
});
