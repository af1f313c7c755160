// What is deployed, and which of its lines come from which place of which file. Nothing here knows the editor.

/** The answer to `armlint/preview`. */
export interface Preview {
  entry?: string | null;
  entries: string[];
  more: number;
  resources: number;
  text: string;
  files: string[];
  places: number[][];
}

/** A stretch of lines, from 0, both included. */
export interface Lines {
  first: number;
  last: number;
}

/** A place in a file; lines and columns from 0. */
export interface Place {
  file: string;
  start: [number, number];
  end: [number, number];
}

type Point = [number, number];

const before = (a: Point, b: Point) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

/** The lines that come from the innermost place that holds a point of a file. One place may have made several (in a loop). */
export function linesFrom(preview: Preview, isFile: (uri: string) => boolean, point: Point): Lines[] {
  const file = preview.files.findIndex(isFile);
  let innermost: { start: Point; end: Point } | undefined;
  let lines: Lines[] = [];
  for (const [index, l1 = 0, c1 = 0, l2 = 0, c2 = 0, first = 0, last = 0] of preview.places) {
    const start: Point = [l1, c1];
    const end: Point = [l2, c2];
    if (index !== file || before(point, start) || before(end, point)) {
      continue;
    }
    const same = innermost !== undefined && !before(innermost.start, start) && !before(start, innermost.start)
      && !before(innermost.end, end) && !before(end, innermost.end);
    if (innermost === undefined || (!same && !before(start, innermost.start) && !before(innermost.end, end))) {
      innermost = { start, end };
      lines = [{ first, last }];
    } else if (same && !lines.some((l) => l.first === first && l.last === last)) {
      lines.push({ first, last });
    }
  }
  return lines;
}

/** Where a line comes from: the places of the fewest lines that hold it, each once; the last one decided it. */
export function placesOf(preview: Preview, line: number): Place[] {
  const holding = preview.places.filter(([, , , , , first = 0, last = 0]) => first <= line && line <= last);
  const fewest = Math.min(...holding.map(([, , , , , first = 0, last = 0]) => last - first));
  const places: Place[] = [];
  for (const [index = 0, l1 = 0, c1 = 0, l2 = 0, c2 = 0, first = 0, last = 0] of holding) {
    const file = preview.files[index];
    const place = file === undefined ? undefined : { file, start: [l1, c1] as Point, end: [l2, c2] as Point };
    if (place !== undefined && last - first === fewest && !places.some((p) => JSON.stringify(p) === JSON.stringify(place))) {
      places.push(place);
    }
  }
  return places;
}
