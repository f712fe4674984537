# One image for every process of meridian; what runs is the command: workers/control.worker.js, workers/region.worker.js,
# serving/gateway/main.js, serving/runtime/main.js, api/main.js (all under dist/), or the `meridian` command.
FROM node:22-slim AS build
WORKDIR /meridian
# The CPU build comes inside onnxruntime-node; its install script would fetch an accelerator's from elsewhere.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node stack/build.mjs && npm prune --omit=dev --no-audit --no-fund

FROM node:22-slim
# Temporal's client checks certificates against the system's roots, which the slim image lacks.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /meridian
ENV NODE_ENV=production
COPY --from=build /meridian/package.json ./
COPY --from=build /meridian/node_modules ./node_modules
COPY --from=build /meridian/dist ./dist
# What processes write lies here, on volumes; a new volume takes its owner from this folder.
RUN install --directory --owner=node --group=node /var/lib/meridian /var/lib/meridian/cache /var/lib/meridian/state
USER node
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["dist/cli/main.js", "--help"]
