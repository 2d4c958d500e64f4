# One image for every service; the first argument, or KWM_SERVICE, says which one runs:
#   docker build -t kwm . && docker run -e NATS_URL=... kwm risk
# Another npm registry: --build-arg NPM_CONFIG_REGISTRY=...

FROM node:24-bookworm-slim AS build
ARG NPM_CONFIG_REGISTRY
ENV CI=true TURBO_TELEMETRY_DISABLED=1 PNPM="npx -y pnpm@12.21.0"
WORKDIR /app
# The store is filled from the lockfile alone, so that an edit of the source downloads nothing.
COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./
RUN $PNPM fetch
COPY . .
RUN $PNPM install --offline --frozen-lockfile
RUN node_modules/.bin/tsc --build
# What runs: compiled code, assets and production dependencies.
RUN rm -rf node_modules packages/*/node_modules services/*/node_modules \
 && $PNPM install --offline --frozen-lockfile --prod --ignore-scripts \
 && rm -rf packages/*/src services/*/src \
 && find . -name node_modules -prune -o -type f \
      \( -name 'tsconfig*.json' -o -name '*.d.ts' -o -name '*.d.ts.map' -o -name '.tsbuildinfo' \) -exec rm -f {} +

FROM node:24-bookworm-slim
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps HTTP_HOST=0.0.0.0 HTTP_PORT=8080
WORKDIR /app
# A volume mounted here belongs to the user that writes the venue's keys into it.
RUN install -d -o node -g node /keys
COPY --from=build /app ./
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=5 CMD ["node", "infra/docker/health.mjs"]
ENTRYPOINT ["node", "infra/docker/start.mjs"]
