import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

const FOLDERS = [
  ...['domain', 'ports', 'disk', 'distribution', 'adapters', 'serving', 'activities', 'workflows'],
  ...['workers', 'api', 'console', 'cli', 'stack', 'test', 'bench'],
];
// folder: the folders it may import besides itself, and the packages (none: [], any: undefined).
const MAY = {
  domain: { folders: [], packages: [] },
  ports: { folders: ['domain'], packages: [] },
  disk: { folders: [], packages: ['node:.+'] },
  distribution: { folders: ['domain', 'ports'] },
  adapters: { folders: ['domain', 'ports', 'disk'] },
  serving: { folders: ['domain', 'ports', 'disk'] },
  activities: { folders: ['domain', 'ports', 'distribution'], packages: ['@temporalio/activity'] },
  workflows: { folders: ['domain'], types: ['activities'], packages: ['@temporalio/workflow'] },
  workers: { folders: ['domain', 'ports', 'distribution', 'serving', 'activities', 'workflows'] },
  api: { folders: ['domain', 'ports'], contract: true },
  console: { folders: ['domain'] },
  cli: { folders: ['domain', 'ports'], contract: true },
  stack: { folders: ['domain', 'ports', 'distribution', 'adapters', 'serving', 'activities', 'workflows'] },
};
const WIRED = ['workers', 'api', 'cli']; // their wiring.ts, and nothing else of theirs, constructs adapters
const TEMPORAL_FREE = ['distribution', 'adapters', 'serving'];
const OWN_ENVIRONMENT = ['serving', 'workers', 'api', 'cli', 'stack']; // these have a main
// What each adapter speaks with, besides Node's own modules and zod for the replies that it reads.
const OWN_LIBRARY = {
  'object-store': ['minio'],
  registry: ['undici'],
  inference: ['undici'],
  router: ['undici'],
  metrics: ['undici'],
  manifest: ['pg', '@electric-sql/pglite', '@electric-sql/pglite-socket'],
  notifier: ['undici', 'pino'],
};
// Files of `domain` that may use a package which the rest may not; both are pure.
const DOMAIN_MAY = { 'domain/approval.ts': ['@noble/(curves|hashes)/.+'], 'domain/files/**/*.ts': ['zod'] };

const CLOCK = 'workflows/clock.ts'; // the one file that names the SDK's replayable `Date`; all others ask it

const importOf = (folder, rest = '(/.*)?') => `^(\\./)?(\\.\\./)+${folder}${rest}$`;
const onlyPackages = (folder, names) => ({
  regex: `^(?!\\.)(?!${names.map((name) => `${name}$`).join('|') || '$'})`,
  message: `${folder} may import ${names.join() || 'no package'}`,
});

function forbidden(folder, { folders, types = [], packages, contract = false }) {
  const patterns = FOLDERS.filter((other) => other !== folder && !folders.includes(other)).map((other) => ({
    regex: contract && other === 'workflows' ? importOf(other, '(?!/contract$)(/.*)?') : importOf(other),
    allowTypeImports: types.includes(other),
    message: types.includes(other) ? `${folder} sees ${other} as types only` : `${folder} may not import ${other}`,
  }));
  if (packages) patterns.push(onlyPackages(folder, packages));
  if (TEMPORAL_FREE.includes(folder)) patterns.push({ regex: '^@temporalio/', message: `${folder} knows no Temporal` });
  if (!OWN_ENVIRONMENT.includes(folder))
    patterns.push({ regex: '^(node:)?process$', message: `${folder} does not read the environment` });
  if (folder === 'adapters')
    patterns.push({ regex: '^\\.\\./(?!\\.\\./)', message: 'adapters do not import each other' });
  // zod would come into the workflow bundle by either of these; types cost nothing at run time.
  if (folder === 'workflows')
    patterns.push({ regex: importOf('domain/files'), message: 'workflows never import what parses files' });
  if (folder === 'domain')
    patterns.push({ regex: '^(\\.{1,2}/)+files/', allowTypeImports: true, message: 'domain sees files as types only' });
  return patterns;
}

function rules(folder, may, files = `${folder}/**/*.ts`) {
  const pure = folder === 'domain' || folder === 'workflows' || folder === 'ports';
  const impure = ['Date', 'performance', 'fetch', 'Buffer', 'setTimeout', 'setInterval', 'crypto', 'console'];
  const shut = impure.filter((name) => files !== CLOCK || name !== 'Date');
  const globals = [...(pure ? shut : []), ...(OWN_ENVIRONMENT.includes(folder) ? [] : ['process'])];
  return {
    files: [files],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: forbidden(folder, may) }],
      'no-restricted-syntax': ['error', { selector: 'ImportExpression', message: 'imports are static' }],
      'no-restricted-globals': ['error', ...globals],
      'no-restricted-properties': ['error', ...(pure ? [{ object: 'Math', property: 'random' }] : [])],
    },
  };
}

export default defineConfig(
  { ignores: ['**/*.js', '**/*.mjs', 'node_modules', 'dist'] },
  { linterOptions: { noInlineConfig: true } },
  ts.configs.base,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-require-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  ...Object.entries(MAY).map(([folder, may]) => rules(folder, may)),
  ...Object.entries(DOMAIN_MAY).map(([files, packages]) => rules('domain', { ...MAY.domain, packages }, files)),
  rules('workflows', MAY.workflows, CLOCK),
  ...Object.entries(OWN_LIBRARY).map(([port, libraries]) =>
    rules('adapters', { ...MAY.adapters, packages: ['node:.+', 'zod', ...libraries] }, `adapters/${port}/**/*.ts`),
  ),
  ...WIRED.map((folder) =>
    rules(folder, { ...MAY[folder], folders: [...MAY[folder].folders, 'adapters'] }, `${folder}/wiring.ts`),
  ),
);
