/** What a piece of text means; how that looks is the terminal's affair. */
export type Tone = 'good' | 'bad' | 'wait' | 'faint' | 'strong';
export type Paint = (tone: Tone, text: string) => string;

// SGR parameters (ECMA-48, 8.3.117).
const SGR: Readonly<Record<Tone, string>> = { good: '32', bad: '31', wait: '33', faint: '2', strong: '1' };

export const plain: Paint = (_tone, text) => text;
export const coloured: Paint = (tone, text) => (text === '' ? '' : `\u001b[${SGR[tone]}m${text}\u001b[0m`);

/** Text, or text with a tone. */
export type Span = string | readonly [Tone, string];

/** One line that fits: what is too long ends in `…`. Pure. */
export function fitted(spans: readonly Span[], width: number, paint: Paint): string {
  let left = width;
  let line = '';
  const whole = spans.map(textOf).join('').length <= width;
  for (const span of spans) {
    if (left <= 0) break;
    const text = oneLine(textOf(span));
    const shown = whole || text.length < left ? text : `${text.slice(0, left - 1)}…`;
    left -= whole || text.length < left ? text.length : left;
    line += typeof span === 'string' ? shown : paint(span[0], shown);
  }
  return line.trimEnd();
}

/** Text broken at spaces into lines of at most `width`, each begun with `indent`. Pure. */
export function wrapped(text: string, width: number, indent: string): readonly string[] {
  const lines: string[] = [];
  const most = Math.max(10, width - indent.length);
  let line = '';
  for (const word of oneLine(text)
    .split(' ')
    .flatMap((one) => cutUp(one, most))) {
    if (line !== '' && line.length + 1 + word.length > most) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(indent + line);
  return lines;
}

function cutUp(word: string, most: number): readonly string[] {
  const parts: string[] = [];
  for (let at = 0; at < word.length; at += most) parts.push(word.slice(at, at + most));
  return parts.length === 0 ? [''] : parts;
}

function textOf(span: Span): string {
  return typeof span === 'string' ? span : span[1];
}

/** What others wrote is printed without what could move the cursor. */
function oneLine(text: string): string {
  // eslint would take a control character in a pattern for a slip, so the class is spelled by its property.
  return text.replace(/\p{Cc}+/gu, ' ');
}
