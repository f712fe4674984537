export { startRollouts, tellRollouts } from '../../../workflows/fan-out';
export { modelLine } from '../../../workflows/model-line';
export { promotion } from '../../../workflows/promotion';
export { surveyRegions } from '../../../workflows/survey';
export { regionRollout } from './rollout';
