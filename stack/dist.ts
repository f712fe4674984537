import { existsSync } from 'node:fs';
import path from 'node:path';

const ABOVE = path.resolve(__dirname, '..');
/** The compiled tree; tests run this file from its source and start the same processes. */
export const DIST = existsSync(path.join(ABOVE, 'workflow-bundle.js')) ? ABOVE : path.join(ABOVE, 'dist');
