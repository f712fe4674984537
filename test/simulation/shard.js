// Runs seeds in a plain process, which is about twice as fast as inside Jest's sandbox; maps the SDK as jest.config.js does.
// node shard.js '{"first": 1, "last": 100, "step": 2, "mutant"?: "name", "trace"?: true}' -> one line of JSON
const Module = require('node:module');
const path = require('node:path');
const fs = require('node:fs');
const { transformSync } = require('@swc/core');

const STAND_INS = [
  [/^@temporalio\/(workflow|activity)$/, path.join(__dirname, 'sdk.ts')],
  [/^@noble\/(curves\/ed25519|hashes\/sha2)\.js$/, path.join(__dirname, 'signatures.ts')],
];
const swc = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } };
Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(fs.readFileSync(filename, 'utf8'), { ...swc, filename, sourceMaps: 'inline' });
  module._compile(code, filename);
};
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  const standIn = STAND_INS.find(([name]) => name.test(request));
  return resolve(standIn ? standIn[1] : request, ...rest);
};

const { runShard } = require('./shard-runs.ts');
runShard(JSON.parse(process.argv[2])).then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
  (err) => {
    process.stderr.write(`${err.stack}\n`);
    process.exitCode = 1;
  },
);
