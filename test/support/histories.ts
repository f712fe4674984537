import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils';

// What a replay does not look at, a fifth of a file, and what names places on a computer. `sdkMetadata` has to stay: its flags say what the recorded worker checked.
const LEFT_OUT = new Set(['identity', 'stackTrace', 'requestId', 'taskId', 'workerVersion', 'historySizeBytes']);
const FOLDER = path.resolve(__dirname, '../replay/histories');

/** A recorded history: of which workflow, on which path, when. */
export interface RecordedHistory {
  readonly name: string; // `<workflow>.<scenario>.<yyyy-mm>`
  readonly workflow: string;
  readonly scenario: string;
  readonly file: string;
  read(): { readonly workflowId: string; readonly history: ReturnType<typeof historyFromJSON> };
}

/** Every history that is kept. */
export function recordedHistories(): readonly RecordedHistory[] {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).sort() : [];
  return files.map((base) => {
    const file = path.join(FOLDER, base);
    const name = path.basename(base, '.json');
    const [workflow = '', scenario = ''] = name.split('.');
    const read = () => {
      const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
      return { workflowId: name, history: historyFromJSON(json) };
    };
    return { name, workflow, scenario, file, read };
  });
}

/**
 * Keeps the history of a workflow as `<workflow>.<scenario>.<yyyy-mm>.json`. Files are added, never edited: @throws Error where the
 * month has one already.
 */
export async function keepHistory(workflow: string, scenario: string, handle: WorkflowHandle): Promise<void> {
  const file = path.join(FOLDER, `${workflow}.${scenario}.${new Date().toISOString().slice(0, 7)}.json`);
  const leaveOut = (key: string, value: unknown) => (LEFT_OUT.has(key) ? undefined : value);
  const json: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()), leaveOut); // parsed: it comes indented
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, `${JSON.stringify(json)}\n`, { flag: 'wx' });
}
