export { startRollouts, tellRollouts } from '../../../workflows/errands';
export { promotion } from '../../../workflows/promotion';
export { regionRollout } from './rollout';
