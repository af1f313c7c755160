import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../src/status';

const none = { errors: 0, warnings: 0, notes: 0, files: 0 };
const running = { is: 'running', version: '1.2.3', file: '/bin/armlint', source: 'path' } as const;

test('findings are counted', () => {
  const some = shown(running, { errors: 1, warnings: 2, notes: 0, files: 1 });
  assert.equal(some.text, '$(shield) armlint: 3');
  assert.equal(some.tooltip, '1 error, 2 warnings and 0 notes in 1 file.\n\narmlint 1.2.3 (found on PATH): /bin/armlint');
  assert.equal(shown(running, none).text, '$(pass) armlint');
});

test('what is wrong is seen', () => {
  const missing = shown({ is: 'missing', message: 'There is none.' }, none);
  assert.deepEqual([missing.tooltip, missing.alarm], ['There is none.', 'error']);
  assert.equal(shown({ is: 'stopped' }, none).alarm, 'error');
  assert.equal(shown({ is: 'starting' }, none).alarm, 'none');
});
