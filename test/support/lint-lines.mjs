/**
 * Lints lines of code as if they stood in given files. Reads [{ file, line }] from stdin as JSON, prints what was found
 * for each: [[message, ...], ...]. A process of its own, because ESLint loads its configuration with import().
 */
import { readFileSync } from 'node:fs';
import { ESLint } from 'eslint';

const eslint = new ESLint({
  // The files need not exist, so the rules that ask the type checker are off; none of them looks at imports.
  overrideConfig: {
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-misused-promises': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
    },
  },
});

const found = [];
for (const { file, line } of JSON.parse(readFileSync(0, 'utf8'))) {
  const [result] = await eslint.lintText(line, { filePath: file });
  found.push(result.messages.map(({ message }) => message));
}
process.stdout.write(JSON.stringify(found));
