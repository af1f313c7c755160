import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesFrom, placesOf, type Preview } from '../src/places';

// A resource of lines 2 to 9 whose property, line 5, is handed over from a parameter file; a loop has made it twice.
const preview: Preview = {
  entries: [], more: 0, resources: 2, text: '', files: ['main', 'params'],
  places: [
    [0, 7, 4, 7, 10, 5, 5], [0, 7, 12, 7, 15, 5, 5], [1, 1, 12, 1, 20, 5, 5], [0, 2, 0, 9, 1, 2, 9],
    [0, 7, 4, 7, 10, 14, 14], [1, 1, 12, 1, 20, 14, 14], [0, 2, 0, 9, 1, 11, 18],
  ],
};
const at = (file: string, line: number, column: number) => linesFrom(preview, (uri) => uri === file, [line, column]);

test('the innermost place that holds the cursor counts, with all that it made', () => {
  assert.deepEqual(at('main', 7, 5), [{ first: 5, last: 5 }, { first: 14, last: 14 }]);
  assert.deepEqual(at('main', 7, 13), [{ first: 5, last: 5 }]);
  assert.deepEqual(at('main', 4, 0), [{ first: 2, last: 9 }, { first: 11, last: 18 }]);
  assert.deepEqual(at('params', 1, 20), [{ first: 5, last: 5 }, { first: 14, last: 14 }]);
});

test('where nothing is made there is nothing to show', () => {
  assert.deepEqual(at('main', 1, 99), []);
  assert.deepEqual(at('params', 1, 21), []);
  assert.deepEqual(at('other', 7, 5), []);
});

test('a line leads to where it is written, last to where it was decided', () => {
  const places = placesOf(preview, 5).map(({ file, start }) => [file, ...start]);
  assert.deepEqual(places, [['main', 7, 4], ['main', 7, 12], ['params', 1, 12]]);
  assert.deepEqual(placesOf(preview, 3).map((p) => p.start), [[2, 0]]);
  assert.deepEqual(placesOf(preview, 0), []);
});
