const swc = [
  '@swc/jest',
  { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
];
const ESM_ONLY = '(?:@noble|cookie)/'; // packages without a CommonJS build, which Jest cannot load as they are

const project = (displayName, more = {}) => ({
  displayName,
  transform: { '^.+\\.ts$': swc, [`/node_modules/${ESM_ONLY}.+\\.js$`]: swc },
  transformIgnorePatterns: [`/node_modules/(?!${ESM_ONLY})`],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
  ...more,
});
// These start processes from dist/ or run the workflow bundle, so they bring it up to date first.
const built = (displayName) => project(displayName, { globalSetup: '<rootDir>/test/support/global-setup.js' });

// `npm test` runs workflow, e2e and drills in band: each of their files starts servers of its own.
module.exports = {
  testTimeout: 60_000,
  projects: [
    project('unit'),
    project('simulation', {
      moduleNameMapper: {
        '^@temporalio/(workflow|activity)$': '<rootDir>/test/simulation/sdk.ts',
        '^@noble/(curves/ed25519|hashes/sha2).js$': '<rootDir>/test/simulation/signatures.ts',
      },
    }),
    built('contract'),
    built('workflow'),
    built('replay'),
    built('record'),
    built('e2e'),
    built('drills'),
  ],
};
