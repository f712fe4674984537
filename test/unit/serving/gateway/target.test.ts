import { targetOf } from '../../../../serving/gateway/target';

describe('the path of a request', () => {
  it.each([
    ['/v2/models/fraud/infer', { kind: 'model', model: 'fraud', rest: '/infer', infers: true }],
    ['/v2/models/fraud/infer?x=1', { kind: 'model', model: 'fraud', rest: '/infer?x=1', infers: true }],
    ['/v2/models/fraud/versions/3/infer', { kind: 'model', rest: '/versions/3/infer', infers: true }],
    ['/v2/models/llm/generate_stream', { kind: 'model', model: 'llm', infers: true }],
    ['/v2/models/fraud', { kind: 'model', rest: '', infers: false }],
    ['/v2/models/fraud/ready', { kind: 'model', rest: '/ready', infers: false }],
    ['/v1/chat/completions', { kind: 'openai' }],
    ['/v1/models', { kind: 'models' }],
    ['/v2', { kind: 'server' }],
    ['/v2/health/live', { kind: 'live' }],
    ['/v2/health/ready', { kind: 'ready' }],
  ])('%s is understood', (url, target) => {
    expect(targetOf(url)).toMatchObject(target);
  });

  it.each([
    '/',
    '/v2/repository/index',
    '/v2/repository/models/fraud/load',
    '/v2/models/fraud--0123456789ab/../x/infer',
    '/v2/models/../repository/index',
    '/v2/models/%2e%2e/infer',
    '/v2/models/FRAUD/infer',
    '/v2/models/fraud/versions/../infer',
    '/v2/models/fraud/infer/more',
    '/v1/load_lora_adapter',
    '/v1/../sleep',
    '/control/models',
    '/metrics',
  ])('%s is not for applications', (url) => {
    expect(targetOf(url)).toEqual({ kind: 'unknown' });
  });
});
