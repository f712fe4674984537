const { TestEnvironment } = require('jest-environment-node');

const ARRAYS = [Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Uint16Array, Uint32Array];
const LONG_ARRAYS = [BigInt64Array, BigUint64Array];

/**
 * Jest gives tests typed arrays of their own, and native modules make those of the process: `instanceof` then fails on
 * equal types. For test files that run onnxruntime in process: `@jest-environment ./test/support/native-arrays-environment.js`.
 */
module.exports = class NativeArraysEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const array of [...ARRAYS, ...LONG_ARRAYS]) this.global[array.name] = array;
  }
};
