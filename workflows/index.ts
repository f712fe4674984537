export { startRollouts, tellRollouts } from './errands';
export { modelLine } from './model-line';
export { promotion } from './promotion';
export { regionRollout } from './region-rollout';
export { registryWatch } from './registry-watch';
