import * as ort from 'onnxruntime-node';
import { parseInferRequest } from './infer-request';
import { Refusal, wordsOf } from './refusal';
import { datatypeOf, outputJson, zerosOf, type TensorMetadata } from './tensors';

const WARM_UPS = 2; // the first run plans memory, the second finds it planned

/** One version in memory, ready to answer. */
export class LoadedModel {
  private underWay = 0;
  private onIdle: (() => void) | undefined;

  private constructor(
    readonly name: string,
    readonly inputs: readonly TensorMetadata[],
    readonly outputs: readonly TensorMetadata[],
    private readonly session: ort.InferenceSession,
  ) {}

  /** Loads a file and warms it up. @throws Refusal (400) where onnxruntime cannot load or run it, with its words */
  static async load(name: string, file: string, threads: number): Promise<LoadedModel> {
    let session: ort.InferenceSession | undefined;
    try {
      session = await ort.InferenceSession.create(file, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 4, // errors reach the caller; onnxruntime need not print them too
      });
      const model = new LoadedModel(name, described(session.inputMetadata), described(session.outputMetadata), session);
      await model.warmUp();
      return model;
    } catch (error) {
      await session?.release();
      throw new Refusal(400, `model ${name} cannot be loaded: ${wordsOf(error)}`);
    }
  }

  /**
   * Answers an infer request with the JSON of its response.
   * @throws Refusal 400 for a request that does not fit the model, 500 where the model itself fails on a request that fits
   */
  async infer(body: Buffer): Promise<string> {
    const { id, feeds, outputs } = parseInferRequest(body, this.inputs, this.outputs);
    const answer = await this.run(feeds);
    const names = outputs.length > 0 ? outputs : this.session.outputNames;
    const written = names.map((name) => outputJson(name, answer[name]!)).join();
    const idJson = id === undefined ? '' : `"id":${JSON.stringify(id)},`;
    return `{"model_name":${JSON.stringify(this.name)},"model_version":"1",${idJson}"outputs":[${written}]}`;
  }

  /** Frees the memory once no request is under way: a session that is released under a run takes the process down. */
  async release(): Promise<void> {
    if (this.underWay > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
    await this.session.release();
  }

  private async warmUp(): Promise<void> {
    const zeros = Object.fromEntries(this.inputs.map((input) => [input.name, zerosOf(input)]));
    for (let i = 0; i < WARM_UPS; i += 1) await this.session.run(zeros);
  }

  private async run(feeds: Record<string, ort.Tensor>) {
    this.underWay += 1;
    try {
      return await this.session.run(feeds);
    } catch (error) {
      throw new Refusal(500, `model ${this.name} failed: ${wordsOf(error)}`);
    } finally {
      this.underWay -= 1;
      if (this.underWay === 0) this.onIdle?.();
    }
  }
}

function described(all: readonly ort.InferenceSession.ValueMetadata[]): TensorMetadata[] {
  return all.map((value) => {
    if (!value.isTensor) throw new Refusal(400, `${value.name} is no tensor`);
    const shape = value.shape.map((size) => (typeof size === 'number' && size > 0 ? size : -1));
    return { name: value.name, datatype: datatypeOf(value.type, value.name), shape };
  });
}
