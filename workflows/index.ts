export { startRollouts, tellRollouts } from './fan-out';
export { modelLine } from './model-line';
export { promotion } from './promotion';
export { regionRollout } from './region-rollout';
export { registryWatch } from './registry-watch';
export { surveyRegions } from './survey';
