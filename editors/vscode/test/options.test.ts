import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initializationOptions, isReason, serverArguments, type Settings } from '../src/options';

const plain: Settings = { baseline: '', configFile: '', inlayHints: false, runOn: 'type' };

test('settings become arguments', () => {
  assert.deepEqual(serverArguments(plain, '/work'), ['lsp']);
  const set = { ...plain, baseline: ' Azure.All ', configFile: 'ci/armlint.yaml' };
  assert.deepEqual(serverArguments(set, '/work'), ['lsp', '--baseline', 'Azure.All', '--config', '/work/ci/armlint.yaml']);
  assert.deepEqual(serverArguments({ ...plain, configFile: '/etc/armlint.yaml' }, '/work'), ['lsp', '--config', '/etc/armlint.yaml']);
  assert.deepEqual(initializationOptions({ ...plain, runOn: 'save' }), { inlayHints: false, runOn: 'save' });
});

test('the server is started for what it looks at, and not for any JSON', () => {
  const template = '{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",';
  const parameters = '{\n  "$schema" : "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"';
  for (const [language, file, text] of [
    ['bicep', '/a/main.bicep', ''], ['plaintext', '/a/main.bicepparam', ''], ['arm-template', '/a/x.json', ''],
    ['json', '/a/x.json', template], ['jsonc', '/a/x.json', parameters], ['yaml', '/a/armlint.yaml', ''],
    ['json', '/a/x.json', template.replace('deploymentTemplate', 'subscriptionDeploymentTemplate')],
  ] as const) {
    assert.ok(isReason(language, file, text), file);
  }
  for (const [language, file, text] of [
    ['json', '/a/package.json', '{ "name": "x" }'], ['yaml', '/a/pipeline.yaml', ''], ['markdown', '/a/x.md', template],
    ['json', '/a/x.json', '{ "$schema": "https://json.schemastore.org/package.json" }'],
  ] as const) {
    assert.ok(!isReason(language, file, text), file);
  }
});
