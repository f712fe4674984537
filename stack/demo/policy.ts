export const GATE = 'change-board';

/** The model file of the demo: small traffic and short bakes, so that limits are wide and the SLO is 5 %. */
export function demoPolicy({ gated }: { readonly gated: boolean }): string {
  const gates = gated ? `[{ id: ${GATE}, before: canary, wave: 2 }]` : '[]';
  return `# Written by the demo. Bakes are seconds here; in production they are minutes and hours.
model: fraud
source: { repository: models/fraud, tags: [live] }
waves: [[eu-north], [us-east, ap-south]]
consistency: { window: 15m, deadline: rollBack }
canary:
  steps:
    - { weightPct: 5, bake: 6s }
    - { weightPct: 25, bake: 4s }
    - { weightPct: 50, bake: 4s }
  look: 1s
  lease: 15s
flip: { bake: 4s }
limits: { sloErrorRate: 0.05, beta: 0.05 }
approval: { gates: ${gates}, expiry: 10m }
hold: 2m
patience: 20s
poll: 2s
`;
}
