// Bundles the extension into one file, or the tests into one each (--tests). A bundle to be shipped (--minify) comes with the
// licenses of all that is in it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const tests = process.argv.includes('--tests');
const minify = process.argv.includes('--minify');
const folder = tests ? 'out/test' : 'dist';

rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: tests
    ? readdirSync('test').filter((name) => name.endsWith('.test.ts')).map((name) => `test/${name}`)
    : ['src/extension.ts'],
  outdir: folder,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // What the oldest VS Code of `engines` runs on.
  target: 'node20',
  external: ['vscode'],
  minify,
  sourcemap: minify ? false : 'inline',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
if (minify) {
  writeFileSync(`${folder}/THIRD-PARTY.txt`, licenses(Object.keys(metafile.inputs)));
}

function licenses(inputs) {
  const packages = new Set(inputs.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean));
  const one = (path) => {
    const { name, version } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'));
    const file = readdirSync(path).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
    if (file === undefined || !existsSync(`${path}/${file}`)) {
      throw new Error(`${name} is bundled and has no license`);
    }
    return `${name} ${version}\n\n${readFileSync(`${path}/${file}`, 'utf8').trim()}\n`;
  };
  return [...packages].sort().map(one).join(`\n${'-'.repeat(80)}\n\n`);
}
