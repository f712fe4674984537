// Runs seeds in a plain process, which is about twice as fast as inside Jest's sandbox; maps the SDK as jest.config.js does.
// A mutant that rewrites a line of the real code is made here, as the file is read.
// node shard.js '{"first": 1, "last": 100, "step": 2, "mutant"?: "name", "variant"?: "name", "trace"?: true}' -> one line of JSON
const Module = require('node:module');
const path = require('node:path');
const fs = require('node:fs');
const { transformSync } = require('@swc/core');

const STAND_INS = [
  [/^@temporalio\/(workflow|activity)$/, path.join(__dirname, 'sdk.ts')],
  [/^@noble\/(curves\/ed25519|hashes\/sha2)\.js$/, path.join(__dirname, 'signatures.ts')],
];
const swc = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } };
const order = JSON.parse(process.argv[2]);
const orderer = process.ppid; // when it is gone, e.g. killed, nobody waits for the result
let rewrite; // of the mutant, once it is known
let rewritings = 0;
Module._extensions['.ts'] = (module, filename) => {
  const source = rewritten(filename, fs.readFileSync(filename, 'utf8'));
  const { code } = transformSync(source, { ...swc, filename, sourceMaps: 'inline' });
  module._compile(code, filename);
};
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  const standIn = STAND_INS.find(([name]) => name.test(request));
  return resolve(standIn ? standIn[1] : request, ...rest);
};

/** @throws TypeError where the line to rewrite is not there exactly once: the mutant has to follow the code */
function rewritten(filename, source) {
  if (!rewrite || !filename.startsWith(path.join(__dirname, '../..', rewrite.under, '/'))) return source;
  const [before, after, ...more] = source.split(rewrite.from);
  if (after === undefined) return source;
  if (more.length > 0 || ++rewritings > 1) throw new TypeError(`not once under ${rewrite.under}: ${rewrite.from}`);
  return before + rewrite.to + after;
}
const { REWRITES } = require('./mutants/rewrites.ts');
const { VARIANTS } = require('./variants.ts');
rewrite = order.variant === undefined ? REWRITES[order.mutant]?.rewrite : VARIANTS[order.variant];

const { runShard } = require('./shard-runs.ts');
if (rewrite && rewritings === 0) throw new TypeError(`nowhere under ${rewrite.under}: ${rewrite.from}`);
runShard(order, () => process.ppid === orderer).then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
  (err) => {
    process.stderr.write(`${err.stack}\n`);
    process.exitCode = 1;
  },
);
