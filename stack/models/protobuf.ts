/** A protobuf message under construction, as the runs of bytes that it will be. Large fields are kept, not copied. */
export class Message {
  private readonly runs: Uint8Array[] = [];
  private length = 0;

  /** A field of wire type 0 (integers from 0 up; protobuf encoding guide). */
  integer(field: number, value: number | bigint): this {
    return this.append(varint(BigInt(field) << 3n)).append(varint(BigInt(value)));
  }

  /** A field of wire type 2: raw bytes, text or a message within. */
  bytes(field: number, value: Uint8Array): this {
    return this.append(varint((BigInt(field) << 3n) | 2n))
      .append(varint(BigInt(value.byteLength)))
      .append(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  message(field: number, value: Message): this {
    this.append(varint((BigInt(field) << 3n) | 2n)).append(varint(BigInt(value.length)));
    for (const run of value.runs) this.append(run);
    return this;
  }

  messages(field: number, values: readonly Message[]): this {
    for (const value of values) this.message(field, value);
    return this;
  }

  encoded(): Buffer {
    return Buffer.concat(this.runs, this.length);
  }

  private append(run: Uint8Array): this {
    this.runs.push(run);
    this.length += run.byteLength;
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
