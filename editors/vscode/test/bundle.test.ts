// The bundle as VS Code loads it, with something in the place of the editor that takes everything and does nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import * as path from 'node:path';
import { test } from 'node:test';

/** Whatever is asked of it, it has: something that can be called, made, extended and asked again. */
function anything(known: Record<string | symbol, unknown> = {}): unknown {
  const made = new Map<string | symbol, unknown>(Object.entries(known));
  // A function that can be called and made, and whose prototype can be extended.
  return new Proxy(function () {}, {
    get(target, key) {
      if (key === 'prototype' || key === Symbol.toPrimitive || key === Symbol.iterator || key === 'then') {
        return Reflect.get(target, key) as unknown;
      }
      if (!made.has(key)) {
        made.set(key, anything());
      }
      return made.get(key);
    },
    set: (_target, key, value) => (made.set(key, value), true),
    apply: () => anything(),
    construct: () => anything() as object,
  });
}

test('the bundle is whole, and registers every command when it is activated', async () => {
  const registered: string[] = [];
  // The bundle copies what the editor offers, by name.
  const names = [...readFileSync('dist/extension.js', 'utf8').matchAll(/\.([A-Z]\w*|window|env|l10n)\b/g)].map((m) => m[1] ?? '');
  const editor = {
    ...Object.fromEntries(names.map((name) => [name, anything()])),
    commands: { registerCommand: (id: string) => (registered.push(id), { dispose() {} }), executeCommand: () => Promise.resolve() },
    workspace: anything({ textDocuments: [], findFiles: () => Promise.resolve([]) }),
    languages: anything({ getDiagnostics: () => [] }),
  };
  const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
  const load = loader._load;
  loader._load = (request, ...rest) => (request === 'vscode' ? editor : load.call(Module, request, ...rest));
  const bundle = Module.createRequire(path.resolve('package.json'))('./dist/extension.js') as {
    activate: (context: unknown) => Promise<void>;
    deactivate: () => void;
  };
  loader._load = load;
  const context = { subscriptions: [] as unknown[], extensionPath: path.resolve('.') };
  await bundle.activate(context);
  bundle.deactivate();
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { contributes: { commands: { command: string }[] } };
  assert.deepEqual(registered.toSorted(), manifest.contributes.commands.map((c) => c.command).toSorted());
  assert.ok(context.subscriptions.length > registered.length);
});
