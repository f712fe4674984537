/**
 * The servers that the embedded stack runs on: which version, where it comes from, and what else will do.
 * `archives` are the official releases with the SHA-256 that their makers publish; `module` is what `go install` builds.
 * `judge` reads what `<binary> --version` prints: { version } or { problem }, so that a program which merely has the
 * same name is not taken.
 */
export const SERVERS = {
  temporal: {
    title: 'Temporal dev server',
    variable: 'TEMPORAL_CLI_PATH',
    commands: ['temporal'],
    module: 'github.com/temporalio/cli/cmd/temporal',
    // The last version that `go install` accepts: later ones have a replace directive in their go.mod.
    version: 'v1.5.1',
    needs: 'the temporal CLI with server 1.29 or newer',
    archives: {
      at: 'https://github.com/temporalio/cli/releases/download/v1.5.1/',
      'linux-x64': [
        'temporal_cli_1.5.1_linux_amd64.tar.gz',
        'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
      ],
      'linux-arm64': [
        'temporal_cli_1.5.1_linux_arm64.tar.gz',
        'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
      ],
      'darwin-x64': [
        'temporal_cli_1.5.1_darwin_amd64.tar.gz',
        'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
      ],
      'darwin-arm64': [
        'temporal_cli_1.5.1_darwin_arm64.tar.gz',
        'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
      ],
    },
    judge: (printed) => atLeast(printed, /Server (\d+\.\d+\.\d+)/, [1, 29], 'server '),
  },
  versitygw: {
    title: 'S3 server (Versity Gateway)',
    variable: 'MERIDIAN_VERSITYGW_PATH',
    commands: ['versitygw'],
    module: 'github.com/versity/versitygw/cmd/versitygw',
    version: 'v1.8.0',
    needs: 'the Versity S3 Gateway',
    fallback: 'filesystem',
    archives: {
      at: 'https://github.com/versity/versitygw/releases/download/v1.8.0/',
      'linux-x64': [
        'versitygw_v1.8.0_Linux_x86_64.tar.gz',
        '2ba2c734d10d2c4e651d03182cb4b246656bc735a2f282db7b0b73fba6073467',
      ],
      'linux-arm64': [
        'versitygw_v1.8.0_Linux_arm64.tar.gz',
        'b34051d33f5a9c457f790896acb7bd7d7e15ad8d92efb70616b924f37e401910',
      ],
      'darwin-arm64': [
        'versitygw_v1.8.0_Darwin_arm64.tar.gz',
        '4953096f65a9c0d62ab184fb6b2ba7c2435229205cf00a56cb62cd4bf6b216ca',
      ],
    },
    judge(printed) {
      const version = /^Version\s*:\s*(\S+)/m.exec(printed)?.[1]; // 'git' when it was built by `go install`
      return version ? { version } : { problem: 'does not print a Versity Gateway version' };
    },
  },
  registry: {
    title: 'OCI registry (distribution)',
    variable: 'MERIDIAN_REGISTRY_PATH',
    commands: ['registry', 'docker-registry'],
    module: 'github.com/distribution/distribution/v3/cmd/registry',
    version: 'v3.1.2',
    needs: 'the distribution registry 2.8 or newer',
    fallback: 'layout',
    archives: {
      at: 'https://github.com/distribution/distribution/releases/download/v3.1.2/',
      'linux-x64': [
        'registry_3.1.2_linux_amd64.tar.gz',
        '40df2224d410f72ae425c3371873b078bbdbda3b8b612be9571f0e6751f3acc8',
      ],
      'linux-arm64': [
        'registry_3.1.2_linux_arm64.tar.gz',
        '09d26f88d2c0f161bd1b8bfc6c123571cc3d291dcca8af5477b3cacc4ec95e73',
      ],
    },
    judge: (printed) => atLeast(printed, /distribution\S* v?(\d+\.\d+\.\d+)/, [2, 8], ''),
  },
};

function atLeast(printed, pattern, [major, minor], prefix) {
  const version = pattern.exec(printed)?.[1];
  if (!version) return { problem: 'does not print the version of such a server' };
  const [foundMajor, foundMinor] = version.split('.').map(Number);
  const enough = foundMajor > major || (foundMajor === major && foundMinor >= minor);
  return enough ? { version: prefix + version } : { problem: `is ${prefix}${version}, older than ${major}.${minor}` };
}
